"""G1 and G2: one sale through the engine beside the floor, at 8 and at 32 clients.

G1 is the writing alone (a purchase that was read and priced before); G2 is the whole of ``post``: the
context read, the rules, the tier, the receipt and the news, both calls counted.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from random import Random
from typing import Final

from accounts.models import Merchant
from ledger.drafting import Posting
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.planning import plan
from ledger.posting import post
from ledger.reading.replaying import replays
from ledger.writing.writer import write
from loyalty_site.benchmarks import floor, population
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.rounds import Compared, sandwich
from loyalty_site.benchmarks.stage import Pace, Scratch, Stage

NEEDS_POSTGRES: Final = True
MEMBERS: Final = 2_000
SECONDS: Final = 3.0
WARM: Final = 20
"""Postings of each client before the clock starts: a session plans its statements first."""
AHEAD: Final = 1_500
"""Postings planned ahead for G1, per second and over all clients: more than can be written."""

runs = count(int(datetime.now(UTC).timestamp()))


def measure(stage: Stage) -> list[Figure]:
    """Floor, G1, G2, floor; three rounds at each number of clients."""
    figures: list[Figure] = []
    with stage.on_postgres() as scratch:
        scratch.call("loyalty_site.benchmarks.population:make", members=MEMBERS)
        floor.install(scratch)
        for clients in (8, 32):
            stage.say(f"posting with {clients} clients …")
            figures += _with(scratch, clients)
            scratch.prove()
    return figures


def _with(scratch: Scratch, clients: int) -> list[Figure]:
    def pace(what: str) -> Callable[[], Pace]:
        name = f"loyalty_site.benchmarks.postings:{what}"
        return lambda: scratch.crowd(name, clients=clients, seconds=SECONDS, warm=WARM, run=next(runs))

    found = sandwich(
        lambda: floor.pace(scratch, clients=clients, seconds=SECONDS),
        {"G1": pace("written"), "G2": pace("whole")},
    )
    return [
        _figure(f"G1 writing a priced sale, {clients} clients", found["G1"], "≥ 0.5"),
        _figure(f"G2 a whole sale, {clients} clients", found["G2"], "≥ 0.35"),
    ]


def _figure(name: str, found: Compared, target: str) -> Figure:
    restless = "" if found.rounds else " (restless machine)"
    beside = f"{found.cpu_ms:.2f} ms of processor, {found.cpu_ratio:.1f} × {found.floor_cpu_ms:.2f}"
    return Figure(
        name,
        f"{found.ratio:.2f}{restless}",
        target,
        f"{found.per_second:,.0f}/s of {found.floor_per_second:,.0f}/s {floor.name()}; {beside}"
        + (f"; {found.errors} errors" if found.errors else ""),
    )


def sales(client: int, clients: int, run: int, people: list[tuple[int, int]]) -> Iterator[PurchaseMade]:
    """Orders now, each with a number of its own: one at every merchant, then of members drawn at random."""
    draw = Random(f"{run}-{client}")  # noqa: S311 (members, not secrets)
    at_each = dict(people).items()
    drawn = iter(lambda: draw.choice(people), None)
    for number, (merchant_id, member_id) in enumerate(chain(at_each, drawn)):
        yield PurchaseMade(
            merchant_id=merchant_id,
            member_id=member_id,
            occurred_at=datetime.now(UTC),
            source="bench",
            key=f"{run}-{client}-{number}",
            actor="bench",
            lines=(LineItem(draw.randint(500, 30_000), name="Coffee"),),
        )


def whole(*, client: int, clients: int, run: int, members: int = 0) -> Callable[[], None]:
    """G2: post the next sale."""
    events = sales(client, clients, run, population.people()[: members or None])
    return lambda: _post(next(events))


def _post(event: PurchaseMade) -> None:
    post(event, now=event.occurred_at)


def written(*, client: int, clients: int, run: int) -> Callable[[], None]:
    """G1: write the next of the sales that were planned ahead, each client for members of its own."""
    own = population.people()[client::clients]
    events = sales(client, clients, run, own)
    postings = iter(_planned([next(events) for _sale in range(round(AHEAD * SECONDS / clients))]))
    return lambda: _write(next(postings))


def _write(posting: Posting) -> None:
    write([posting])


def _planned(events: list[PurchaseMade]) -> list[Posting]:
    """Plan sales one after another, as if each had been written when the next was read."""
    now = datetime.now(UTC) + timedelta(seconds=1)
    merchant = Merchant.objects.get(pk=events[0].merchant_id)
    members = {event.member_id for event in events}
    states = replays(merchant=merchant, member_ids=members, earliest=events[0].occurred_at, now=now)
    planned = []
    for event in events:
        posting = plan(event, states[event.member_id].context(event), now=now)
        states[event.member_id].after(posting)
        planned.append(posting)
    return planned
