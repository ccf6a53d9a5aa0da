"""A member's tiers through time: what they held when, what an order lifts, what a year's end takes. Pure.

What orders count for tiers (spend, points, visits) was worked out by whoever made the ``Spending``.

A member without any period holds the entry tier. Periods follow one another: the one that started last
holds until the next one starts; ``ends_at`` is the renewal, the first instant after the kept year.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import zip_longest

from ledger.models import TierPeriod
from ledger.spending import Spending, Spent
from programs.calendars import business_date, end_of_day_instant
from programs.terms import Terms, TierTerms
from programs.tiering import Progress, period_end, progress, tier_after, tier_at_renewal, window_start

UPGRADE, LATE, RENEWED, LAPSED, OPENING = "upgrade", "late", "renewed", "lapsed", "opening"
MERGED, UNMERGED, REFUNDED = "merged", "unmerged", "refund"
EARNED = frozenset({UPGRADE, LATE, RENEWED, LAPSED, REFUNDED})
"""Why a period follows from what was spent; any other was given, and stays."""


def held_at(periods: Iterable[TierPeriod], moment: datetime) -> str:
    """The code of the tier held at ``moment``; nothing for the entry tier of whatever terms."""
    started = sorted((period for period in periods if period.starts_at <= moment), key=_start)
    return started[-1].tier_code if started else ""


class TierLife:
    """The periods of one member while one event is planned; ``added`` and ``shortened`` are to be written."""

    def __init__(
        self, member_id: int, periods: Iterable[TierPeriod], spending: Spending, terms: Terms
    ) -> None:
        self._member_id = member_id
        self._periods = list(periods)
        self._spending = spending
        self._terms = terms
        self._own: Spent | None = None
        self.added: list[TierPeriod] = []
        self.shortened: list[tuple[TierPeriod, datetime]] = []

    @property
    def periods(self) -> tuple[TierPeriod, ...]:
        """Every period, in the order of time."""
        return tuple(sorted(self._periods, key=_start))

    def held_at(self, moment: datetime) -> str:
        """The code of the tier held at ``moment`` under these terms."""
        return self._terms.tier(held_at(self._periods, moment)).code

    def renew(self, until: datetime) -> None:
        """Follow every year that ended up to ``until``: kept if earned again, else lower (RULES 33)."""
        while (ended := self._ended(until)) is not None:
            code, at = ended
            after = tier_at_renewal(code, self._total(at, year_ended=True), self._terms)
            kept = after.threshold_minor >= self._terms.tier(code).threshold_minor
            self._add(after, at, RENEWED if kept else LAPSED)

    def spend(self, order: Spent) -> None:
        """Count one more order: upgrades are dated at the order that reached them (RULES 4, 5).

        A late order may lift later ones over a threshold too, and may keep a tier that fell since (at the end
        of a year, after a refund, by the undoing of a merge); it reprices none of them.
        """
        self._own = order
        self._lift(order.at, UPGRADE)
        orders = {(spent.at, False) for spent in self._spending.after(order.at)}
        since = (period for period in self._periods if period.starts_at > order.at)
        for moment, year_ended in sorted(orders | {(p.starts_at, p.why == LAPSED) for p in since}):
            self._lift(moment, LATE, year_ended=year_ended)

    def open(self, code: str, moment: datetime, until: datetime | None) -> None:
        """Start in the tier brought along from elsewhere, unless one as high is held (RULES 47).

        ``until``: the first instant after its kept time; None = its year, as for any upgrade.
        """
        tier = self._terms.tier(code)
        if tier.threshold_minor > self._terms.tier(self.held_at(moment)).threshold_minor:
            self._add(tier, moment, OPENING)
            opened = self.added[-1]
            if until is not None and opened.ends_at is not None:
                opened.ends_at = until

    def merge(self, other: "TierLife", moment: datetime) -> None:
        """Two records become one: the higher of their tiers, or what they spent together (RULES 42).

        What either held was renewed up to ``moment`` before, by its own spend.
        """
        self._spending = self._spending.joined(other._spending)
        self._lift(moment, MERGED)
        tier, held = self._terms.tier(other.held_at(moment)), self._terms.tier(self.held_at(moment))
        if tier.threshold_minor > held.threshold_minor:
            self._add(tier, moment, MERGED)
            self.added[-1].ends_at = other.periods[-1].ends_at

    def fall_back(self, code: str, until: datetime | None, moment: datetime) -> None:
        """A merge is undone: the tier held before it, for as long as it was held then, and what follows."""
        tier = self._terms.tier(code)
        while until is not None and until <= moment:
            tier = tier_at_renewal(tier.code, self._total(until, year_ended=True), self._terms)
            until = self._kept_until(tier, until)
        if tier.code != self.held_at(moment):
            self._add(tier, moment, UNMERGED)
            self.added[-1].ends_at = until

    def take_off(self, gone: Spent, moment: datetime, now: datetime) -> None:
        """Take off what a refund takes; end at ``moment`` what was not reached without it (RULES 32).

        ``gone`` is dated as the purchase and negative. A refund that is told after the tier has changed again
        ends it at ``now``: what was priced in between stays.
        """
        at = now if any(period.starts_at > moment for period in self._periods) else moment
        with_it = self._as_if(at)
        self._spending.add(gone)
        self.renew(at)
        earned = self._as_if(at)
        tier = self._terms.tier(earned.held_at(at))
        held = (self._terms.tier(with_it.held_at(at)), self._terms.tier(self.held_at(at)))
        if tier.threshold_minor >= min(each.threshold_minor for each in held):
            return
        self._add(tier, at, REFUNDED)
        if tier is not self._terms.tiers[0]:
            self.added[-1].ends_at = earned.periods[-1].ends_at

    def _as_if(self, until: datetime) -> "TierLife":
        """The tiers as they would stand, had everything been spent from the start as it is counted now."""
        life = TierLife(self._member_id, (), self._spending, self._terms)
        for period in self.periods:
            if period.why not in EARNED:
                life._add(self._terms.tier(period.tier_code), period.starts_at, period.why)
        for order in self._spending.until(until):
            life.renew(order.at)
            life._lift(order.at, UPGRADE)
        life.renew(until)
        return life

    def ahead(self, moment: datetime) -> Progress:
        """How far the next tier is at ``moment``, this order included."""
        return progress(self.held_at(moment), self._total(moment), self._terms)

    def _lift(self, moment: datetime, why: str, *, year_ended: bool = False) -> None:
        held = self.held_at(moment)
        reached = tier_after(held, self._total(moment, year_ended=year_ended), self._terms)
        if reached.code != held:
            self._add(reached, moment, why)

    def _total(self, moment: datetime, *, year_ended: bool = False) -> int:
        """What counts at ``moment``, this order included; of a year that ended, to its last instant."""
        if year_ended:
            moment -= datetime.resolution
        since = window_start(business_date(moment, self._terms.zone), self._terms)
        own = self._own
        extra = own.amount if own is not None and own.day >= since and own.at <= moment else 0
        return self._spending.total(since, moment) + extra

    def _ended(self, until: datetime) -> tuple[str, datetime] | None:
        """The first tier whose period ended by ``until`` with nothing following it, and when."""
        ordered = self.periods
        for period, next_one in zip_longest(ordered, ordered[1:]):
            ends, following = period.ends_at, next_one.starts_at if next_one else None
            if ends is not None and ends <= until and (following is None or ends < following):
                return period.tier_code, ends
        return None

    def _add(self, tier: TierTerms, starts_at: datetime, why: str) -> None:
        """Start ``tier``: for its year or until what already follows; the entry tier has no end."""
        ends_at = self._kept_until(tier, starts_at)
        following = min((p.starts_at for p in self._periods if p.starts_at > starts_at), default=None)
        if following is not None and (ends_at is None or following < ends_at):
            ends_at = following
        self._shorten(starts_at)
        period = TierPeriod(
            member_id=self._member_id, tier_code=tier.code, starts_at=starts_at, ends_at=ends_at, why=why
        )
        self._periods.append(period)
        self.added.append(period)

    def _kept_until(self, tier: TierTerms, starts_at: datetime) -> datetime | None:
        """The end of a tier's year; the entry tier has none."""
        if tier is self._terms.tiers[0]:
            return None
        reached_on = business_date(starts_at, self._terms.zone)
        return end_of_day_instant(period_end(reached_on, self._terms), self._terms.zone)

    def _shorten(self, starts_at: datetime) -> None:
        """End what was running when something new starts."""
        for period in self._periods:
            if period.starts_at <= starts_at and (period.ends_at is None or period.ends_at > starts_at):
                if period in self.added:
                    period.ends_at = starts_at
                else:
                    self.shortened.append((period, starts_at))


def _start(period: TierPeriod) -> tuple[datetime, int]:
    """The order of periods: those not yet written come after their equals."""
    return period.starts_at, period.pk or 2**63
