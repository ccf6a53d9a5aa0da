"""Answering in the background: rows hold the work, and any worker may do the next part of it.

A run is cut into ranges of members; each part is claimed by a conditional UPDATE, replayed, and written whole
with its answer. A worker that dies holds its part until its claim is over; then another takes it. Where all
members share a budget there is one part only, for who bought first got the points.
"""

import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from django.db import connection, transaction
from django.db.models import F, Q

from analytics.models import RewindDifference, RewindPart, RewindRun, RewindScenario, RewindState
from analytics.rewind.behaviour import learnt
from analytics.rewind.contests import decisions_of, places_as_json, with_months_of_contests
from analytics.rewind.facts import Scenario
from analytics.rewind.reading import Reader, closed_contests, sizes
from analytics.rewind.replaying import Replay, Standing
from analytics.rewind.results import gain_minor, use_as_json
from analytics.rewind.sums import Sums, added
from analytics.rewind.using import issues_of
from analytics.rewind.winning import give_prizes
from ledger.bulk.shards import cut
from programs.calendars import BEGINNING, start_of_day_instant
from programs.publishing import digest_of
from programs.queries import Timeline, occasions_set, terms_of, timeline

Clock = Callable[[], datetime]
CLAIM: Final = timedelta(minutes=5)
ATTEMPTS: Final = 3
PER_PART: Final = 5_000
HELD_EVERY: Final = 5_000
DRAFT_CHANGED: Final = "draft_changed"
FAULT: Final = "fault"
NO_PERCENT: Final = 80
log = structlog.get_logger("walaa.rewind")


class ClaimLost(Exception):
    """Raised when a part was taken over: its worker was thought dead."""


class DraftChanged(Exception):
    """Raised when a draft is no longer what was asked about."""


def work(*, clock: Clock, run: RewindRun | None = None, patience: timedelta | None = None) -> int:
    """Cut what waits, then do parts until none is free or ``patience`` is over; returns how many."""
    begun, done = clock(), 0
    open_runs = RewindRun.objects.filter(pk=run.pk) if run else RewindRun.objects.all()
    for waiting in open_runs.filter(state=RewindState.WAITING).select_related("merchant"):
        cut_up(waiting, clock())
    while patience is None or clock() - begun <= patience:
        part = _claim(clock(), run)
        if part is None:
            break
        done += _do(part, clock)
    _give_up(clock())
    return done


def free(now: datetime) -> int:
    """How many parts nobody holds; a run that waits counts as one."""
    waiting = RewindRun.objects.filter(state=RewindState.WAITING).count()
    return waiting + RewindPart.objects.filter(_claimable(now)).count()


def cut_up(run: RewindRun, now: datetime) -> None:
    """Cut a run into parts, and learn how points are used; of two workers one does it."""
    scenarios = list(run.scenarios.select_related("version__programme__merchant"))
    try:
        plans = plans_of(run, scenarios)
    except DraftChanged:
        _fail(run, DRAFT_CHANGED, now)
        return
    most = 2**62 if any(plan.shares_budgets for plan in plans) else PER_PART
    parts = [
        RewindPart(run=run, place=place, first=shard.first, last=shard.last, size=shard.size)
        for place, shard in enumerate(cut(sizes(run.merchant), most=most))
    ]
    fallback = scenarios[0].terms.get("expected_use_percent", NO_PERCENT)
    use = learnt(issues_of(run.merchant, run.as_of), set_percent=run.use_percent, fallback_percent=fallback)
    mine = RewindRun.objects.filter(pk=run.pk, state=RewindState.WAITING)
    with transaction.atomic():
        if mine.update(state=RewindState.RUNNING, use=use_as_json(use)):
            RewindPart.objects.bulk_create(parts, batch_size=500)


def plans_of(run: RewindRun, scenarios: list[RewindScenario]) -> list[Scenario]:
    """The terms of every scenario, as they were asked about. Raises ``DraftChanged``."""
    lines = [timeline(run.merchant)] + [_alone(scenario) for scenario in scenarios[1:]]
    codes = frozenset[str]().union(*(terms.occasions for line in lines for terms in line.terms))
    occasions = occasions_set(run.merchant_id, codes) if codes else ()
    closed = closed_contests(run) if any(terms.contests for line in lines for terms in line.terms) else {}
    decided = partial(
        decisions_of,
        held=lines[0],
        closed=closed,
        zone=run.merchant.zone,
        first_day=run.first_day,
        as_of=run.as_of,
    )
    return [Scenario(line, not place, occasions, decided(line)) for place, line in enumerate(lines)]


def _alone(scenario: RewindScenario) -> Timeline:
    """One version as if it had been in force since the first purchase."""
    version = scenario.version
    if version is None or (scenario.digest and digest_of(version) != scenario.digest):
        raise DraftChanged
    always = start_of_day_instant(BEGINNING, version.programme.merchant.zone)
    return Timeline((always,), (terms_of(version),))


def _claimable(now: datetime) -> Q:
    free_now = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    return free_now & Q(finished_at__isnull=True, attempts__lt=ATTEMPTS, run__state=RewindState.RUNNING)


