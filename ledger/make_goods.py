"""A cashier's apology: a few points at the till, within a small budget per cashier and day (RULES 44)."""

from datetime import datetime

from django.db.models import Sum

from accounts.access import Actor
from accounts.errors import Forbidden, Invalid
from accounts.models import Member, Staff
from accounts.own_card import refuse_own_card
from ledger.errors import BudgetSpent
from ledger.events import PointsAdjusted
from ledger.posting import answer_of, post
from ledger.receipt import Receipt
from ledger.second_person import by_hand, one_at_a_time, settings_of
from ledger.validating import validate
from programs.calendars import business_date

SOURCE = "till"


def left_today(actor: Actor, *, now: datetime) -> int:
    """What the cashier may still give today, in points; the day is the merchant's. Two queries."""
    chosen = settings_of(actor.merchant)
    rows = by_hand(actor, business_date(now, actor.merchant.zone)).filter(points__gt=0)
    given = rows.aggregate(total=Sum("points"))["total"] or 0
    return max(0, min(chosen.make_good_daily, chosen.limit_at(now)) - given)


def make_good(*, actor: Actor, member: Member, points: int, reason: str, key: str, now: datetime) -> Receipt:
    """Give ``points`` (above 0) as an apology, once per key.

    Two tills of the same cashier wait for each other on the cashier's own row, so the budget holds under any
    race. Raises ``BudgetSpent`` with what is left, ``OwnCard``, ``Forbidden`` and what posting raises.
    """
    kind, _colon, user_id = actor.label.partition(":")
    if kind != "staff" or not actor.may("change", "till"):
        raise Forbidden
    if points <= 0:
        raise Invalid(field="points")
    event = PointsAdjusted(
        merchant_id=actor.merchant.pk, member_id=member.pk, occurred_at=now, source=SOURCE, key=key,
        actor=actor.label, points=points, reason=reason,
    )  # fmt: skip
    validate(event, now=now)
    refuse_own_card(actor, member)
    with one_at_a_time(Staff.objects.filter(user_id=int(user_id), merchant=actor.merchant)):
        known = answer_of(event)
        if known is not None:
            return known
        left = left_today(actor, now=now)
        if points > left:
            raise BudgetSpent(field="points", left=left)
        return post(event, now=now)
