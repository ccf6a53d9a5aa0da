"""G11: the sales of one busy merchant beside the same sales spread over many, at 32 clients."""

from collections.abc import Callable
from typing import Final

from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.postings import SECONDS, WARM, runs
from loyalty_site.benchmarks.rounds import sandwich
from loyalty_site.benchmarks.stage import Pace, Scratch, Stage

NEEDS_POSTGRES: Final = True
CLIENTS: Final = 32
MEMBERS: Final = 2_000
SHOPS: Final = 50


def measure(stage: Stage) -> list[Figure]:
    """Spread, hot, spread; the floor is the spread one."""
    with stage.on_postgres() as spread, stage.on_postgres() as hot:
        stage.say("one busy merchant …")
        spread.call("loyalty_site.benchmarks.population:make", members=MEMBERS, merchants=SHOPS)
        hot.call("loyalty_site.benchmarks.population:make", members=MEMBERS)
        found = sandwich(_pace(spread), {"hot": _pace(hot)})["hot"]
        spread.prove()
        hot.prove()
    return [
        Figure(
            f"G11 one merchant / {SHOPS} merchants, {CLIENTS} clients",
            f"{found.ratio:.2f}",
            "≥ 0.9",
            f"{found.per_second:,.0f}/s of {found.floor_per_second:,.0f}/s;"
            f" {found.cpu_ratio:.2f} × the processor time",
        )
    ]


def _pace(scratch: Scratch) -> Callable[[], Pace]:
    function = "loyalty_site.benchmarks.postings:whole"
    warm = SHOPS + WARM  # every process learns every shop's terms before the clock starts
    return lambda: scratch.crowd(function, clients=CLIENTS, seconds=SECONDS, warm=warm, run=next(runs))
