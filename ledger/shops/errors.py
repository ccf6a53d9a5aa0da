"""The refusals of shops.

WalaaError
├── Invalid
│   └── NoSuchShop        a shop that is not linked, or cannot take coupons
└── TooMany
    └── TooManyCoupons    a member who had many made today
"""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Invalid, TooMany


class NoSuchShop(Invalid):
    """A shop that is not linked, or cannot take coupons."""

    code = "no_such_shop"
    message = _("This shop is not linked, or takes no coupons from here.")


class TooManyCoupons(TooMany):
    """One member had many coupons made today."""

    message = _("That is enough coupons for today. Please use the ones you have, or come back tomorrow.")
