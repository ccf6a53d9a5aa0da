"""What became of something a shop told, in words for whoever reads the list."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

EARNED: Final = "earned"
AWAITED: Final = "awaited"
OPENED: Final = "opened"
REFUNDED: Final = "refunded"
UNCHANGED: Final = "unchanged"
OLDER: Final = "older"
UNDONE: Final = "undone"
REVIVED: Final = "revived"
NO_ORDER: Final = "no_order"
NOBODY: Final = "nobody"
UNKNOWN: Final = "unknown"
ERASED: Final = "erased"
CURRENCY: Final = "currency"
NOTHING: Final = "nothing"
NOT_THERE: Final = "not_there"
NO_TOKEN: Final = "no_token"  # noqa: S105 (a word)
NO_ANSWER: Final = "no_answer"
HAPPENED: Final = "happened"
NOT_NEEDED: Final = "not_needed"
OFF: Final = "off"
GREW: Final = "grew"
FAILED: Final = "failed"
CLEARED: Final = "cleared"

WORDS: Final[dict[str, str | Promise]] = {
    EARNED: _("Became a purchase"),
    AWAITED: _("Became a purchase; its points wait until the order is completed"),
    OPENED: _("Completed: the points are there"),
    REFUNDED: _("Points were taken back for what was returned"),
    UNCHANGED: _("Known already"),
    OLDER: _("Older than what is known"),
    UNDONE: _("Cancelled before it earned anything"),
    REVIVED: _("Needs a look: it was cancelled here and goes on there"),
    GREW: _("Needs a look: it became dearer after it had earned"),
    NO_ORDER: _("Waits for the order it belongs to"),
    NOBODY: _("No customer is named"),
    UNKNOWN: _("The customer is no member"),
    ERASED: _("The customer asked to be forgotten"),
    CURRENCY: _("Another currency than yours"),
    NOTHING: _("Nothing was paid"),
    NOT_THERE: _("The shop knows no such order"),
    NO_TOKEN: _("The key to the shop's API is missing"),
    NO_ANSWER: _("The shop did not answer"),
    HAPPENED: _("Noted for your rules"),
    NOT_NEEDED: _("Does not concern points"),
    OFF: _("This shop is switched off"),
    FAILED: _("Something went wrong here"),
    CLEARED: _("Too old: what it said was emptied"),
}


UNREADABLE: Final = "unreadable_"
"""How a result begins whose news could not be read; the rest says where."""
PARTS: Final[dict[str, str | Promise]] = {
    "total": _("the amounts do not add up to what was paid"),
    "amount": _("an amount is no amount"),
    "currency": _("the currency is unknown"),
    "time": _("a time is no time"),
    "order": _("the order has no number"),
    "refund": _("the refund has no number"),
    "cart": _("the cart has no number"),
    "shop": _("it is of another shop"),
    "json": _("it is no JSON"),
}


def words(result: str) -> str:
    """A result in the reader's language; a refusal of the books is shown by its code."""
    if result.startswith(UNREADABLE):
        part = result.removeprefix(UNREADABLE)
        return gettext("Could not be read: %(what)s") % {"what": PARTS.get(part, part)}
    return str(WORDS.get(result, result))
