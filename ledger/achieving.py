"""Giving what a card, a challenge or a rule promises when it is reached, and taking it back. Pure.

A refund takes back what is not earned any more as long as it was not used: the badge goes, the voucher is
void, points are taken back like any others. What a used voucher cost stays spent: the goal owes it, and
what is collected next pays first.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ledger import topics
from ledger.capping import give_prize_back, prize_within_caps, spend_on_prize
from ledger.collected import key_in_books, key_of
from ledger.drafting import Draft, Update
from ledger.granting import grant_voucher, may_void, void_voucher
from ledger.models import Achievement, GoalEntry, Lot, Movement, Purchase, Refund
from ledger.models.movements import MovementKind
from ledger.models.redemptions import RedemptionOrigin
from ledger.writing.rows import new
from programs import goals, reasons
from programs.burning import worth_minor
from programs.goal_terms import GoalTerms
from programs.models import NegativePolicy
from programs.reasons import Reason
from programs.terms import Terms

NEWS = {"card": topics.CARD_FILLED, "challenge": topics.CHALLENGE_REACHED}


def enter(draft: Draft, goal: GoalTerms, terms: Terms, delta: int, **links: Any) -> None:
    """Move ``goal`` on by ``delta``, or back, because of the rows in ``links``.

    ``member_id``, ``starts_on`` and ``period`` among them say where, if not at the event's member and day.
    """
    starts_on = links.pop("starts_on", goal.starts_on)
    key = key_of(goal)._replace(starts_on=starts_on)
    period = links.pop("period", None) or goals.period_of(draft.day, goal.streak)
    member_id = links.pop("member_id", draft.event.member_id)
    row = new(
        GoalEntry,
        **key._asdict(),
        merchant_id=draft.event.merchant_id,
        member_id=member_id,
        period=period,
        delta=delta,
        business_date=draft.day,
        recorded_at=draft.now,
        **links,
    )
    draft.rows.append(row)
    draft.hands.touch(key, goal, terms)
    draft.hands.add(key, period, delta, member_id)


def settle(draft: Draft, **links: Any) -> None:
    """Give what is reached now among everything that moved: prizes may be stamps, so cards come last."""
    for is_card in (False, True):
        for key, moved in list(draft.hands.moved.items()):
            if (key.kind == "card") is is_card:
                for _time in range(goals.more(moved.goal, draft.hands.of(key))):
                    achieve(draft, moved.goal, moved.terms, **links)


def unsettle(draft: Draft, given: list[Achievement], refund: Refund) -> None:
    """Take back what is not earned any more among everything that moved, as far as it was not used."""
    for is_card in (False, True):
        for key, moved in list(draft.hands.moved.items()):
            if (key.kind == "card") is not is_card:
                continue
            mine = [row for row in given if key_in_books(row) == key and may_void(_voucher(row), draft.now)]
            while mine and goals.is_short(moved.goal, draft.hands.of(key)):
                revoke(draft, mine.pop(0), refund)


def undone_first(given: Sequence[Achievement], purchase: Purchase) -> list[Achievement]:
    """Achievements in the order in which they are taken back: the purchase's own, then the newest."""
    return sorted(given, key=lambda row: (row.purchase_id != purchase.pk, -row.pk))


def revoke(draft: Draft, row: Achievement, refund: Refund | None = None) -> None:
    """Take an achievement back, with everything it gave."""
    draft.hands.take_back(row)
    voucher = _voucher(row)
    if voucher is not None:
        void_voucher(draft, voucher)
    taken = _take_points(draft, row, refund) if row.points else None
    give_prize_back(draft, row, refund)
    values = {"revoked_at": draft.now, "refund_id": refund, "taken_id": taken}
    draft.updates.append(Update(row, {name: value for name, value in values.items() if value is not None}))
    terms = draft.context.promises.of(row.version_id)
    goal = goals.named(terms.goals, row.kind, row.code) if terms else None
    card = goals.named(terms.goals, "card", goal.card) if terms and goal and goal.stamps else None
    if terms and goal and card:
        links = {"achievement": row, **({"refund": refund} if refund else {})}
        enter(draft, card, terms, -goal.stamps, member_id=row.member_id, **links)


