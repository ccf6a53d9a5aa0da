"""The refusals of shops.

WalaaError
└── Invalid
    └── NoSuchShop    a shop that is not linked, or cannot take coupons
"""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Invalid


class NoSuchShop(Invalid):
    """A shop that is not linked, or cannot take coupons."""

    code = "no_such_shop"
    message = _("This shop is not linked, or takes no coupons from here.")
