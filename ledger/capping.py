"""What awards and prizes take from caps, and what a refund gives back to them (RULES 10). Pure.

Every cap's use is an entry of its own; what all members share moves a budget too, which the writer takes last
and refuses to overdraw.
"""

from collections import Counter
from datetime import date
from typing import NamedTuple

from ledger.drafting import BudgetMove, Draft, Posting
from ledger.events import EventOccurred, PurchaseMade
from ledger.models import Achievement, CapUse, Occurrence, Purchase, Refund
from ledger.quoted import NO_PRIZES, Prizes, day_of_uses, uses_from_json
from ledger.writing.rows import new
from programs.calendars import period_start
from programs.capping import Cut, Within
from programs.goal_terms import GoalTerms
from programs.rules import Award
from programs.telling import cut_reasons
from programs.terms import CapKey, CapTerms, Terms


class Prize(NamedTuple):
    """How many points a prize gives, and whether the order's quote ``kept`` them."""

    points: int
    kept: bool = False


def spend_caps(
    draft: Draft,
    earned: Award,
    terms: Terms | None,
    *,
    purchase: Purchase | None = None,
    occurrence: Occurrence | None = None,
) -> None:
    """Enter what the award takes. What a signed quote set aside already moves no budget again."""
    for cap in terms.caps_of.get("", ()) if terms else ():
        if cap.period == "order":
            draft.taken[cap.key] += earned.points
    if not earned.uses:
        return
    limits = {cap.key: cap.points for cap in terms.caps} if terms else {}
    quote = draft.context.quote
    day = day_of_uses(quote.award) if quote else draft.day
    for key, points in earned.uses:
        starts_on = period_start(day, key[2])
        made = {"purchase": purchase, "occurrence": occurrence}
        _enter(draft, key, starts_on, points, **{name: row for name, row in made.items() if row})
        if quote is None:  # what a quote set aside counts as given already
            draft.taken[key] += points
        if key[0] == "all" and quote is None:
            draft.budgets.append(BudgetMove(key[1], key[2], starts_on, points, limits[key]))


def prize_within_caps(draft: Draft, goal: GoalTerms, terms: Terms) -> Prize:
    """What a prize gives: what the order's quote promised, or what the caps of all rules leave of its points.

    Prizes of sales and events alone are cut: what a merge or an opening completes was earned before. What is
    cut is told on the receipt.
    """
    caps = terms.caps_of.get("", ())
    if not goal.points or not caps or not isinstance(draft.event, PurchaseMade | EventOccurred):
        return Prize(goal.points)
    cap = min(caps, key=lambda cap: _room(draft, cap))
    promised = next((one for one in draft.promised if one[:2] == (goal.kind, goal.code)), None)
    if promised is not None:
        draft.promised.remove(promised)
    prize = Prize(min(goal.points, _room(draft, cap))) if promised is None else Prize(promised[2], kept=True)
    if prize.points < goal.points:
        told = Within([], cuts=[Cut(cap, goal.points - prize.points)])
        draft.reasons += [reason.as_json() for reason in cut_reasons(told, terms)]
    return prize


def _room(draft: Draft, cap: CapTerms) -> int:
    """What a cap leaves, beside what quotes keep."""
    return max(0, cap.points - draft.context.rules.used.get(cap.key, 0) - draft.taken[cap.key])


def spend_on_prize(draft: Draft, terms: Terms, achievement: Achievement, *, kept: bool) -> None:
    """Enter what a prize takes from the caps of all rules.

    What the order's quote ``kept`` for it is entered on the day of the quote, and moves no budget again.
    """
    points = achievement.points
    if not points or not isinstance(draft.event, PurchaseMade | EventOccurred):
        return
    quote = draft.context.quote if kept else None
    for cap in terms.caps_of.get("", ()):
        if quote is None or cap.period == "order":
            draft.taken[cap.key] += points
        if cap.period == "order":
            continue
        starts_on = period_start(day_of_uses(quote.award) if quote else draft.day, cap.period)
        _enter(draft, cap.key, starts_on, points, achievement=achievement)
        if cap.scope == "all" and quote is None:
            draft.budgets.append(BudgetMove(cap.rule, cap.period, starts_on, points, cap.points))


def promised_prizes(posting: Posting, terms: Terms | None) -> Prizes:
    """What an order that was planned wins within caps: a signed quote keeps it (RULES 3)."""
    if terms is None or not terms.caps_of.get("", ()):
        return NO_PRIZES
    won = [row for row in posting.rows if isinstance(row, Achievement)]
    uses: Counter[CapKey] = Counter()
    for row in posting.rows:
        if isinstance(row, CapUse) and row._state.fields_cache.get("achievement") is not None:
            uses[row.scope, row.rule, row.period] += row.points  # type: ignore[index]
    return Prizes(tuple((row.kind, row.code, row.points) for row in won), uses)


def let_go(draft: Draft) -> None:
    """Give budgets back what a quote kept for prizes that its order did not win.

    A member's own caps need nobody: they count open quotes, and this one is closed now.
    """
    quote, left = draft.context.quote, sum(points for _kind, _code, points in draft.promised)
    if quote is None or not left:
        return
    for (scope, rule, period), _points in uses_from_json(quote.award):
        if scope == "all" and not rule:
            starts_on = period_start(day_of_uses(quote.award), period)
            draft.budgets.append(BudgetMove(rule, period, starts_on, -left))


def give_prize_back(draft: Draft, achievement: Achievement, refund: Refund | None) -> None:
    """Give the caps back what a prize took that is not earned any more."""
    for use in draft.context.goals.prize_uses:
        if use.achievement_id != achievement.pk:
            continue
        key: CapKey = (use.scope, use.rule, use.period)  # type: ignore[assignment]
        links = {"achievement": achievement, "member_id": use.member_id}
        _enter(draft, key, use.starts_on, -use.points, **links, **({"refund": refund} if refund else {}))
        if use.scope == "all":
            draft.budgets.append(BudgetMove(use.rule, use.period, use.starts_on, -use.points))


def give_back_to_caps(draft: Draft, refund: Refund, before: int) -> None:
    """Give the caps back their share of what a refund takes, all of it once the whole award is gone.

    ``before``: points that earlier refunds of this purchase took.
    """
    facts = draft.context.refund
    if facts is None or not facts.cap_uses or not facts.purchase.points:
        return
    award, after = facts.purchase.points, before + refund.clawback_points
    for use in facts.cap_uses:
        points = use.points * after // award - use.points * before // award
        if not points:
            continue
        key: CapKey = (use.scope, use.rule, use.period)  # type: ignore[assignment]
        whose = {"member_id": use.member_id}  # a record merged since, which may be parted again
        _enter(draft, key, use.starts_on, -points, purchase=facts.purchase, refund=refund, **whose)
        if use.scope == "all":
            draft.budgets.append(BudgetMove(use.rule, use.period, use.starts_on, -points))


def _enter(draft: Draft, key: CapKey, starts_on: date, points: int, **links: object) -> None:
    scope, rule, period = key
    row = new(
        CapUse,
        scope=scope,
        rule=rule,
        period=period,
        starts_on=starts_on,
        points=points,
        recorded_at=draft.now,
        **{"merchant_id": draft.event.merchant_id, "member_id": draft.event.member_id, **links},
    )
    draft.rows.append(row)
