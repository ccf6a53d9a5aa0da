"""What an order, an event or an opening moves on, and what a refund takes back (RULES 31, 36, 39). Pure.

Everything is entered in the posting of what caused it. A programme without cards and challenges enters
nothing.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ledger.achieving import enter, revoke, settle, undone_first, unsettle
from ledger.collected import GoalKey, key_in_books, key_of
from ledger.context import RefundFacts
from ledger.drafting import Draft, Posting
from ledger.granting import may_void
from ledger.models import BonusUse, GoalEntry, Merge, Occurrence, Opening, Purchase, Refund
from ledger.models.goals import GoalKind
from ledger.quoted import Goal, goals_from_json
from ledger.writing.rows import new
from programs import goals
from programs.conditions import Facts, holds
from programs.goal_terms import GoalTerms
from programs.goals import Bought
from programs.terms import Terms


def collect_order(
    draft: Draft, purchase: Purchase, bought: Sequence[Bought], facts: Facts, terms: Terms
) -> None:
    """Move on what the order counts for, and give what is reached."""
    claim_openings(draft)
    promised = _promised(draft)
    for goal in terms.goals:
        amount = (
            _within_day(draft, goal, goals.counted(goal, bought, facts))
            if promised is None
            else promised.get(key_of(goal), 0)
        )
        if amount:
            enter(draft, goal, terms, amount, purchase=purchase)
            _use_birthday(draft, goal, purchase, facts)
    settle(draft, purchase=purchase)
    _count_stamps(draft, facts, terms, purchase=purchase)


def collect_event(draft: Draft, occurrence: Occurrence, facts: Facts, terms: Terms) -> None:
    """Move on what the event counts for, and give what is reached."""
    claim_openings(draft)
    for goal in terms.goals:
        amount = _within_day(draft, goal, goals.counted_event(goal, occurrence.name, facts))
        if amount:
            enter(draft, goal, terms, amount, occurrence=occurrence)
    settle(draft, occurrence=occurrence)
    _count_stamps(draft, facts, terms, occurrence=occurrence)


def collected_by(posting: Posting, terms: Terms | None) -> dict[Goal, int]:
    """What an order that was planned moves on by itself: a signed quote keeps it (RULES 3)."""
    rows = (row for row in posting.rows if isinstance(row, GoalEntry))
    counted = (row for row in rows if row._state.fields_cache.get("purchase") is not None)
    by_stamps = {one.goal.code for one in terms.contests if one.goal.counts == "stamp"} if terms else set()
    return {
        key_in_books(row): row.delta
        for row in counted
        if row.kind != GoalKind.CONTEST or row.code not in by_stamps
    }


def _promised(draft: Draft) -> dict[Goal, int] | None:
    """What a signed quote says that the order moves on; None where none was signed, or it kept nothing."""
    quote = draft.context.quote
    return goals_from_json(quote.award) if quote is not None and "goals" in quote.award else None


def _within_day(draft: Draft, goal: GoalTerms, amount: int) -> int:
    """What a day's most leaves of what is counted."""
    if goal.most_a_day is None or not amount:
        return amount
    return min(amount, max(0, goal.most_a_day - draft.context.rules.collected.get(key_of(goal), 0)))


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
        if goal.counts == "stamp":
            continue
        gone = before - min(before, goals.of_order(goal, left))
        if gone:
            where = {"starts_on": place.key.starts_on, "period": place.period, "member_id": place.member_id}
            enter(draft, goal, terms, -gone, purchase=facts.purchase, refund=refund, **where)
    unsettle(draft, undone_first(draft.context.goals.given, facts.purchase), refund)
    _uncount_stamps(draft, refund, facts, terms, sums)


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


def _count_stamps(draft: Draft, facts: Facts, terms: Terms, **links: Any) -> None:
    """Move on the contests that rank by stamps: what this posting put on cards, old stamps apart."""
    stamps = sum(row.delta for row in _stamped(draft) if not row._state.fields_cache.get("opening"))
    for contest in terms.contests if stamps > 0 else ():
        goal = contest.goal
        if goal.counts == "stamp" and holds(goal.conditions, facts):
            most = stamps if goal.most is None else min(stamps, goal.most)
            enter(draft, goal, terms, most, **links)


def _uncount_stamps(
    draft: Draft, refund: Refund, facts: RefundFacts, terms: Terms, sums: Counter[_Place]
) -> None:
    """Take the stamps that came off cards off the contests that counted them."""
    gone = -sum(row.delta for row in _stamped(draft))
    for place, before in sums.items():
        goal = goals.named(terms.goals, place.key.kind, place.key.code)
        if goal is not None and goal.counts == "stamp" and min(before, gone) > 0:
            where = {"starts_on": place.key.starts_on, "period": place.period, "member_id": place.member_id}
            enter(draft, goal, terms, -min(before, gone), purchase=facts.purchase, refund=refund, **where)


def _stamped(draft: Draft) -> list[GoalEntry]:
    """What this posting puts on cards, or takes off them."""
    return [row for row in draft.rows if isinstance(row, GoalEntry) and row.kind == "card"]


def _left(facts: RefundFacts, parts: Sequence[int]) -> list[Bought]:
    """The order's lines with what is kept of each."""
    return [
        goals.kept(
            Bought(line.base_minor, line.quantity, line.category, line.sku, Fraction(line.points_exact)),
            line.amount_minor,
            back + part,
        )
        for line, back, part in zip(facts.lines, facts.refunded, parts, strict=True)
    ]


def _use_birthday(draft: Draft, goal: GoalTerms, purchase: Purchase, facts: Facts) -> None:
    """A birthday's gift is given once a year, whatever rule gives it (RULES 9)."""
    if goal.conditions.birthday and facts.birthday:
        used = {"rule_code": goal.code, "occurrence": str(facts.birthday[0])}
        whose = {"purchase": purchase, "member_id": purchase.member_id}
        draft.rows.append(new(BonusUse, used_on=purchase.business_date, **used, **whose))
