"""Contests in a Rewind: which ones a scenario decides, who stands first then, and what that wins. Pure.

Which are due, who stands before whom and what a place wins is asked of the functions that the books are
decided by. A part of a run knows its own members: it says who of them stand first, the end who of all do.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from analytics.rewind.collecting import Collection
from analytics.rewind.facts import ContestKey, Decision, Person, Scenario
from analytics.rewind.lives import Moved, lives_to
from analytics.rewind.sums import ScenarioSums, Sums, month_of
from ledger.contests.closing import due
from programs.calendars import business_date, start_of_day_instant
from programs.contests import ContestTerms, Stand, first_places, prizes_won
from programs.queries import Timeline

Places = dict[ContestKey, list[Stand]]
"""By contest: who stands on the places that win something."""
MARK: Final = "|"


@dataclass(slots=True)
class Won:
    """What members won under one scenario: points, and rewards by code."""

    points: Counter[int] = field(default_factory=Counter)
    vouchers: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def decisions_of(
    promises: Timeline,
    *,
    held: Timeline,
    closed: Mapping[ContestKey, datetime],
    zone: str,
    first_day: date,
    as_of: datetime,
) -> tuple[Decision, ...]:
    """The contests that ``promises`` decide from ``first_day`` to ``as_of``, in the order of time.

    Today's programme (``promises`` is ``held``) decided them when the books did (``closed``). Who joined is
    known of contests that the shop held; where another programme asks for it, everybody is taken to join.
    """
    is_today = promises is held
    today = business_date(as_of, zone)
    known = {_key(contest) for contest, _terms in due(held, zone, today)}
    found = []
    for contest, terms in due(promises, zone, today):
        key = _key(contest)
        at = closed.get(key) if is_today else None
        at = at or start_of_day_instant(contest.decided_on, zone)
        if first_day <= business_date(at, zone) and at <= as_of:
            found.append(Decision(contest, terms, at, contest.by_joining and (is_today or key in known)))
    return tuple(sorted(found, key=lambda one: one.at))


def standing_first(decision: Decision, people: Iterable[tuple[Person, Collection]]) -> list[Stand]:
    """Who of these stand on the places that win something; who left the shop by then is not ranked."""
    stands = (stand for one in people if (stand := _stand(decision, *one)))
    return first_places(decision.contest, stands)


def places_as_json(places: Sequence[Places]) -> list[dict[str, list[list[Any]]]]:
    """The first places under every scenario, as plain values."""
    return [
        {
            _name(key): [[who, count, at.isoformat()] for who, count, at in stands]
            for key, stands in of_scenario.items()
        }
        for of_scenario in places
    ]


def with_months_of_contests(shop: Sums, scenarios: Iterable[Scenario], zone: str) -> Sums:
    """The shop's own figures with every month that gives prizes, also where nobody bought anything in it."""
    months = {month_of(business_date(one.at, zone)) for each in scenarios for one in each.decisions}
    return {**shop, "orders": dict.fromkeys(sorted(months), 0) | shop.get("orders", {})}


def all_prizes(
    scenarios: Sequence[Scenario], parts: Iterable[Sequence[Mapping[str, Any]]], zone: str
) -> Iterator[tuple[ScenarioSums, Won]]:
    """What contests gave under every scenario, from the first places of every part."""
    known = [list(one) for one in parts]
    for place, scenario in enumerate(scenarios):
        yield _prizes(scenario, [part[place] for part in known], zone)


def _prizes(scenario: Scenario, parts: Sequence[Mapping[str, Any]], zone: str) -> tuple[ScenarioSums, Won]:
    sums, won = ScenarioSums(), Won()
    for decision in scenario.decisions:
        stands = [stand for part in parts for stand in _from_json(part.get(_name(decision.key), ()))]
        day = business_date(decision.at, zone)
        sums.contests += 1
        for stand, goal in prizes_won(decision.contest, stands):
            sums.moved(Moved(goal.points, day, lives_to(decision.terms, day)), day)
            sums.contest_points += goal.points
            won.points[stand.person] += goal.points
            if goal.reward:
                sums.gave(goal.reward, day, 1)
                sums.contest_vouchers += 1
                won.vouchers[stand.person][goal.reward] += 1
    return sums, won


def _stand(decision: Decision, person: Person, collection: Collection) -> Stand | None:
    """What somebody has collected at this moment; None: they take no part."""
    gone = person.left_at is not None and person.left_at <= decision.at
    if gone or (decision.asks_joining and decision.key not in person.joined):
        return None
    reached = collection.reached(("contest", *decision.key))
    return Stand(person.pk, *reached) if reached else None


def _from_json(stands: Iterable[Sequence[Any]]) -> Iterator[Stand]:
    for who, count, at in stands:
        yield Stand(who, count, datetime.fromisoformat(at))


def _name(key: ContestKey) -> str:
    """A contest as it is named in what a part found."""
    return f"{key[0]}{MARK}{key[1]}"


def _key(contest: ContestTerms) -> ContestKey:
    return contest.goal.code, contest.first_day
