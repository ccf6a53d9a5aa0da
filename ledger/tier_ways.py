"""Where members stand among the tiers, read for one of them or for many (RULES 33-35).

What a member is told (by the portal, the till, the API or a message) is one ``programs.tiering.Way``, made
here from the same rows. A year that ended unattended is followed first, as the next order would, so nobody
is told of a tier that is over, whether or not the night has been by.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Sum

from accounts.models import Member, Merchant
from ledger.counting import NET
from ledger.families import HEAD, absorbed_by, of_active_people
from ledger.models import Balance, Purchase, TierPeriod
from ledger.spending import Spending, Spent
from ledger.tier_life import TierLife
from programs.calendars import business_date, end_of_day_instant, start_of_day_instant
from programs.queries import Timeline, timeline
from programs.terms import Terms, TierTerms
from programs.tiering import ONE_DAY, Way, progress, way, window_start

TOLD_BEFORE: Final = timedelta(days=30)
"""How long before a downgrade the member is told (RULES 34)."""


@dataclass(frozen=True, slots=True)
class NearTier:
    """A member close to ``next_tier``: ``missing`` more, by the day ``by`` if there is one, reaches it."""

    member_id: int
    joined_on: date
    next_tier: TierTerms
    missing: int
    by: date | None
    counted: int


@dataclass(frozen=True, slots=True)
class FallingTier:
    """A member who will lose ``tier`` unless ``missing`` more comes by the end of the day ``until``."""

    member_id: int
    tier: TierTerms
    missing: int
    until: date


def ways_of(
    merchant: Merchant,
    member_ids: Collection[int],
    *,
    now: datetime,
    tier_codes: Mapping[int, str],
    absorbed: Mapping[int, int] | None = None,
    promises: Timeline | None = None,
) -> dict[int, Way]:
    """The way of each of these members; nothing where nothing is promised yet. Three queries.

    ``tier_codes`` are the tiers that their balances say, ``absorbed`` maps records merged into one of them to
    it (looked up where not given).
    """
    promises = promises or timeline(merchant)
    terms = promises.at(now)
    if terms is None or not member_ids:
        return {}
    absorbed = absorbed_by(member_ids) if absorbed is None else absorbed
    periods: defaultdict[int, list[TierPeriod]] = defaultdict(list)
    for row in TierPeriod.objects.filter(member__in=member_ids).order_by("starts_at", "id"):
        periods[row.member_id].append(row)
    today = business_date(now, merchant.zone)
    orders = _orders([*member_ids, *absorbed], absorbed, terms, _since(periods.values(), today, now, terms))
    changes_on = _changes_on(promises, terms, now)
    found = {}
    for pk in member_ids:
        code, until = _held(pk, tier_codes.get(pk, ""), periods[pk], orders[pk], terms, now)
        found[pk] = way(
            *(code, until, sorted(orders[pk].items()), today, terms),
            then=_at_the_end(promises, terms, until),
            changes_on=changes_on,
        )
    return found


def _since(periods: Collection[Sequence[TierPeriod]], today: date, now: datetime, terms: Terms) -> date:
    """The first day that counts today, or did for a year that ended unattended."""
    ended = [_last_day(rows[-1], terms) for rows in periods if rows and _is_over(rows[-1], now)]
    return min(window_start(day, terms) for day in [today, *filter(None, ended)])


def _orders(
    record_ids: Collection[int], absorbed: Mapping[int, int], terms: Terms, since: date
) -> defaultdict[int, defaultdict[date, int]]:
    """What every member's orders count, day by day, those of merged records with them."""
    rows = Purchase.objects.filter(member__in=record_ids, business_date__gte=since).order_by()
    found: defaultdict[int, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    counts = rows.values_list("member_id", "business_date").annotate(count=Sum(NET[terms.tier_basis]))
    for member_id, day, count in counts:
        found[absorbed.get(member_id, member_id)][day] += count
    return found


def _held(
    member_id: int,
    code: str,
    periods: Sequence[TierPeriod],
    days: Mapping[date, int],
    terms: Terms,
    now: datetime,
) -> tuple[str, date | None]:
    """The tier held now and the last day of its year, the years followed that ended unattended."""
    if periods and _is_over(periods[-1], now):
        spending = Spending(Spent(start_of_day_instant(day, terms.zone), day, n) for day, n in days.items())
        life = TierLife(member_id, periods, spending, terms)
        life.renew(now)
        return life.periods[-1].tier_code, _last_day(life.periods[-1], terms)
    return code, _last_day(periods[-1], terms) if periods else None


def _is_over(period: TierPeriod, now: datetime) -> bool:
    return period.ends_at is not None and period.ends_at <= now


def _last_day(period: TierPeriod, terms: Terms) -> date | None:
    return business_date(period.ends_at, terms.zone) - ONE_DAY if period.ends_at else None


def _at_the_end(promises: Timeline, terms: Terms, until: date | None) -> Terms:
    """The terms by which a year that ends with ``until`` is judged, as far as they are known today.

    Terms that will count something else than today's are left to their day: their figure has another unit.
    """
    then = promises.nearest(end_of_day_instant(until, terms.zone)) if until else None
    return then if then and then.tier_basis == terms.tier_basis else terms


def _changes_on(promises: Timeline, terms: Terms, now: datetime) -> date | None:
    """The day on which other tiers come into force, or another count."""
    asked = (terms.tiers, terms.tier_basis, terms.tier_window)
    for since, later in zip(promises.starts, promises.terms, strict=True):
        if since > now and (later.tiers, later.tier_basis, later.tier_window) != asked:
            return business_date(since, terms.zone)
    return None


def near_next_tier(merchant: Merchant, *, now: datetime) -> list[NearTier]:
    """Active members close to their next tier (RULES 35), each with exactly what is missing."""
    promises = timeline(merchant)
    terms = promises.at(now)
    if terms is None or len(terms.tiers) < 2:
        return []
    near = _counting_enough(merchant, terms, business_date(now, merchant.zone))
    joined = {pk: business_date(at, merchant.zone) for pk, (_tier, at) in near.items()}
    codes = {pk: tier for pk, (tier, _at) in near.items()}
    found = ways_of(merchant, list(near), now=now, tier_codes=codes, promises=promises)
    return [
        NearTier(pk, joined[pk], step.tier, step.missing, step.by, way.progress.counted)
        for pk, way in found.items()
        if way.progress.is_near and (step := way.to_reach) is not None and step.missing
    ]


def _counting_enough(merchant: Merchant, terms: Terms, today: date) -> dict[int, tuple[str, datetime]]:
    """(tier, joined at) of everybody whose orders count enough to be near the tier above theirs."""
    least = int(terms.near_ratio * terms.tiers[1].threshold_minor)
    days = {"business_date__gte": window_start(today, terms), "business_date__lte": today}
    orders = Purchase.objects.filter(merchant=merchant, **days).filter(of_active_people())
    rows = orders.values(head=HEAD).annotate(count=Sum(NET[terms.tier_basis])).filter(count__gte=least)
    counts = {row["head"]: row["count"] for row in rows.order_by("head").iterator()}
    people = Member.objects.filter(pk__in=rows.order_by().values("head")).order_by("pk")
    facts = people.values_list("pk", "balance__tier_code", "joined_at")
    return {
        pk: (code or "", joined_at)
        for pk, code, joined_at in facts.iterator()
        if pk in counts and progress(code or "", counts[pk], terms).is_near
    }


def about_to_fall(merchant: Merchant, *, now: datetime) -> list[FallingTier]:
    """Active members whose tier ends within thirty days and is not earned again yet (RULES 34)."""
    today = business_date(now, merchant.zone)
    end = end_of_day_instant(today + TOLD_BEFORE - ONE_DAY, merchant.zone)
    later = TierPeriod.objects.filter(member=OuterRef("member"), starts_at__gte=OuterRef("ends_at"))
    ending = TierPeriod.objects.filter(
        ~Exists(later),
        member__in=Member.objects.for_merchant(merchant).active(),
        ends_at__gt=now,
        ends_at__lte=end,
    )
    ids = list(ending.order_by("member_id").values_list("member_id", flat=True).distinct())
    codes = dict(Balance.objects.filter(member__in=ids).values_list("member_id", F("tier_code")))
    found = ways_of(merchant, ids, now=now, tier_codes=codes)
    return [
        FallingTier(pk, step.tier, step.missing, step.by)
        for pk, way in found.items()
        if (step := way.to_keep) is not None and step.missing and step.by is not None
    ]
