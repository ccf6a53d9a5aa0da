"""What an order, an event or an opening moves on, and what a refund takes back (RULES 31, 36, 39). Pure.

Everything is entered in the posting of what caused it. A programme without cards and challenges enters
nothing.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ledger.achieving import enter, revoke, settle, undone_first, unsettle
from ledger.collected import GoalKey, key_in_books, key_of
from ledger.context import RefundFacts
from ledger.drafting import Draft
from ledger.granting import may_void
from ledger.models import BonusUse, Merge, Occurrence, Opening, Purchase, Refund
from ledger.writing.rows import new
from programs import goals
from programs.conditions import Facts
from programs.goal_terms import GoalTerms
from programs.goals import Bought
from programs.terms import Terms


def collect_order(
    draft: Draft, purchase: Purchase, bought: Sequence[Bought], facts: Facts, terms: Terms
) -> None:
    """Move on what the order counts for, and give what is reached."""
    claim_openings(draft)
    for goal in terms.goals:
        amount = goals.counted(goal, bought, facts)
        if amount:
            enter(draft, goal, terms, amount, purchase=purchase)
            _use_birthday(draft, goal, purchase, facts)
    settle(draft, purchase=purchase)


def collect_event(draft: Draft, occurrence: Occurrence, facts: Facts, terms: Terms) -> None:
    """Move on what the event counts for, and give what is reached."""
    claim_openings(draft)
    for goal in terms.goals:
        amount = goals.counted_event(goal, occurrence.name, facts)
        if amount:
            enter(draft, goal, terms, amount, occurrence=occurrence)
    settle(draft, occurrence=occurrence)


def claim_openings(draft: Draft) -> None:
    """Count the stamps that members brought along, once the shop has their card (RULES 47)."""
    for opening in draft.context.goals.openings:
        claim(draft, opening)


def claim(draft: Draft, opening: Opening) -> None:
    """Put the stamps of an opening on its card, if the terms in force have it, and give what they fill."""
    terms = draft.context.terms_at(draft.now)
    card = card_of(opening.card, terms) if terms else None
    if card is None or terms is None or not opening.stamps:
        return
    enter(draft, card, terms, opening.stamps, opening=opening, member_id=opening.member_id)
    settle(draft)


def card_of(name: str, terms: Terms) -> GoalTerms | None:
    """The card that another system called ``name``: by its code, or by its name in either language."""
    said = name.strip().casefold()
    known = ((card, (card.code, card.name_ar, card.name_en)) for card in terms.cards)
    return next((card for card, names in known if said in {one.strip().casefold() for one in names}), None)


def uncollect(draft: Draft, refund: Refund, facts: RefundFacts, parts: Sequence[int]) -> None:
    """Take back what the order no longer counts for now that ``parts`` of its lines came back too."""
    entries = draft.context.goals.of_order
    terms = draft.context.promises.of(facts.purchase.version_id)
    if not entries or terms is None:
        return
    left = _left(facts, parts)
    sums: Counter[_Place] = Counter()
    for row in entries:
        sums[_Place(key_in_books(row), row.period, row.member_id)] += row.delta
    for place, before in sums.items():
        goal = goals.named(terms.goals, place.key.kind, place.key.code)
        if goal is None or not before:
            continue
        gone = before - min(before, goals.of_order(goal, left))
        if gone:
            where = {"starts_on": place.key.starts_on, "period": place.period, "member_id": place.member_id}
            enter(draft, goal, terms, -gone, purchase=facts.purchase, refund=refund, **where)
    unsettle(draft, undone_first(draft.context.goals.given, facts.purchase), refund)


def join_collected(draft: Draft, merge: Merge) -> None:
    """Give what two records reach together (RULES 42): their counts add up by themselves."""
    terms = draft.context.terms_at(draft.now)
    for goal in terms.goals if terms else ():
        if terms and goals.is_open(goal, draft.today):
            draft.hands.touch(key_of(goal), goal, terms)
    settle(draft, merge=merge)


def part_collected(draft: Draft, merge: Merge) -> None:
    """Take back what only the two records together had reached; each keeps what it collected."""
    for row in draft.context.goals.given:
        if row.merge_id == merge.pk and may_void(row._state.fields_cache.get("redemption"), draft.now):
            revoke(draft, row)


class _Place(NamedTuple):
    """Where an order was counted."""

    key: GoalKey
    period: object
    member_id: int


def _left(facts: RefundFacts, parts: Sequence[int]) -> list[Bought]:
    """The order's lines with what is kept of each."""
    return [
        goals.kept(
            Bought(line.base_minor, line.quantity, line.category, line.sku), line.amount_minor, back + part
        )
        for line, back, part in zip(facts.lines, facts.refunded, parts, strict=True)
    ]


def _use_birthday(draft: Draft, goal: GoalTerms, purchase: Purchase, facts: Facts) -> None:
    """A birthday's gift is given once a year, whatever rule gives it (RULES 9)."""
    if goal.conditions.birthday and facts.birthday:
        used = {"rule_code": goal.code, "occurrence": str(facts.birthday[0])}
        whose = {"purchase": purchase, "member_id": purchase.member_id}
        draft.rows.append(new(BonusUse, used_on=purchase.business_date, **used, **whose))
