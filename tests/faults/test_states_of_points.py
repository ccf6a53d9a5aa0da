"""Codes, waiting points and dead lots by what is tried with them, and what becomes of the points."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from accounts.errors import WalaaError
from ledger.bulk.codes import expire_redemptions
from ledger.events import RedemptionClosed
from ledger.models import Balance, Redemption
from ledger.posting import post
from tests.api.conftest import Caller
from tests.api.selling import buy, new_terms, paid_with
from tests.cast import NOW, Shop
from tests.faults.calls import told
from tests.faults.ground import issue
from tests.ledger.books import prove

LATER = NOW + timedelta(minutes=16)
"""A code lives 15 minutes."""
SPENT, PAID = "409 code_spent /code", "409 code_spent /tenders/0/code"
EARLY = "Invalid outcome"

# State of a code → what is answered when it is read, used, cancelled, paid and quoted with, and let run out;
# in brackets the points that the member then has, of 500 that the code took.
CODES: dict[str, dict[str, str]] = {
    "reserved": {
        "read": "200 (0)", "use": "200 (0)", "cancel": "200 (500)", "pay": "201 (75)", "quote": "200 (0)",
        "run out": f"{EARLY} (0)",
    },
    "used": {
        "read": "200 (0)", "use": f"{SPENT} (0)", "cancel": f"{SPENT} (0)", "pay": f"{PAID} (0)",
        "quote": f"{PAID} (0)", "run out": "CodeSpent code (0)",
    },
    "cancelled": {
        "read": "200 (500)", "use": f"{SPENT} (500)", "cancel": f"{SPENT} (500)", "pay": f"{PAID} (500)",
        "quote": f"{PAID} (500)", "run out": "CodeSpent code (500)",
    },
    "run out": {
        "read": "200 (0)", "use": f"{SPENT} (0)", "cancel": "200 (500)", "pay": f"{PAID} (0)",
        "quote": f"{PAID} (0)", "run out": "expired (500)",
    },
    "expired": {
        "read": "200 (500)", "use": f"{SPENT} (500)", "cancel": f"{SPENT} (500)", "pay": f"{PAID} (500)",
        "quote": f"{PAID} (500)", "run out": "CodeSpent code (500)",
    },
}  # fmt: skip


def code_in(state: str, api: Caller, number: str, clock: time_machine.Traveller) -> str:
    """Take all of 500 points for a code, and bring it into a state."""
    buy(api, "500", number=number)
    code = issue(api, number, "code")
    if state in {"used", "cancelled"}:
        verb = {"used": "use", "cancelled": "cancel"}[state]
        api.post(f"redemptions/{code}/{verb}", {}, 200, once="ended")
    elif state != "reserved":
        clock.move_to(LATER)
    if state == "expired":
        assert expire_redemptions(now=LATER) == 1
    return code


@pytest.mark.parametrize("state", CODES)
def test_what_can_be_done_with_a_code_in_this_state(
    api: Caller, shop: Shop, clock: time_machine.Traveller, state: str
) -> None:
    number = shop.member.number
    code, found = code_in(state, api, number, clock), {}
    bare = {"member": number, "amount": "100"} | paid_with(code)
    tries: dict[str, tuple[str, Any]] = {
        "use": (f"redemptions/{code}/use", {}), "cancel": (f"redemptions/{code}/cancel", {}),
        "pay": ("purchases", bare | {"order": "N-1"}), "quote": ("purchases/quote", bare),
    }  # fmt: skip
    for name in CODES[state]:
        with transaction.atomic():
            if name == "read":
                answer = told(api.client.get(f"/api/v1/redemptions/{code}"))
            elif name == "run out":
                answer = run_out(shop, code)
            else:
                answer = told(api.send("post", *tries[name], once="tried"))
            found[name] = f"{answer} ({Balance.objects.get(member=shop.member).available})"
            transaction.set_rollback(True)
    assert found == CODES[state]
    prove(shop.merchant)


def run_out(shop: Shop, code: str) -> str:
    """Let a code run out as the sweep does."""
    now = datetime.now(tz=NOW.tzinfo)
    event = RedemptionClosed(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=now, source="sweep", key=code,
        actor="system", code=code, outcome="expired",
    )  # fmt: skip
    try:
        post(event, now=now)
    except WalaaError as refusal:
        return f"{type(refusal).__name__} {refusal.field}"
    return Redemption.objects.get(code=code).state


def standing(shop: Shop) -> tuple[int, int, int]:
    """Available, pending and owed."""
    row = Balance.objects.get(member=shop.member)
    return row.available, row.pending, row.owed


def test_points_that_wait_are_not_spent_and_are_opened_or_taken_back_once(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    new_terms(shop, hold="event")
    buy(api, "1000", number=number, order="A-1")
    assert standing(shop) == (0, 1000, 0)
    spend = {"member": number, "points": 500}
    refused = api.post("redemptions", spend, 409, once="early")
    assert (refused["code"], refused["params"]) == ("not_enough_points", {"short": 500})
    assert api.post("redemptions", {"member": number}, 422, once="any")["code"] == "nothing_to_redeem"
    taken = api.post(f"members/{number}/adjustments", {"points": -1, "reason": "x"}, 409, once="minus")
    assert taken["code"] == "not_enough_points"
    other = api.post("purchases/A-1/delivered", {"event": "unwrapped"}, 200, once="other")
    assert (other["points"], standing(shop)) == (0, (0, 1000, 0))
    api.post("refunds", {"refund": "R-1", "order": "A-1", "amount": "400"})
    assert standing(shop) == (0, 600, 0)
    assert api.post("purchases/A-1/delivered", {}, 200, once="there")["points"] == 600
    assert api.post("purchases/A-1/delivered", {}, 200, once="again")["points"] == 0
    assert standing(shop) == (600, 0, 0)
    api.post("redemptions", spend, once="now")
    api.post("refunds", {"refund": "R-2", "order": "A-1", "amount": "600"})
    assert standing(shop) == (0, 0, 500)
    prove(shop.merchant)


def test_points_whose_last_day_is_over_are_not_spent_and_come_back_with_one_grace(
    api: Caller, shop: Shop, clock: time_machine.Traveller
) -> None:
    number = shop.member.number
    buy(api, "1000", number=number, order="A-1")
    code = issue(api, number, "kept")
    clock.move_to("2027-11-15T23:59:59+03:00")
    api.post("redemptions", {"member": number, "points": 500}, once="last-day")
    clock.move_to("2027-11-16T00:00:00+03:00")
    assert api.get(f"members/{number}/balance")["available"] == 0
    refused = api.post("redemptions", {"member": number, "points": 500}, 409, once="too-late")
    assert (refused["code"], refused["params"]) == ("not_enough_points", {"short": 500})
    api.post(f"redemptions/{code}/cancel", {}, 200, once="back")
    (lot,) = [lot for lot in api.get(f"members/{number}/balance")["lots"] if lot["remaining"]]
    assert (lot["remaining"], lot["grace"], lot["expires_on"]) == (500, True, "2027-12-16")
    prove(shop.merchant)
