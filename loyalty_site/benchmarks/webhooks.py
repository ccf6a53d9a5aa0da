"""Orders that shops tell: 240 a second for a minute, each proved, kept and answered; none may be lost.

Beside them the same rows put in by bare SQL in the same run. The requests go through the whole site (every
middleware, the signature, the strict reading), in as many processes as a server would have workers.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Final

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.access import system_actor
from accounts.models import Merchant
from ledger.models import ShopLink, ShopNews
from ledger.shops.links import Pasted, save_link
from ledger.shops.sources import sources
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Stage

NEEDS_POSTGRES: Final = True
WANTED: Final = 240
CLIENTS: Final = 8
SECONDS: Final = 60.0
WARM: Final = 5
SECRET: Final = "whsec_of_the_bench"  # noqa: S105 (of the bench)
INSERT: Final = """
    INSERT INTO ledger_shopnews (merchant_id, link_id, once, name, order_key, headers, body, is_pulled,
                                 received_at, state, act_at, tries, result)
    VALUES (%s, %s, %s, 'order.created', %s, '{}', %s, false, now(), 'waiting', NULL, 0, '')
    ON CONFLICT DO NOTHING
"""


def measure(stage: Stage, *, seconds: float = SECONDS) -> list[Figure]:
    """The pace that is wanted, and how much a bare insert costs beside it."""
    with stage.on_postgres() as scratch:
        scratch.call("loyalty_site.benchmarks.population:make", members=1)
        scratch.call("loyalty_site.benchmarks.webhooks:make")
        stage.say("rows put in by bare SQL …")
        bare = scratch.crowd("loyalty_site.benchmarks.webhooks:bare", clients=CLIENTS, seconds=3.0, warm=WARM)
        before = scratch.call("loyalty_site.benchmarks.webhooks:kept")
        stage.say(f"{WANTED} webhooks a second for {seconds:.0f} s …")
        pace = scratch.crowd(
            "loyalty_site.benchmarks.webhooks:told",
            clients=CLIENTS, seconds=seconds, warm=WARM, every=CLIENTS / WANTED,
        )  # fmt: skip
        sent = scratch.call("loyalty_site.benchmarks.webhooks:kept") - before
    return [
        Figure(
            f"webhooks accepted, {WANTED}/s asked for {seconds:.0f} s, PostgreSQL",
            f"{pace.per_second:,.0f}/s, p99 {pace.p99_ms:,.0f} ms",
            f"≥ {WANTED}/s, none lost, < 1 s",
            f"{sent:,} kept, {pace.errors} errors; {pace.cpu_ms:.2f} ms of processor,"
            f" {pace.cpu_ms / bare.cpu_ms:.1f} × {bare.cpu_ms:.2f} of the bare insert;"
            f" slowest {pace.slowest_ms:,.0f} ms",
        )
    ]


def make() -> int:
    """Link a shop to the one merchant there is."""
    actor = system_actor(Merchant.objects.get())
    link, _made = save_link(
        actor=actor, source=sources()["salla"], pasted=Pasted(secret=SECRET), now=datetime.now(UTC)
    )
    return link.pk


def kept() -> int:
    """How many rows there are."""
    return ShopNews.objects.count()


def told(*, client: int, clients: int) -> Callable[[], None]:
    """Tell the next order at the door; anything but a yes is an error."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    settings.CELERY_BROKER_URL = "memory://"
    shop, numbers = Client(), count()
    slug = Merchant.objects.get().slug

    def tell() -> None:
        raw = json.dumps(_order(f"{client}-{next(numbers)}")).encode()
        signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        answer = shop.post(
            f"/webhooks/salla/{slug}/", raw, content_type="application/json",
            headers={"x-salla-signature": signature},
        )  # fmt: skip
        if answer.status_code != 200:
            raise RuntimeError(f"answered {answer.status_code}")

    return tell


def bare(*, client: int, clients: int) -> Callable[[], None]:
    """Put the same row in by SQL."""
    link, numbers = ShopLink.objects.get(), count()

    def put() -> None:
        number = f"bare-{client}-{next(numbers)}"
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [link.merchant_id, link.pk, number, number, json.dumps(_order(number))])

    return put


def _order(number: str) -> dict[str, object]:
    """An order as large as a real one."""
    line = {"id": 1, "name": "منتج", "quantity": 1, "amounts": {"total": {"amount": 20.1}}}
    return {
        "event": "order.created", "merchant": 1,
        "data": {"id": number, "amounts": {"total": {"amount": 200.1, "currency": "SAR"}},
        "items": [line] * 10},
    }  # fmt: skip
