"""A gift card at the till: what is on it, and the way to a sale that it pays a part of."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import for_read
from accounts.errors import NotFound
from accounts.guessing import CODES
from ledger.models import GiftCard
from ledger.models.gift_cards import GiftCardAct
from ledger.queries import code_as_issued
from ledger.receipt import Receipt
from loyalty_site.till.counter import Counter, at_the_counter, show
from loyalty_site.till.forms import FindForm

SHOWN_ENTRIES: Final = 10


@dataclass(frozen=True, slots=True)
class PaidByCard:
    """What a card paid of an order, by the last letters of its code, and what stays on it."""

    card: str
    paid_minor: int
    left_minor: int


def gifts_of(receipt: Receipt) -> list[PaidByCard]:
    """The cards that pay for the order of a receipt."""
    return [
        PaidByCard(gift["card"], -gift["amount_minor"], gift["left_minor"])
        for gift in receipt.gifts
        if gift["amount_minor"] < 0
    ]


def is_gift_card(counter: Counter, code: str) -> bool:
    """Whether a typed code is that of a gift card of this shop."""
    try:
        for_read(counter.actor, GiftCard.objects.all(), room="till", code=code)
    except NotFound:
        return False
    return True


@require_safe
@at_the_counter
def gift_card(request: HttpRequest, counter: Counter, code: str) -> HttpResponse:
    """What is on a card, what it paid so far, and whom to sell to. Whoever holds the code may pay."""
    with counter.guessing(CODES, NotFound):
        card = for_read(counter.actor, GiftCard.objects.all(), room="till", code=code_as_issued(code))
    entries = card.entries.exclude(act=GiftCardAct.ISSUE).order_by("-pk")[:SHOWN_ENTRIES]
    context = {
        "card": card,
        "state": _state(card, counter),
        "is_open": is_open(card, counter),
        "entries": entries,
        "form": FindForm(),
    }
    return show(request, counter, "till/gift_card.html", context)


def is_open(card: GiftCard, counter: Counter) -> bool:
    """Whether a card can pay now."""
    is_over = card.closed_at is not None or (card.expires_on is not None and card.expires_on < counter.today)
    return bool(card.balance_minor) and not is_over


def _state(card: GiftCard, counter: Counter) -> str:
    if is_open(card, counter):
        return _("Ready to pay")
    return _("It is over") if card.balance_minor else _("Nothing is left on it")
