"""Whatever is typed at the till, the answer is a page: nothing breaks, and no sale comes of what is none."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.api.selling import buy
from tests.cast import Shop
from tests.faults.conftest import api, everything

__all__ = ["api"]
TYPED: tuple[str, ...] = (
    *(
        "",
        " ",
        "-1",
        "0",
        "+5",
        "NaN",
        "Infinity",
        "1e400",
        "0x10",
        "1_000",
        "१२",
        "٠",
        "-٥",
        "１２",
        "½",
        "1,5",
    ),
    *("99999999999999999999999", "10.001", "x" * 70_000, "\x00", "\x1b[2J", "a\nb", "\u202e12", "\ufeff"),
    *("2026-02-29T10:00:00Z", "'; DROP TABLE ledger_lot; --", "<script>", "{{7*7}}", "%00", "%s", "М-АВС"),
)


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
        f"members/{number}/apology/": {"points": "5", "reason": "x", "spare": "T-TESTTEST"},
        "join/": {"phone": "0509999999", "given_name": "x"},
        "codes/NNNNNNNN/use/": {},
        "find/": {"q": "1"},
    }
    broken = []
    for path, good in forms.items():
        for name in good:
            for value in TYPED:
                with transaction.atomic():
                    answer = cashier.post(f"/till/{path}", good | {name: value})
                    if answer.status_code >= 500:
                        broken.append(f"{path} {name} = {value!r:.40}: {answer.status_code}")
                    transaction.set_rollback(True)
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    "amount", ["0", "-5", "-٥", "NaN", "Infinity", "1e400", "99999999999", "10.001", "½", "１２x", "", "1,5"]
)
def test_an_amount_that_is_none_sells_nothing(cashier: Client, shop: Shop, amount: str) -> None:
    before = everything()
    fields = {"amount": amount, "order": "", "code": "", "spare": "T-TESTTEST"}
    answer = cashier.post(f"/till/members/{shop.member.number}/sale/", fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"amount"}
    assert everything() == before


@pytest.mark.parametrize(("amount", "points"), [("١٢٫٥", 12), ("۱۲", 12), ("1,234.50", 1234)])
def test_digits_of_the_region_are_digits(
    cashier: Client, api: Any, shop: Shop, amount: str, points: int
) -> None:
    fields = {"amount": amount, "order": "", "code": "", "spare": "T-TESTTEST"}
    cashier.post(f"/till/members/{shop.member.number}/sale/", fields)
    assert api.get(f"members/{shop.member.number}/balance")["available"] == points
