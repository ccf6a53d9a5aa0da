"""The refusals of giving.

WalaaError
├── Conflict
│   └── MoreThanOwed         a payout above what the cause is owed
└── Invalid
    ├── CauseUnavailable     no such cause here, or it takes nothing now
    ├── GiftTooSmall         fewer points than the smallest gift
    └── NotInSteps           points that are no whole number of steps
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.errors import Conflict, Invalid


class CauseUnavailable(Invalid):
    """No such cause here, or it takes nothing now."""

    code = "cause_unavailable"
    message = _("This cause cannot be given to right now.")


class GiftTooSmall(Invalid):
    """Fewer points than the smallest gift, ``least``."""

    code = "gift_too_small"
    message = ngettext_lazy(
        "The smallest gift is %(least)s point.", "The smallest gift is %(least)s points.", "least"
    )


class NotInSteps(Invalid):
    """Points that are no whole number of steps."""

    code = "not_in_steps"
    message = _("Points are given in steps of %(step)s.")


class MoreThanOwed(Conflict):
    """A payout above what the cause is owed: ``owed``, in words."""

    code = "more_than_owed"
    message = _("This cause is owed %(owed)s. No more than that can be paid out.")
