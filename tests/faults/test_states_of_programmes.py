"""What a programme in each state does with what is asked of it (RULES 26): who earns, who may still spend.

Before it came into the state the member had 1000 points and took a code for 500 of them; where nothing was
ever promised, 990 that were given by hand.
"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from accounts.joining import join
from accounts.models import Merchant
from ledger import freezing
from programs import lifecycle
from programs.models import Programme
from tests.api.conftest import Caller
from tests.cast import NOW, Cast, make_key, open_shop
from tests.faults.calls import filled, told
from tests.faults.ground import issue
from tests.faults.test_states_of_people import ask

STATES = ("live", "pilot", "paused", "closing", "closed", "draft", "none")
GONE, NONE, SHORT = "404 not_found", "422 no_programme", "409 not_enough_points /points"

# Operation → what is answered in each state; of an order also how much it earns, and why no more.
TABLE: dict[str, tuple[str, str, str, str, str, str, str]] = {
    "RecordPurchase": (
        "201 40 per_amount", "201 0 history_only", "201 0 paused", "201 0 closing", "201 0 closing",
        "201 0 history_only", "201 0 history_only",
    ),
    "QuotePurchase": (
        "200 40 per_amount", "200 0 history_only", "200 0 paused", "200 0 closing", "200 0 closing",
        "200 0 history_only", "200 0 history_only",
    ),
    "RecordRefund": ("201",) * 7,
    "IssueCode": ("201", "201", "201", "201", SHORT, NONE, NONE),
    "UseCode": ("200", "200", "200", "200", "409 code_spent /code", GONE, GONE),
    "CancelCode": ("200", "200", "200", "200", "200", GONE, GONE),
    "AdjustPoints": ("201",) * 7,
    "ReadBalance": ("200",) * 7,
    "ReadRewards": ("200",) * 7,
    "ReadProgramme": ("200", "200", "200", "200", "200", NONE, NONE),
    "ReadTerms": ("200", "200", "200", "200", "200", NONE, NONE),
}  # fmt: skip


SAID: dict[str, tuple[str, Any]] = {
    "RecordPurchase": ("purchases", {"member": "{who}", "order": "N-1", "amount": "40"}),
    "QuotePurchase": ("purchases/quote", {"member": "{who}", "amount": "40"}),
    "RecordRefund": ("refunds", {"refund": "R-1", "order": "O-1", "amount": "10"}),
    "IssueCode": ("redemptions", {"member": "{who}", "points": 500}),
    "UseCode": ("redemptions/{code}/use", {}),
    "CancelCode": ("redemptions/{code}/cancel", {}),
    "AdjustPoints": ("members/{who}/adjustments", {"points": 5, "reason": "x"}),
    "ReadBalance": ("members/{who}/balance", None),
    "ReadRewards": ("members/{who}/rewards", None),
    "ReadProgramme": ("programme", None),
    "ReadTerms": ("terms", None),
}


def counter(state: str, stage: Cast) -> tuple[Caller, str]:
    """A caller and a member of our shop, or of one whose programme is a draft, or that has none."""
    if state == "draft":
        shop = open_shop("fresh", "0503333333", live=False)
        return Caller(shop.key()), shop.member.number
    if state == "none":
        merchant = Merchant.objects.create(slug="bare", name_ar="متجر", name_en="Bare")
        member, _new = join(merchant=merchant, now=NOW, source="t", actor="t", quiet=True, phone="0503333333")
        return Caller(make_key(merchant, "manage")), member.number
    return Caller(stage.shop.key()), stage.shop.member.number


def become(state: str, stage: Cast, clock: time_machine.Traveller) -> tuple[Caller, dict[str, Any]]:
    """Give the member points and a code, and bring the programme into a state."""
    (api, number), programme = counter(state, stage), stage.shop.version.programme
    api.post(f"members/{number}/adjustments", {"points": 990, "reason": "x"}, once="given")
    api.post("purchases", {"member": number, "order": "O-1", "amount": "10"})
    if state in {"draft", "none"}:
        return api, {"who": number, "code": "NNNNNNNN"}
    code = issue(api, number, "code")
    if state == "pilot":
        Programme.objects.filter(pk=programme.pk).update(state="pilot")
    elif state == "paused":
        lifecycle.pause(programme=programme, now=NOW)
    elif state in {"closing", "closed"}:
        freezing.close(programme=programme, now=NOW)
    if state == "closed":
        over = NOW + timedelta(days=91)
        clock.move_to(over)
        freezing.settle(programme=programme, now=over)
    return api, {"who": number, "code": code}


@pytest.mark.parametrize(("state", "place"), [(state, place) for place, state in enumerate(STATES)])
def test_what_a_programme_in_this_state_answers(
    stage: Cast, clock: time_machine.Traveller, state: str, place: int
) -> None:
    (api, words), answers = become(state, stage, clock), {}
    for name, (path, body) in SAID.items():
        with transaction.atomic():
            answers[name] = in_short(ask(api, name, path.format(**words), filled(body, words)), name)
            transaction.set_rollback(True)
    assert answers == {name: row[place] for name, row in TABLE.items()}


def in_short(answer: Any, name: str) -> str:
    """The answer; of an order with its points and reasons."""
    if answer.status_code >= 400 or name not in {"RecordPurchase", "QuotePurchase"}:
        return told(answer)
    said = answer.json()
    return " ".join([told(answer), str(said["points"]), *(reason["code"] for reason in said["reasons"])])
