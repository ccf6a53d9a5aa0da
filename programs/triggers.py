"""What sets a rule off: a purchase, or an event by its name."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from programs.terms import PURCHASE

BIRTHDAY: Final = "birthday"
ANNIVERSARY: Final = "anniversary"
PROFILE: Final = "profile-completed"
CHECK_IN: Final = "check-in"
GREEN: Final = "green-action"

KNOWN: Final = {
    PURCHASE: _("Purchase"),
    "sign-up": _("Joining"),
    BIRTHDAY: _("Birthday"),
    ANNIVERSARY: _("Anniversary of the first purchase"),
    PROFILE: _("Completed profile"),
    "review": _("Review"),
    "social-share": _("Share on social media"),
    "survey": _("Answered survey"),
    CHECK_IN: _("Check-in at a branch"),
    "app-use": _("Use of the app"),
    GREEN: _("Green action: own cup, returned bag"),
    "cart": _("Filled cart"),
    "search": _("Search in the shop"),
    "event-attended": _("Event attended"),
}
"""Events with names of our own; a shop may send any other word."""
