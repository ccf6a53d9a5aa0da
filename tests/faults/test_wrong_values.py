"""Every field of every way in is given everything it cannot be: a polite refusal, and no table moves."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.api.selling import buy, code_for
from tests.cast import Shop
from tests.faults.conftest import everything

ARABIC = re.compile(r"[\u0600-\u06ff]")
WRONG: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**400, "", " ", [], {}, [[]], {"a": 1}, [None]),
    *("-1", "0", "-0", "+5", "NaN", "nan", "Infinity", "-Infinity", "1e400", "1e-400", "0x10", "1_000", "१२"),
    *("٠", "-٥", "٫", "۰", "１２", "½", "²", "1,5", "1.", ".5", "1 000", "99999999999999999999999", "10.001"),
    *("x" * 70_000, "\x00", "a\x00b", "\x1b[2J", "a\nb", "\ud800", "\u202e12", "\u200b", "\ufeff", "M\u0308"),
    *("2026-02-29T10:00:00Z", "2026-13-01T00:00:00Z", "2026-11-15T10:00:00", "0000-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59Z", "1969-07-20T20:17:40Z", "2026-11-15T25:00:00Z", "2026-11-15T10:00:00+99:00"),
    *("'; DROP TABLE ledger_lot; --", "<script>", "../../etc/passwd", "{{7*7}}", "%00", "%s", "М-АВС"),
)
"""Wrong types, no numbers, digits of other scripts, controls, halves of letters, days that are none."""


def bodies(shop: Shop, code: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """A good body for every address that writes."""
    number = shop.member.number
    return {
        "purchases": ("purchases", {
            "member": number, "order": "N-1", "lines": [{"amount": "10", "kind": "goods", "quantity": 1,
            "category": "coffee", "name": "x"}], "currency": "SAR", "occurred_at": "2026-11-15T09:00:00Z",
            "branch": "olaya", "channel": "store", "tenders": [{"type": "cash", "amount": "10"}],
            "award": True,
        }),
        "purchase-amount": ("purchases", {"member": number, "order": "N-2", "amount": "10"}),
        "quote": ("purchases/quote", {"member": number, "amount": "10"}),
        "refund": ("refunds", {"refund": "R-1", "order": "A-1", "amount": "5", "source": "api",
                               "paid_as": "cash", "occurred_at": "2026-11-15T09:00:00Z"}),
        "refund-lines": ("refunds", {"refund": "R-2", "order": "A-1",
                                     "lines": [{"position": 1, "amount": "5"}]}),
        "delivered": ("purchases/A-1/delivered", {"event": "delivered", "source": "api"}),
        "issue": ("redemptions", {"member": number, "points": 500, "order_amount": "40", "minutes": 5}),
        "reward": ("redemptions", {"member": number, "reward": "gift-wrap"}),
        "use": (f"redemptions/{code}/use", {"order": "A-9", "branch": "olaya"}),
        "adjust": (f"members/{number}/adjustments", {"points": 5, "reason": "x", "expires": True}),
        "join": ("members", {"phone": "0509999999", "email": "a@x.example", "given_name": "x",
                             "family_name": "y", "external_id": "E-1", "birthday": "1990-01-01",
                             "language": "ar", "gender": "female"}),
        "merge": (f"members/{number}/merge", {"absorb": number}),
        "detach": (f"members/{number}/detach", {"reason": "x"}),
        "attach": (f"members/{number}/attach", {"phone": "0509999998"}),
        "consent": (f"members/{number}/consents", {"channel": "email", "granted": True}),
    }  # fmt: skip


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body, nested ones too."""
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, inner in items:
        yield (*path, name)
        yield from places(inner, (*path, name))


