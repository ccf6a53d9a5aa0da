"""RULES 40: a cause gets the same share of a purchase whether it came alone, among many, or in a file."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command

from ledger.causes.choosing import choose_cause
from ledger.causes.sharing import enter_shares
from ledger.models import CauseEntry, CauseShare
from programs.models import Giving
from programs.publishing import draft_of
from programs.queries import forget_terms
from tests.api.conftest import Caller
from tests.cast import FOUNDED, NOW, Shop
from tests.ledger.books import Books, another, prove
from tests.ledger.collected import put_in_force
from tests.ledger.given import open_giving_shop
from tests.ledger.merged import merge

RIYADH = ZoneInfo("Asia/Riyadh")
CHANGED_AT = NOW - timedelta(days=10)
"""From when on the shop gives 5 %, and no more than 2 SAR of an order."""
CHOICES = ((18, "orphans"), (12, "water"), (7, ""), (4, "orphans"))
"""Days ago, and the cause that was chosen then."""
PHONES = ("0501234567", "0559876543", "0551110001")


class Order(NamedTuple):
    """What was bought by whom and when, to the minute."""

    number: str
    phone: str
    at: datetime
    amount: str


Door = Callable[[Shop, list[Order]], None]


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def opened(slug: str) -> Shop:
    """A shop whose share changed; one member changed their mind, one record was merged, one chose nothing."""
    shop = open_giving_shop(slug, PHONES[0], share_percent="2.50")
    draft = draft_of(programme=shop.version.programme)
    Giving.objects.filter(version=draft).update(share_percent="5.00", share_cap_minor=2_00)
    put_in_force(draft, since=CHANGED_AT)
    forget_terms()
    first, second = Books(shop.member), another(shop.merchant, PHONES[1])
    another(shop.merchant, PHONES[2])
    for days_ago, cause in CHOICES:
        choose_cause(member=first.member, code=cause, actor="test", now=NOW - timedelta(days=days_ago))
    third = another(shop.merchant, "0551110002")
    choose_cause(member=third.member, code="water", actor="test", now=FOUNDED)
    second.now = NOW - timedelta(days=20)
    merge(second, third)
    return shop


def drawn(seed: int) -> list[Order]:
    """Orders of a month in any order, some on the edges of a choice."""
    draw = Random(seed)
    orders = []
    for number in range(30):
        minutes = draw.choice([draw.randrange(1, 25 * 24 * 60), 24 * 60 * draw.choice([4, 7, 10, 12, 18])])
        amount = draw.choice([19, 40, 99_99, draw.randrange(1, 300_00)])
        at = (NOW - timedelta(minutes=minutes)).astimezone(RIYADH)
        orders.append(Order(f"O-{number}", draw.choice(PHONES), at, f"{amount / 100:.2f}"))
    return orders


def body(order: Order) -> dict[str, Any]:
    said = {"order": order.number, "phone": order.phone, "amount": order.amount}
    return said | {"occurred_at": order.at.isoformat(), "award": True}


def alone(shop: Shop, orders: list[Order]) -> None:
    """One call each, in the order of time: what came earlier was sold earlier."""
    api = Caller(shop.key())
    for order in sorted(orders, key=lambda order: order.at):
        api.post("purchases", body(order))


def together(shop: Shop, orders: list[Order]) -> None:
    said = Caller(shop.key()).post("purchases/bulk", {"orders": [body(order) for order in orders]}, 200)
    assert said["created"] == len(orders)


def in_a_file(tmp_path: Path) -> Door:
    def bring(shop: Shop, orders: list[Order]) -> None:
        rows = [f"{one.number},{one.phone},{one.at:%Y-%m-%d %H:%M},{one.amount}\n" for one in orders]
        path = tmp_path / "orders.csv"
        path.write_text("external_id,phone,occurred_at,amount\n" + "".join(rows))
        call_command("import_purchases", str(path), "--merchant", shop.merchant.slug, "--award")

    return bring


def shares(shop: Shop) -> dict[str, tuple[Any, ...]]:
    """Order → its share, as it was promised."""
    rows = CauseShare.objects.filter(merchant=shop.merchant).values_list(
        "purchase__external_id", "cause__code", "base_minor", "share_bp", "cap_minor", "amount_minor",
        "due_on", "version__number", "member__phone",
    )  # fmt: skip
    return {number: tuple(facts) for number, *facts in rows}


def owed(shop: Shop) -> list[tuple[Any, ...]]:
    rows = CauseEntry.objects.filter(merchant=shop.merchant, share__isnull=False)
    return sorted(rows.values_list("share__purchase__external_id", "cause__code", "amount_minor"))


@pytest.mark.parametrize("seed", range(4))
def test_rule_40_three_doors_give_a_cause_the_same(seed: int, tmp_path: Path) -> None:
    doors: dict[str, Door] = {"alone": alone, "together": together, "file": in_a_file(tmp_path)}
    told = {}
    for slug, door in doors.items():
        shop = opened(slug)
        door(shop, drawn(seed))
        promised = shares(shop)
        enter_shares(now=NOW + timedelta(days=30))
        told[slug] = (promised, owed(shop))
        prove(shop.merchant)
    assert told["alone"] == told["together"]
    assert told["alone"] == told["file"]
    promised, entered = told["alone"]
    assert len(entered) == len(promised) > 5
    assert {facts[2] for facts in promised.values()} == {250, 500}
    assert {facts[0] for facts in promised.values()} == {"orphans", "water"}
    assert all(facts[-1] != "+966551110001" for facts in promised.values())  # who chose nothing
