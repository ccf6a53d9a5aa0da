"""The refusals of signing up.

WalaaError
├── Conflict
│   ├── SignedUpAlready      one place each
│   └── PlaceOver            a sign-up that was cancelled, or whose event is over
└── Invalid
    └── EventUnavailable     not for this member, or not now: ``why`` says which
"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, Invalid

WHY: dict[str, Promise] = {
    "absent": _("There is no such event."),
    "early": _("Sign-up has not opened yet."),
    "closed": _("Sign-up has closed."),
    "full": _("Every place at this event is taken."),
    "cancelled": _("This event was called off."),
    "tier": _("This event is for other tiers."),
    "segment": _("This event is for invited members."),
    "plan": _("This event is for members of a paid plan."),
}


class EventUnavailable(Invalid):
    """Not for this member, or not now; ``why`` is a key of ``WHY``."""

    code = "event_unavailable"

    def __init__(self, *, why: str, **params: Any) -> None:
        super().__init__(why=why, **params)

    def __str__(self) -> str:
        return str(WHY[self.params["why"]])


class SignedUpAlready(Conflict):
    """One place each."""

    code = "signed_up_already"
    message = _("You have signed up for this event already.")


class PlaceOver(Conflict):
    """A sign-up that was cancelled, or whose event is over."""

    code = "place_over"
    message = _("This sign-up is over and can no longer be changed.")