def with_value(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The body with another value at a place."""
    copy = json.loads(json.dumps(body))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


@pytest.mark.parametrize(
    "name",
    ["purchases", "purchase-amount", "quote", "refund", "refund-lines", "delivered", "issue", "reward", "use",
     "adjust", "join", "merge", "detach", "attach", "consent"],
)  # fmt: skip
def test_every_field_refuses_what_it_cannot_be(api: Any, shop: Shop, name: str) -> None:
    buy(api, "2000", number=shop.member.number, order="A-1")
    path, good = bodies(shop, code_for(api, shop.member.number, 500))[name]
    before, bad = everything(), []
    for place in places(good):
        with transaction.atomic():
            for value in WRONG:
                bad += told_to(api, path, with_value(good, place, value), f"{place} = {value!r:.40}")
            if everything() != before:
                bad.append(f"{place}: something refused moved a table")
            transaction.set_rollback(True)
    assert not bad, "\n".join(bad)


def told_to(api: Any, path: str, said: Any, where: str) -> list[str]:
    """Send a body; what is impolite about the refusal. What is accepted is taken back."""
    with transaction.atomic():
        answer = api.send("post", path, said, once="K-1")
        if answer.status_code < 400:
            transaction.set_rollback(True)
            return []
    shown = [f"{where}: {answer.status_code} {answer.content.decode()[:200]}"]
    if answer.status_code >= 500 or answer.headers["Content-Type"] != "application/problem+json":
        return shown
    told = answer.json()
    named = all(error["message"] and error["code"] for error in told["errors"])
    return [] if told["code"] and told["title"] and named else shown


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("purchases", {"member": "?", "order": "N-1", "amount": "NaN"}),
        ("purchases", {"member": "?", "order": "N-1", "amount": "10", "currency": "USD"}),
        ("purchases", {"member": "?", "order": "", "amount": "-1"}),
        ("purchases", {"member": "?", "order": "N-1", "amount": "10", "occurred_at": "2970-01-01T00:00:00Z"}),
        ("purchases", {"member": "?", "order": "N-1", "amount": "99999999999"}),
        ("refunds", {"refund": "R-1", "order": "A-1", "amount": "9999"}),
        ("refunds", {"refund": "R-1", "order": "NOBODY", "amount": "1"}),
        ("redemptions", {"member": "?", "points": 10_000}),
        ("redemptions", {"member": "?", "points": 1}),
        ("redemptions", {"member": "?", "points": 750}),
        ("redemptions", {"member": "M-NOBODY7", "points": 500}),
        ("redemptions/NNNNNNNN/use", {}),
        ("members", {"phone": "123"}),
    ],
)
def test_refusals_are_said_in_both_languages(api: Any, shop: Shop, path: str, body: dict[str, Any]) -> None:
    buy(api, "2000", number=shop.member.number, order="A-1")
    said = body | ({"member": shop.member.number} if body.get("member") == "?" else {})
    titles, before = {}, everything()
    for language in ("ar", "en"):
        answer = api.send("post", path, said, once="K-1", **{"accept-language": language})
        assert 400 <= answer.status_code < 500, answer.content
        told = answer.json()
        titles[language] = [told["title"], *(error["message"] for error in told["errors"])]
    assert everything() == before
    assert all(ARABIC.search(sentence) for sentence in titles["ar"]), titles
    assert not any(ARABIC.search(sentence) for sentence in titles["en"]), titles


TYPED = tuple(value for value in WRONG if isinstance(value, str) and "\ud800" not in value)[::3]


def test_every_field_of_the_till_refuses_what_it_cannot_be(cashier: Client, api: Any, shop: Shop) -> None:
    buy(api, "2000", number=shop.member.number, order="A-1")
    number = shop.member.number
    sale = {"amount": "10", "order": "", "code": "", "spare": "T-TESTTEST"}
    forms = {
        f"members/{number}/sale/": sale,
        f"members/{number}/quote/": sale,
        "sales/A-1/refund/": {"amount": "1", "spare": "T-TESTTEST"},
        f"members/{number}/spend/": {"what": "500", "spare": "T-TESTTEST"},
        f"members/{number}/there/": {"read_out": "1"},
        "join/": {"phone": "0509999999", "given_name": "x"},
        "codes/NNNNNNNN/use/": {},
        "find/": {"q": "1"},
    }
    bad = []
    for path, good in forms.items():
        for name in good:
            for value in TYPED:
                with transaction.atomic():
                    answer = cashier.post(f"/till/{path}", good | {name: value})
                    if answer.status_code >= 500:
                        bad.append(f"{path} {name} = {value!r:.40}: {answer.status_code}")
                    transaction.set_rollback(True)
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize(
    "amount", ["0", "-5", "-٥", "NaN", "Infinity", "1e400", "99999999999", "10.001", "½", "１２x"]
)
def test_an_amount_that_is_none_sells_nothing_at_the_till(cashier: Client, shop: Shop, amount: str) -> None:
    before = everything()
    fields = {"amount": amount, "order": "", "code": "", "spare": "T-TESTTEST"}
    answer = cashier.post(f"/till/members/{shop.member.number}/sale/", fields)
    assert answer.status_code in {200, 422}
    assert everything() == before


@pytest.mark.parametrize(("amount", "points"), [("١٢٫٥", 12), ("۱۲", 12), ("1,234.50", 1234)])
def test_digits_of_the_region_are_digits_at_the_till(
    cashier: Client, api: Any, shop: Shop, amount: str, points: int
) -> None:
    fields = {"amount": amount, "order": "", "code": "", "spare": "T-TESTTEST"}
    cashier.post(f"/till/members/{shop.member.number}/sale/", fields)
    assert api.get(f"members/{shop.member.number}/balance")["available"] == points