def _claim(now: datetime, run: RewindRun | None) -> RewindPart | None:
    """Take the next part for this thread; None when none is free."""
    rows = RewindPart.objects.filter(_claimable(now), **({"run": run} if run else {}))
    while (pk := rows.order_by("pk").values_list("pk", flat=True).first()) is not None:
        holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident()}"
        held = {"claimed_by": holder, "claimed_until": now + CLAIM, "attempts": F("attempts") + 1}
        if RewindPart.objects.filter(_claimable(now), pk=pk).update(**held):
            return RewindPart.objects.select_related("run__merchant").get(pk=pk)
    return None


def _do(part: RewindPart, clock: Clock) -> int:
    """Replay one part and write its answer; a fault leaves it to be taken again."""
    run = part.run
    scenarios = list(run.scenarios.select_related("version__programme__merchant"))
    try:
        _answer(part, scenarios, clock)
    except DraftChanged:
        _fail(run, DRAFT_CHANGED, clock())
        return 0
    except ClaimLost:
        log.warning("part taken over", part=part.pk)
        return 0
    except Exception:
        if connection.in_atomic_block:
            raise
        log.exception("part failed", part=part.pk, attempt=part.attempts)
        return 0
    try:
        _finish(run, scenarios, clock())
    except DraftChanged:
        _fail(run, DRAFT_CHANGED, clock())
    return 1


def _answer(part: RewindPart, scenarios: list[RewindScenario], clock: Clock) -> None:
    run, reader = part.run, Reader.of(part)
    plans = plans_of(run, scenarios)
    replay = Replay(reader.people(plans), plans, run.merchant.zone, run.first_day)
    for number, fact in enumerate(reader.facts(), start=1):
        replay.take(fact)
        if not number % HELD_EVERY:
            _hold(part, clock())
    rows = [
        row
        for member_id, standings in replay.close(run.as_of)
        for row in _differences(member_id, standings, replay, scenarios)
    ]
    found: Sums = {
        "shop": replay.shop.as_json(),
        "scenarios": {str(place): sums.as_json() for place, sums in enumerate(replay.sums)},
        "places": places_as_json(replay.places),
    }
    with transaction.atomic():
        _hold(part, clock(), found=found, finished_at=clock())
        RewindDifference.objects.bulk_create(rows, batch_size=1_000)


def _differences(
    member_id: int, standings: list[Standing], replay: Replay, scenarios: list[RewindScenario]
) -> list[RewindDifference]:
    """The member's rows beside today's programme; who wins and loses is counted along."""
    today, rows = standings[0], []
    for place, (scenario, standing) in enumerate(zip(scenarios, standings, strict=True)):
        if not place:
            continue
        gain = gain_minor(standing.points, standing.vouchers, scenario.terms)
        gain -= gain_minor(today.points, today.vouchers, scenarios[0].terms)
        replay.sums[place].won += gain > 0
        replay.sums[place].lost += gain < 0
        rows.append(
            RewindDifference(
                scenario=scenario, member_id=member_id, spend_minor=replay.spent[member_id],
                points_today=today.points, points=standing.points, gain_minor=gain,
                tier_today=today.tier, tier=standing.tier,
            )
        )  # fmt: skip
    return rows


def _hold(part: RewindPart, now: datetime, **values: object) -> None:
    """Go on holding the part, or finish it. Raises ``ClaimLost``."""
    mine = RewindPart.objects.filter(pk=part.pk, attempts=part.attempts, finished_at__isnull=True)
    if not mine.filter(claimed_by=part.claimed_by).update(**{"claimed_until": now + CLAIM} | values):
        raise ClaimLost


def _finish(run: RewindRun, scenarios: list[RewindScenario], now: datetime) -> None:
    """Add the parts up once all of them are done, and give the prizes of contests; twice is once."""
    if run.parts.filter(finished_at__isnull=True).exists():
        return
    plans, parts = plans_of(run, scenarios), list(run.parts.values_list("found", flat=True))
    total = added({name: part[name] for name in part if name != "places"} for part in parts)
    shop = with_months_of_contests(total.get("shop", {}), plans, run.merchant.zone)
    with transaction.atomic():
        mine = RewindRun.objects.filter(pk=run.pk, state=RewindState.RUNNING)
        if mine.update(state=RewindState.DONE, finished_at=now, shop=shop):
            for scenario in scenarios:
                scenario.found = total.get("scenarios", {}).get(str(scenario.place), {})
                scenario.save(update_fields=["found"])
            give_prizes(run, scenarios, plans, [part["places"] for part in parts])
            run.parts.update(found={})


def _fail(run: RewindRun, why: str, now: datetime) -> None:
    still = RewindRun.objects.filter(pk=run.pk, state__in=[RewindState.WAITING, RewindState.RUNNING])
    still.update(state=RewindState.FAILED, why=why, finished_at=now)


def _give_up(now: datetime) -> None:
    """Close runs with a part that failed as often as we try, so that another can be asked for."""
    hopeless = RewindPart.objects.filter(finished_at__isnull=True, attempts__gte=ATTEMPTS)
    hopeless = hopeless.filter(claimed_until__lt=now, run__state=RewindState.RUNNING)
    for run in RewindRun.objects.filter(parts__in=hopeless).distinct():
        _fail(run, FAULT, now)
