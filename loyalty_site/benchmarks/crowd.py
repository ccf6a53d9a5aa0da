"""G14: fifty clients spend one member's points at once; the books must be exact and nobody sees an error."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from ledger.errors import NotEnoughPoints
from ledger.event import LineItem
from ledger.events import PurchaseMade, RedemptionIssued
from ledger.models import Balance, Redemption
from ledger.posting import post
from loyalty_site.benchmarks import population
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Stage

NEEDS_POSTGRES: Final = True
CLIENTS: Final = 50
EACH: Final = 20
HELD: Final = 600 * 500
ASKED: Final = 500
"""Two thirds of what is asked for is there: 600 of 1,000 codes of 500 points."""


def measure(stage: Stage) -> list[Figure]:
    """Let them all at it; whoever comes too late is refused, which is no error."""
    with stage.on_postgres() as scratch:
        stage.say("fifty clients on one member …")
        scratch.call("loyalty_site.benchmarks.population:make", members=1)
        scratch.call("loyalty_site.benchmarks.crowd:fill")
        pace = scratch.crowd("loyalty_site.benchmarks.crowd:spending", clients=CLIENTS, seconds=120)
        left: dict[str, Any] = scratch.call("loyalty_site.benchmarks.crowd:left")
        scratch.prove()
    exact = left == {"available": 0, "codes": HELD // ASKED}
    return [
        Figure(
            f"G14 {CLIENTS} clients × {EACH} codes on one member",
            f"{'exact' if exact else f'NOT EXACT: {left}'}, {pace.errors} errors",
            "exact, 0 errors",
            f"{pace.per_second:,.0f}/s, slowest {pace.slowest_ms:,.0f} ms",
        )
    ]


def fill() -> None:
    """Give the member their points, by one large order."""
    ((merchant_id, member_id),) = population.people()
    now = datetime.now(UTC)
    line = LineItem(HELD * 100)
    post(
        PurchaseMade(
            merchant_id=merchant_id, member_id=member_id, occurred_at=now, source="bench", key="all",
            actor="bench", lines=(line,),
        ),
        now=now,
    )  # fmt: skip


def spending(*, client: int, clients: int) -> Callable[[], None]:
    """Ask for a code; it stops after ``EACH``."""
    ((merchant_id, member_id),) = population.people()
    numbers = iter(range(EACH))

    def spend() -> None:
        number, now = next(numbers), datetime.now(UTC)
        event = RedemptionIssued(
            merchant_id=merchant_id, member_id=member_id, occurred_at=now, source="bench",
            key=f"{client}-{number}", actor="bench", points=ASKED,
        )  # fmt: skip
        try:
            post(event, now=now)
        except NotEnoughPoints:
            return

    return spend


def left() -> dict[str, int]:
    """What is left, and how many codes there are."""
    return {"available": Balance.objects.get().available, "codes": Redemption.objects.count()}