def achieve(draft: Draft, goal: GoalTerms, terms: Terms, **links: Any) -> None:
    """Give the prizes of one more time that ``goal`` is reached, because of the rows in ``links``."""
    cost = goals.cost_of(goal)
    draft.hands.touch(key_of(goal), goal, terms)
    number = draft.hands.give(key_of(goal), cost)
    voucher = _give_voucher(draft, goal, terms) if goal.reward else None
    prize = prize_within_caps(draft, goal, terms)
    points = prize.points
    movement = _give_points(draft, goal, points, terms) if points else None
    given = {"redemption": voucher, "movement": movement}
    row = new(
        Achievement,
        **key_of(goal)._asdict(),
        merchant_id=draft.event.merchant_id,
        member_id=draft.event.member_id,
        number=number,
        cost=cost,
        points=points,
        badge=goal.badge,
        version_id=terms.version_id,
        business_date=draft.day,
        recorded_at=draft.now,
        **{name: made for name, made in given.items() if made is not None},
        **links,
    )
    draft.rows.append(row)
    spend_on_prize(draft, terms, row, kept=prize.kept)
    card = goals.named(terms.goals, "card", goal.card) if goal.stamps else None
    if card is not None:
        enter(draft, card, terms, goal.stamps, achievement=row)
    if goal.kind == "rule":
        draft.reasons.append(terms.reasons[goal.code].as_json())
    _tell(draft, replace(goal, points=points), terms, number)


def _give_voucher(draft: Draft, goal: GoalTerms, terms: Terms) -> Any:
    return grant_voucher(
        draft,
        reward_code=goal.reward,
        origin=RedemptionOrigin(goal.kind),
        terms=terms,
        days=goal.reward_days,
        because=goal.code,
    )


def _give_points(draft: Draft, goal: GoalTerms, points: int, terms: Terms) -> Movement:
    """Points of their own movement and lot: they are the goal's, not the order's, and do not wait."""
    why = reason_of(replace(goal, points=points))
    movement = draft.move(MovementKind.EARN, points, why=[why], version_id=terms.version_id)
    draft.reasons.append(why.as_json())
    draft.count("earned_ever", points)
    draft.gained += points
    expires_on = draft.last_day(terms, draft.day)
    draft.credit(movement, points, earned_at=draft.event.occurred_at, expires_on=expires_on)
    return movement


def reason_of(goal: GoalTerms) -> Reason:
    """Why there are points: the challenge by its names."""
    names = {"name_ar": goal.name_ar, "name_en": goal.name_en}
    return Reason(reasons.GOAL, {"goal": goal.code, **names, "points": goal.points})


def _take_points(draft: Draft, row: Achievement, refund: Refund | None) -> Movement | None:
    """Take a prize's points back, its own lot first; what is gone is owed, borne or withheld (RULES 30)."""
    policy: str = draft.terms.negative_policy if draft.terms else NegativePolicy.ALLOW_NEGATIVE
    taken = draft.purse.take(row.points, first=lambda lot: _came_with(lot, row))
    missing = row.points - sum(part.points for part in taken)
    owes = policy == NegativePolicy.ALLOW_NEGATIVE
    if missing and refund is not None and policy == NegativePolicy.DEDUCT_CASH and draft.terms:
        most = refund.amount_minor - refund.withheld_minor
        refund.withheld_minor += min(worth_minor(missing, draft.terms), most)
    points = row.points if owes else row.points - missing
    if not points:
        return None
    terms = draft.context.promises.of(row.version_id)
    goal = goals.named(terms.goals, row.kind, row.code) if terms else None
    why = Reason(reasons.GOAL_UNDONE, reason_of(goal).params if goal else {"points": row.points})
    movement = draft.move(MovementKind.CLAWBACK, -points, why=[why], version_id=row.version_id)
    draft.reasons.append(why.as_json())
    draft.use(movement, taken)
    draft.gained -= points
    if missing and owes:
        draft.purse.owe(movement, missing)
    return movement


def _came_with(lot: Lot, row: Achievement) -> bool:
    return not lot._state.adding and lot.movement_id == row.movement_id


def _voucher(row: Achievement) -> Any:
    return row._state.fields_cache.get("redemption")


def _tell(draft: Draft, goal: GoalTerms, terms: Terms, number: int) -> None:
    """What the receipt and the news say of it; old orders are no news (RULES 13)."""
    badge = next((badge for badge in terms.badges if badge.code == goal.badge), None) if goal.badge else None
    if badge is not None:
        draft.badges.append({"code": badge.code, "name_ar": badge.name_ar, "name_en": badge.name_en})
    if not draft.is_news:
        return
    if goal.kind in NEWS:
        draft.tell(NEWS[goal.kind], code=goal.code, number=number, points=goal.points, reward=goal.reward)
    if badge is not None:
        draft.tell(topics.BADGE_WON, badge=badge.code, because=goal.code)
