"""What an award takes from its caps, and what a refund gives back to them (RULES 10). Pure.

Every cap's use is an entry of its own; what all members share moves a budget too, which the writer takes last
and refuses to overdraw.
"""

from datetime import date

from ledger.drafting import BudgetMove, Draft
from ledger.models import CapUse, Occurrence, Purchase, Refund
from ledger.quoted import day_of_uses
from ledger.writing.rows import new
from programs.calendars import period_start
from programs.rules import Award
from programs.terms import CapKey, Terms


def spend_caps(
    draft: Draft,
    earned: Award,
    terms: Terms | None,
    *,
    purchase: Purchase | None = None,
    occurrence: Occurrence | None = None,
) -> None:
    """Enter what the award takes. What a signed quote set aside already moves no budget again."""
    if not earned.uses:
        return
    limits = {cap.key: cap.points for cap in terms.caps} if terms else {}
    quote = draft.context.quote
    day = day_of_uses(quote.award) if quote else draft.day
    for key, points in earned.uses:
        starts_on = period_start(day, key[2])
        made = {"purchase": purchase, "occurrence": occurrence}
        _enter(draft, key, starts_on, points, **{name: row for name, row in made.items() if row})
        if key[0] == "all" and quote is None:
            draft.budgets.append(BudgetMove(key[1], key[2], starts_on, points, limits[key]))


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
