"""Reading paid memberships: what a person holds, what they paid, and what it gave them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.languages import in_language
from accounts.models import Member, Merchant
from ledger.families import family_of
from ledger.models import CardCharge, Membership, MembershipPayment, Occurrence, Purchase, Redemption
from ledger.models.card_payments import ChargeState
from ledger.models.memberships import PaymentKind
from ledger.models.redemptions import RedemptionOrigin, RedemptionState
from programs import reasons
from programs.calendars import business_date
from programs.memberships import Meter, State, Year, held_at, membership_year, meter
from programs.models import Plan, Reward
from programs.queries import Timeline, timeline
from programs.terms import Terms

SAVING: Final = "plan-saving"
"""The event by which a shop tells what a perk saved: a discount, a parcel that cost nothing."""
MOST_FEES: Final = 36


@dataclass(frozen=True, slots=True)
class Held:
    """The membership that counts now, as a page shows it; ``meter`` is of ``year``."""

    row: Membership
    state: State
    year: Year
    meter: Meter

    @property
    def scale(self) -> int:
        """What fills the bar of the meter: what was paid, or all that was saved where that is more."""
        return max(self.meter.paid_minor, self.meter.saved_minor, 1)

    @property
    def is_open(self) -> bool:
        """Whether the member has its benefits."""
        return self.state != "ended"


def memberships_of(member_id: int) -> QuerySet[Membership]:
    """Every membership of a person, the newest first."""
    return Membership.objects.filter(member__in=family_of(member_id)).order_by("-started_at", "-id")


def membership_by_id(pk: int | None) -> Membership | None:
    """The membership that a receipt names."""
    return Membership.objects.filter(pk=pk).first() if pk else None


def with_plan_names(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    """Know of every membership what its plan was called when it began, in the same query (``plan_name``)."""
    sold = Plan.objects.filter(version=OuterRef("version"), code=OuterRef("plan"))
    names = {f"sold_{name}": Subquery(sold.values(name)[:1]) for name in ("name_ar", "name_en")}
    return rows.annotate(**names)


def plan_name(row: Membership) -> str:
    """The name of its plan in the reader's language, of a row that ``with_plan_names`` read."""
    return in_language(row, "sold_name")


def plan_as_sold(row: Membership) -> Plan | None:
    """The plan of a membership as its version describes it; None where it is gone."""
    return Plan.objects.filter(version=row.version_id, code=row.plan).first()


def fees_of(member_id: int) -> QuerySet[MembershipPayment]:
    """Every fee and refund of a person, the newest first."""
    rows = MembershipPayment.objects.filter(member__in=family_of(member_id))
    return rows.select_related("membership").order_by("-occurred_at", "-id")


def current(member: Member, now: datetime) -> Membership | None:
    """The membership that a person holds at ``now``. One query."""
    return _counting(list(memberships_of(member.pk)), member.merchant, now)


def held_by(member: Member, *, now: datetime) -> Held | None:
    """What a person holds, or held last, with its meter; None for who never held any. At most six queries."""
    rows = list(memberships_of(member.pk))
    row = _counting(rows, member.merchant, now) or next(iter(rows), None)
    if row is None:
        return None
    zone = member.merchant.zone
    year = membership_year(business_date(row.started_at, zone), business_date(now, zone))
    return Held(row, row.holding.state_at(now, zone), year, meter_of(member, year))


def meter_of(member: Member, year: Year) -> Meter:
    """Paid beside saved in a year of membership, from what was stored then."""
    family, promises = list(family_of(member.pk)), timeline(member.merchant)
    terms = promises.terms[-1] if promises.terms else None
    if terms is None:
        return Meter(0, 0, 0, 0, 0)
    return meter(
        fees_minor=_fees(family, year),
        gains=_gains(family, year),
        vouchers_minor=_vouchers(family, year, promises, member.merchant),
        perks_minor=_perks(family, year),
        block_points=terms.block_points,
        block_value_minor=terms.block_value_minor,
    )


def trial_is_used(member_id: int) -> bool:
    """Whether a person had their one free trial."""
    return memberships_of(member_id).filter(trial_until__isnull=False).exists()


def open_charge(row: Membership) -> CardCharge | None:
    """A renewal that waits for the member at their bank."""
    waiting = row.charges.filter(state=ChargeState.OPEN, invoice_id="")
    return waiting.exclude(url="").order_by("-pk").first()


def _counting(rows: list[Membership], merchant: Merchant, now: datetime) -> Membership | None:
    held = held_at((row.holding for row in rows), now, merchant.zone)
    return next((row for row in rows if row.holding == held), None) if held else None


def _fees(family: list[int], year: Year) -> list[int]:
    rows = MembershipPayment.objects.filter(member__in=family, business_date__range=year)
    return [
        -amount if kind == PaymentKind.REFUND else amount
        for kind, amount in rows.values_list("kind", "amount_minor")
    ]


def _gains(family: list[int], year: Year) -> list[tuple[int, int, int]]:
    """What each award owes to the plan, the award, and what refunds took of it."""
    orders = Purchase.objects.filter(member__in=family, business_date__range=year, points__gt=0)
    events = Occurrence.objects.filter(member__in=family, business_date__range=year, points__gt=0)
    rows: list[tuple[list[dict[str, Any]], int, int]] = [
        *orders.values_list("reasons", "points", "clawed_points"),
        *((said, points, 0) for said, points in events.values_list("reasons", "points")),
    ]
    return [(gain, points, clawed) for said, points, clawed in rows if (gain := _gain(said))]


def _gain(said: Iterable[dict[str, Any]]) -> int:
    return sum(int(one["points"]) for one in said if one["code"] == reasons.PLAN_GAVE)


def _vouchers(family: list[int], year: Year, promises: Timeline, merchant: Merchant) -> list[int]:
    """Welcome vouchers that were used: their worth, or what their reward costs in points."""
    rows = Redemption.objects.filter(
        member__in=family, origin=RedemptionOrigin.PLAN, state=RedemptionState.USED
    )
    used = [row for row in rows if row.closed_at and _within(row.closed_at, year, merchant)]
    return [row.value_minor or _worth(promises.of(row.version_id), row.reward_code) for row in used]


def _worth(terms: Terms | None, reward_code: str) -> int:
    """What a reward's price in points would have bought."""
    rewards = Reward.objects.filter(version=terms.version_id, code=reward_code) if terms else None
    reward = rewards.first() if rewards is not None else None
    return reward.points * terms.block_value_minor // terms.block_points if terms and reward else 0


def _within(moment: datetime, year: Year, merchant: Merchant) -> bool:
    return year.first <= business_date(moment, merchant.zone) <= year.last


def _perks(family: list[int], year: Year) -> list[int]:
    rows = Occurrence.objects.filter(member__in=family, name=SAVING, business_date__range=year)
    return list(rows.values_list("amount_minor", flat=True))
