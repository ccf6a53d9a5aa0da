"""The end of a Rewind: the prizes of contests, which only all parts together know, and whom they change."""

from collections.abc import Mapping, Sequence
from typing import Any

from analytics.models import RewindDifference, RewindRun, RewindScenario
from analytics.rewind.contests import Won, all_prizes
from analytics.rewind.facts import Scenario
from analytics.rewind.results import gain_minor
from analytics.rewind.sums import added


def give_prizes(
    run: RewindRun,
    scenarios: Sequence[RewindScenario],
    plans: Sequence[Scenario],
    parts: Sequence[Sequence[Mapping[str, Any]]],
) -> None:
    """Add what contests gave to the sums of every scenario, and to the winners' own differences.

    ``parts``: of every part, the first places under every scenario.
    """
    if not any(plan.decisions for plan in plans):
        return
    given = list(all_prizes(plans, parts, run.merchant.zone))
    won = [one for _sums, one in given]
    for place, (scenario, (sums, _won)) in enumerate(zip(scenarios, given, strict=True)):
        found = added([scenario.found, sums.as_json()])
        if place:
            for name, more in _change_winners(scenario, won[place], scenarios[0], won[0]).items():
                found[name] += more
        scenario.found = found
        scenario.save(update_fields=["found"])


def _change_winners(
    scenario: RewindScenario, won: Won, today: RewindScenario, won_today: Won
) -> Mapping[str, int]:
    """Count the prizes among what members have; returns how many more win and lose."""
    rows = list(scenario.differences.filter(member_id__in={*won.points, *won_today.points}))
    more = {"won": 0, "lost": 0}
    for row in rows:
        before = row.gain_minor
        row.gain_minor += _worth(won, row.member_id, row.points, scenario.terms)
        row.gain_minor -= _worth(won_today, row.member_id, row.points_today, today.terms)
        row.points += won.points[row.member_id]
        row.points_today += won_today.points[row.member_id]
        more["won"] += (row.gain_minor > 0) - (before > 0)
        more["lost"] += (row.gain_minor < 0) - (before < 0)
    RewindDifference.objects.bulk_update(rows, ["gain_minor", "points", "points_today"], batch_size=500)
    return more


def _worth(won: Won, member_id: int, points: int, terms: Mapping[str, Any]) -> int:
    """What a member's prizes are worth on top of their other ``points``, in minor units."""
    after = gain_minor(points + won.points[member_id], won.vouchers.get(member_id, {}), terms)
    return after - gain_minor(points, {}, terms)
