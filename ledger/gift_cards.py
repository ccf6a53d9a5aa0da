"""Planning gift cards: money owed to whoever holds the code, paid with in parts, given back by refunds. Pure.

A card's balance moves only with an entry beside it. Whoever pays with it expects the balance that was read:
two tills at once plan again, and the third time they hold the card's row (``ledger.posting``).
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from django.db.models import Model

from accounts.errors import Invalid, NotFound
from accounts.joining import readable_code
from accounts.money import plain
from ledger.context import Context, RefundFacts
from ledger.drafting import Draft, Posting, Update
from ledger.errors import GiftCardOver, GiftCardShort, MoreThanDue
from ledger.events import GiftCardEnded, GiftCardIssued, PurchaseMade
from ledger.models import GiftCard, GiftCardEntry, Purchase, Redemption, Refund
from ledger.models.gift_cards import GiftCardAct, GiftCardWhy
from ledger.pending import open_due
from ledger.writing.rows import new

CODE_LENGTH: Final = 12
"""Twelve letters of 31: nobody guesses one, and two people can read it to each other."""
GRACE_DAYS: Final = 30
"""How long money stays that comes back to a card which ran out or was cancelled meanwhile."""
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
ENDS: Final = {"cancelled": GiftCardAct.CANCEL, "expired": GiftCardAct.EXPIRE}


def plan_gift_card(event: GiftCardIssued, context: Context, *, now: datetime) -> Posting:
    """Plan a card that the shop sells or gives by hand."""
    draft = Draft(event, context, now)
    open_due(draft)
    card = add_card(
        draft,
        value_minor=event.value_minor,
        why=GiftCardWhy(event.why),
        expires_on=event.expires_on,
        order_ref=event.order_ref,
    )
    draft.bury()
    return draft.posting(code=card.code, value_minor=card.value_minor)


def plan_gift_card_end(event: GiftCardEnded, context: Context, *, now: datetime) -> Posting:
    """Plan the end of a card with money on it. Raises ``GiftCardOver`` for one that is closed already."""
    card = _card(context, event.code, "code")
    draft = Draft(event, context, now)
    open_due(draft)
    if not card.balance_minor or card.closed_at is not None:
        raise GiftCardOver(field="code")
    if event.outcome == "expired" and (card.expires_on is None or card.expires_on >= draft.today):
        raise Invalid(field="outcome")
    left_minor = card.balance_minor
    _move(draft, card, ENDS[event.outcome], -left_minor, more={"closed_at": now})
    draft.bury()
    return draft.posting(code=card.code, value_minor=left_minor)


def add_card(
    draft: Draft,
    *,
    value_minor: int,
    why: GiftCardWhy,
    expires_on: date | None,
    redemption: Redemption | None = None,
    order_ref: str = "",
) -> GiftCard:
    """Add a card with all its money on it, and the entry that says so."""
    card = new(
        GiftCard,
        merchant_id=draft.event.merchant_id,
        member_id=draft.event.member_id,
        why=why,
        code=readable_code(CODE_LENGTH),
        value_minor=value_minor,
        balance_minor=value_minor,
        currency=draft.context.merchant.currency,
        issued_at=draft.now,
        expires_on=expires_on,
        order_ref=order_ref,
        actor=draft.event.actor,
        **({"redemption": redemption} if redemption else {}),
    )
    draft.rows.append(card)
    draft.named["gift_card_id"] = card
    _enter(draft, card, GiftCardAct.ISSUE, value_minor)
    return card


def pay_with_cards(draft: Draft, event: PurchaseMade, purchase: Purchase, due_minor: int) -> int:
    """Take what the order's cards pay of ``due_minor``; returns how much that is.

    A card that is named without an amount pays as much as it holds and the order still takes. Raises
    ``GiftCardOver``, ``GiftCardShort`` and ``MoreThanDue``.
    """
    paid_minor = 0
    asked = dict(event.gift_cards)
    for card in sorted(
        (_card(draft.context, code, "gift_cards") for code in asked), key=lambda card: card.pk
    ):
        left_minor = due_minor - paid_minor
        wanted = asked[card.code] or min(card.balance_minor, left_minor)
        _refuse_over(card, draft.today)
        if wanted > card.balance_minor or not card.balance_minor:
            raise GiftCardShort(field="gift_cards", left=plain(card.balance_minor, card.currency))
        if wanted > left_minor or not wanted:
            raise MoreThanDue(field="gift_cards", due=plain(left_minor, card.currency))
        _move(draft, card, GiftCardAct.SPEND, -wanted, {"purchase": purchase})
        paid_minor += wanted
    return paid_minor


def return_to_cards(draft: Draft, refund: Refund, facts: RefundFacts) -> int:
    """Give the cards back their share of what a refund brings: all of it once everything came back.

    The share is that of the refunded amount, cumulative, the cards in the order they paid in.
    """
    paid_minor = sum(-entry.amount_minor for entry in facts.gifts if entry.act == GiftCardAct.SPEND)
    if not paid_minor:
        return 0
    back_minor = sum(entry.amount_minor for entry in facts.gifts if entry.act == GiftCardAct.REFUND)
    refunded = facts.purchase.refunded_minor + refund.amount_minor
    rest = due = max(0, paid_minor * refunded // facts.purchase.total_minor - back_minor)
    for card, out_minor in _out(facts):
        part = min(rest, out_minor)
        if part:
            links = {"purchase": facts.purchase, "refund": refund}
            _move(draft, card, GiftCardAct.REFUND, part, links, _opened_again(draft, card))
            rest -= part
    return due - rest


def _out(facts: RefundFacts) -> Iterator[tuple[GiftCard, int]]:
    """Every card that paid for the order, with what has not come back to it."""
    cards = {entry.card_id: entry.card for entry in facts.gifts}
    for pk in sorted(cards):
        yield cards[pk], -sum(entry.amount_minor for entry in facts.gifts if entry.card_id == pk)


def _opened_again(draft: Draft, card: GiftCard) -> dict[str, object]:
    """What a card that is over gets with the money: a last day some weeks ahead."""
    if card.closed_at is None and (card.expires_on is None or card.expires_on >= draft.today):
        return {}
    return {"closed_at": None, "expires_on": draft.today + timedelta(days=GRACE_DAYS)}


def _card(context: Context, code: str, field: str) -> GiftCard:
    found = next((card for card in context.gift_cards if card.code == code), None)
    if found is None:
        raise NotFound(field=field)
    return found


def _refuse_over(card: GiftCard, today: date) -> None:
    if card.closed_at is not None or (card.expires_on is not None and card.expires_on < today):
        raise GiftCardOver(field="gift_cards")


def _move(
    draft: Draft,
    card: GiftCard,
    act: GiftCardAct,
    amount_minor: int,
    links: Mapping[str, Model] = NOTHING,
    more: Mapping[str, object] = NOTHING,
) -> None:
    """Move a card's balance, and enter why; whoever moved it meanwhile makes the posting stale."""
    left_minor = card.balance_minor + amount_minor
    values = {"balance_minor": left_minor, **more}
    draft.updates.append(Update(card, values, {"balance_minor": card.balance_minor}))
    _enter(draft, card, act, amount_minor, links)
    draft.gifts.append({"card": card.code[-4:], "amount_minor": amount_minor, "left_minor": left_minor})


def _enter(
    draft: Draft, card: GiftCard, act: GiftCardAct, amount_minor: int, links: Mapping[str, Model] = NOTHING
) -> None:
    row = new(
        GiftCardEntry,
        merchant_id=draft.event.merchant_id,
        card=card,
        act=act,
        amount_minor=amount_minor,
        business_date=draft.day,
        recorded_at=draft.now,
        actor=draft.event.actor,
        **links,
    )
    draft.rows.append(row)
