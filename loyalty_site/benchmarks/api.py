"""G3 and G5: a sale through the API with key, body, rules and answer; and 500 sales in one call.

Calls go through the whole site in the process of each client, handed over as a web server does: everything
but the socket. G3 is the processor time of the floor over that of a call; G5 that of a single call over that
of one purchase among 500.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from random import Random
from typing import Any, Final
from wsgiref.util import setup_testing_defaults

from django.conf import settings

from accounts.models import ApiKey, Member, Merchant
from accounts.models.keys import Scope
from loyalty_site.benchmarks import floor
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Pace, Scratch, Stage

NEEDS_POSTGRES: Final = True
MEMBERS: Final = 20_000
SECONDS: Final = 5.0
CLIENTS: Final = 8
WARM: Final = 20
AT_ONCE: Final = 500
SLOWEST: Final = 80
"""Milliseconds that 95 of 100 calls stay below."""

runs = count(int(datetime.now(UTC).timestamp()))


def measure(stage: Stage) -> list[Figure]:
    """The floor, single calls by eight clients, single calls and calls of 500 by one."""
    with stage.on_postgres() as scratch:
        stage.say("sales through the API …")
        scratch.call("loyalty_site.benchmarks.population:make", members=MEMBERS)
        key = scratch.call("loyalty_site.benchmarks.api:new_key")
        floor.install(scratch)
        base = floor.pace(scratch, clients=CLIENTS, seconds=SECONDS)
        eight = _pace(scratch, "single", CLIENTS, key)
        alone, many = (_pace(scratch, what, 1, key) for what in ("single", "many"))
        scratch.prove()
    return [_waited(eight, base), _cost(eight, base), _together(alone, many)]


def _pace(scratch: Scratch, what: str, clients: int, key: str) -> Pace:
    warm = WARM if what == "single" else 1
    name = f"loyalty_site.benchmarks.api:{what}"
    return scratch.crowd(name, clients=clients, seconds=SECONDS, warm=warm, key=key, run=next(runs))


def _waited(found: Pace, base: Pace) -> Figure:
    beside = f"{found.per_second:,.0f}/s of {base.per_second:,.0f}/s {floor.name()}"
    errors = f"; {found.errors} errors" if found.errors else ""
    measured = f"p95 {found.p95_ms:.0f} ms"
    return Figure(f"POST /purchases, {CLIENTS} clients", measured, f"p95 < {SLOWEST} ms", beside + errors)


def _cost(found: Pace, base: Pace) -> Figure:
    beside = f"{base.cpu_ms:.2f} ms of processor at the floor, {found.cpu_ms:.2f} of a call"
    return Figure("G3 a sale through the API", f"{base.cpu_ms / found.cpu_ms:.2f}", "≥ 0.25", beside)


def _together(alone: Pace, many: Pace) -> Figure:
    each = many.cpu_ms / AT_ONCE
    beside = f"{alone.cpu_ms:.2f} ms of processor alone, {each:.2f} among {AT_ONCE}"
    name = f"G5 {AT_ONCE} purchases in one call"
    return Figure(name, f"{alone.cpu_ms / each:.1f} × cheaper", "≥ 5 × cheaper", beside)


def new_key() -> str:
    """Make a till's key at the only shop."""
    _row, text = ApiKey.objects.create_key(merchant=Merchant.objects.get(), name="bench", scope=Scope.TILL)
    return str(text)


def single(*, client: int, clients: int, key: str, run: int) -> Callable[[], None]:
    """Send one sale after another."""
    send, sales = _sender(key), _sales(client, run)
    return lambda: send("purchases", next(sales), 201)


def many(*, client: int, clients: int, key: str, run: int) -> Callable[[], None]:
    """Send 500 sales at a time."""
    send, sales = _sender(key), _sales(client, run)
    return lambda: send("purchases/bulk", {"orders": [next(sales) for _sale in range(AT_ONCE)]}, 200)


def _sender(key: str) -> Callable[[str, dict[str, Any], int], None]:
    settings.ALLOWED_HOSTS, settings.API_CALLS_PER_MINUTE = ["127.0.0.1"], 10**9
    known = {"HTTP_AUTHORIZATION": f"Api-Key {key}", "CONTENT_TYPE": "application/json"}
    from loyalty_site.wsgi import application as site  # as the web server has it

    def send(path: str, body: dict[str, Any], status: int) -> None:
        raw, told = json.dumps(body).encode(), list[str]()
        asked = {"REQUEST_METHOD": "POST", "PATH_INFO": f"/api/v1/{path}", "CONTENT_LENGTH": str(len(raw))}
        environ = {"wsgi.input": BytesIO(raw), **asked, **known}
        setup_testing_defaults(environ)

        def begin(line: str, _headers: Any, _error: Any = None, /) -> Callable[[bytes], object]:
            told.append(line)
            return bytes  # nothing is written past the answer

        answer = site(environ, begin)
        b"".join(answer)
        answer.close()
        if not told[0].startswith(str(status)):
            raise RuntimeError(f"{path} answered {told[0]}")

    return send


def _sales(client: int, run: int) -> Any:
    """Sales of random members, each with two lines."""
    numbers = list(Member.objects.order_by("pk").values_list("number", flat=True))
    draw = Random(f"{run}-{client}")  # noqa: S311 (who buys, no secret)
    for number in count():
        lines = [{"amount": f"{draw.randrange(100, 20_000) / 100:.2f}"} for _line in range(2)]
        yield {"order": f"{run}-{client}-{number}", "member": draw.choice(numbers), "lines": lines}
