"""Reads for the pages: runs and their progress, the report, who wins and who loses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.db.models import Count, Q, QuerySet, Sum

from accounts.access import Actor, for_read, visible
from accounts.errors import NotFound
from analytics.models import RewindDifference, RewindRun, RewindScenario, RewindState
from analytics.rewind.behaviour import Use
from analytics.rewind.results import Outcome, Sold, outcome, sold, use_from_json
from analytics.rewind.sums import month_of
from programs.calendars import business_date

Who = Literal["winners", "losers", "all"]
ROOM: Final = "analytics"


@dataclass(frozen=True, slots=True)
class Side:
    """One programme of a Rewind and what it comes to."""

    scenario: RewindScenario
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Report:
    """A finished Rewind."""

    run: RewindRun
    sold: Sold
    use: Use
    sides: Sequence[Side]

    @property
    def differs(self) -> int:
        """Purchases for which today's programme, replayed, gave other points than the books."""
        return int(self.sides[0].scenario.found.get("differs", 0))


def runs_of(actor: Actor) -> QuerySet[RewindRun]:
    """The merchant's Rewinds, the newest first, without their sums."""
    rows = visible(actor, RewindRun.objects.all(), room=ROOM).defer("shop", "use", "margins")
    return rows.annotate(programmes=Count("scenarios")).order_by("-pk")


def run_of(actor: Actor, run_id: int) -> RewindRun:
    """One Rewind. Raises ``NotFound`` and ``Forbidden``."""
    rows = RewindRun.objects.select_related("merchant")
    return for_read(actor, rows, room=ROOM, pk=run_id)


def percent_done(run: RewindRun) -> int:
    """How far a run is."""
    if run.state == RewindState.DONE:
        return 100
    done = Sum("size", filter=Q(finished_at__isnull=False))
    said = run.parts.aggregate(all=Sum("size"), done=done)
    return min(99, 100 * (said["done"] or 0) // max(said["all"] or 0, 1))


def report_of(run: RewindRun) -> Report:
    """The report of a finished run. Two queries."""
    shop, use = sold(run.shop, run.margins), use_from_json(run.use)
    this_month = month_of(business_date(run.as_of, run.merchant.zone))
    sides = [
        Side(scenario, outcome(scenario.found, scenario.terms, use, shop, this_month=this_month))
        for scenario in run.scenarios.order_by("place")
    ]
    return Report(run, shop, use, sides)


def scenario_of(run: RewindRun, place: int) -> RewindScenario:
    """A programme that stands beside today's. Raises ``NotFound``."""
    scenario = run.scenarios.filter(place=place, place__gt=0).first()
    if scenario is None:
        raise NotFound
    return scenario


def differences(scenario: RewindScenario, who: Who) -> QuerySet[RewindDifference]:
    """Members and what the scenario gives them beside today: the largest difference first."""
    rows = scenario.differences.select_related("member")
    if who == "winners":
        return rows.filter(gain_minor__gt=0).order_by("-gain_minor", "pk")
    if who == "losers":
        return rows.filter(gain_minor__lt=0).order_by("gain_minor", "pk")
    return rows.order_by("member_id")
