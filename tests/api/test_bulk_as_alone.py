"""Many purchases in one call say and write what the same purchases do one by one, whatever they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.models import Lot, Purchase
from programs.models import EarnCap, EarnRule, RuleKind
from programs.publishing import publish
from tests.api.conftest import Caller
from tests.cast import FOUNDED, NOW, Shop, open_shop
from tests.ledger.books import prove

Order = dict[str, Any]
Answer = tuple[int, Any]
BOUNDED = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # to shrink a story would take minutes
    suppress_health_check=list(HealthCheck),
)
MEMBERS = ("E-1", "E-2", "E-3")
WRONG = ["ten", "0.001", "-1"]
NAMES = [str(number) for number in range(6)]
WEEKS = 6 * 7 * 24 * 60
"""Minutes of the last six weeks: the window for late orders is a month of them."""

amounts = st.integers(1, 300_000).map(lambda minor: f"{minor / 100:.2f}")
moments = st.integers(1, WEEKS).map(lambda minutes: (NOW - timedelta(minutes=minutes)).isoformat())


def order(**other: Any) -> st.SearchStrategy[Order]:
    """An order of one of few names, so that names come twice, with the same content or another."""
    fields = {
        "order": st.sampled_from(NAMES),
        "external_id": st.sampled_from(MEMBERS),
        "amount": amounts,
        "occurred_at": moments,
    }
    return st.fixed_dictionaries(fields | {name: st.sampled_from(values) for name, values in other.items()})


good = order()
# What never becomes an order leaves its name to another; what is refused as an order has had it.
spoiled = st.one_of(order(amount=WRONG), order(external_id=["E-9"]), order(branch=["nowhere"]))
refused = st.one_of(
    order(occurred_at=["1970-01-01T00:00:00+00:00", "2970-01-01T00:00:00+00:00"]), order(currency=["USD"])
)
once = st.lists(st.one_of(good, good, good, spoiled, refused), min_size=3, max_size=9)
calls = once.flatmap(
    lambda rows: st.permutations([*rows, *rows[:2], *rows[:1]])
)  # as they are: one twice, one thrice
back = st.lists(
    st.fixed_dictionaries(
        {"refund": st.sampled_from(["R-1", "R-2"]), "order": st.sampled_from(NAMES), "amount": amounts}
    ),
    max_size=4,
)


def a_shop(slug: str, phone: str) -> tuple[Caller, Shop]:
    """A shop with tiers, a birthday bonus, a cap of each member's day and a budget all share."""
    shop = open_shop(slug, phone, live=False)
    friday = {"name_ar": "الجمعة", "name_en": "Friday", "kind": RuleKind.MULTIPLIER, "factor": 3}
    EarnRule.objects.create(version=shop.version, code="friday", days_of_week=[4], **friday)
    EarnCap.objects.create(version=shop.version, scope="member", rule="", period="day", points=3_000)
    EarnCap.objects.create(version=shop.version, scope="all", rule="friday", period="month", points=4_000)
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    api = Caller(shop.key())
    for number, name in enumerate(MEMBERS, 1):
        api.post("members", {"external_id": name, "birthday": f"1990-11-{10 + number}"})
    return api, shop


def one_by_one(api: Caller, orders: Sequence[Order]) -> list[Answer]:
    """Send orders alone, in the order of their own time; of one name each after the one before it."""
    answers: dict[int, Answer] = {}
    waiting, taken = list(range(len(orders))), set[str]()
    while waiting:
        turn = in_turn(orders, waiting, taken)
        waiting = [place for place in waiting if place not in turn]
        for place in sorted(turn, key=lambda place: datetime.fromisoformat(orders[place]["occurred_at"])):
            sent = api.send("post", "purchases", orders[place])
            replayed = sent.headers.get("Idempotency-Replayed") == "true"
            answers[place] = 200 if replayed else sent.status_code, figures(sent.json())
            taken |= {orders[place]["order"]} if sent.status_code < 300 else set()
    return [answers[place] for place in range(len(orders))]


def in_turn(orders: Sequence[Order], waiting: Sequence[int], taken: set[str]) -> list[int]:
    """Those of the places that wait for no order of the same name."""
    seen: set[str] = set()
    turn: list[int] = []
    for place in waiting:
        said = orders[place]
        is_an_order = said["external_id"] in MEMBERS and "branch" not in said and said["amount"] not in WRONG
        if not is_an_order or said["order"] in taken or said["order"] not in seen:
            turn.append(place)
        if is_an_order:
            seen.add(said["order"])
    return turn


def at_once(api: Caller, orders: Sequence[Order]) -> list[Answer]:
    """Send orders in one call."""
    told = api.post("purchases/bulk", {"orders": list(orders)}, 200)["results"]
    assert [one["index"] for one in told] == list(range(len(orders)))
    return [(one["status"], figures(one["purchase"] or one["problem"])) for one in told]


def figures(said: Any) -> Any:
    """What an answer says of points, or why it was refused."""
    if "points" not in said:
        return said["code"]
    names = ("order", "points", "balance", "tier", "reasons", "receipt_lines", "occurred_at")
    return [said.get(name) for name in names]


def books_of(shop: Shop) -> list[Any]:
    """What the books of a shop say of its orders and its lots."""
    bought = Purchase.objects.filter(merchant=shop.merchant).order_by("external_id")
    lots = Lot.objects.filter(merchant=shop.merchant).order_by("earned_at", "member__external_id", "points")
    said = ("external_id", "occurred_at", "points", "tier_code", "spend_minor", "refunded_minor", "reasons")
    return [*bought.values_list(*said), *lots.values_list("points", "remaining", "earned_at", "expires_on")]


def test_many_at_once_are_answered_as_one_by_one(db: None, clock: Any) -> None:
    """Late ones, tiers reached on the way, caps, a shared budget, strangers, repetitions, what is refused."""
    (alone, one), (together, many) = a_shop("oasis", "0501234567"), a_shop("mirage", "0507654321")
    seen = set[str]()

    @BOUNDED
    @given(first=calls, refunds=back, then=calls)
    def agree(first: list[Order], refunds: list[Order], then: list[Order]) -> None:
        with transaction.atomic():
            for orders in (first, then):
                cache.clear()
                answers = one_by_one(alone, orders)
                assert at_once(together, orders) == answers
                seen.update(f"{status}" for status, _said in answers)
                seen.update(reason["code"] for status, said in answers if status < 300 for reason in said[4])
                assert given_back(alone, refunds) == given_back(together, refunds)
                assert books_of(one) == books_of(many)
            for shop in (one, many):
                prove(shop.merchant)
            transaction.set_rollback(True)

    agree()
    assert {"201", "200", "404", "409", "422", "outside_window", "capped"} <= seen, seen


def given_back(api: Caller, refunds: Sequence[Order]) -> list[Any]:
    """Send refunds, one by one; what each took back, or why it was refused."""
    return [figures(api.send("post", "refunds", said).json()) for said in refunds]
