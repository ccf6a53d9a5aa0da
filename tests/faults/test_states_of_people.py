"""Who somebody is, by what is asked of them: members who are there, have left, were merged, or are another's.

Everybody in the table bought for 2000, has 1500 points left and a code for 500, and became what the column
says. What they bought may come back after they left; what they had can be spent by nobody.
"""

from typing import Any

import pytest
from django.db import transaction

from accounts.models import Member
from ledger.models import Balance
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import NOW, Cast
from tests.faults.calls import filled, told
from tests.faults.declared import operations
from tests.faults.ground import issue
from tests.ledger.books import prove
from tests.ledger.given import begin_giving
from tests.ledger.holding import hold_from_now
from tests.ledger.subscribed import sell_from_now

STATES = ("active", "erased", "detached", "merged", "rival's")
GONE, MEMBER, ABSORB = "404 not_found", "404 not_found /member", "404 not_found /absorb"
IN_PLACE = "404 not_found /orders/0/member"

# Operation → what is answered of somebody in each state. A merged record's names lead to the one that stays.
TABLE: dict[str, tuple[str, str, str, str, str]] = {
    "FindMember": ("200", GONE, GONE, "200", GONE),
    "JoinMember": ("200", "201", "201", "200", "201"),
    "ReadMember": ("200", GONE, GONE, "200", GONE),
    "ChangeMember": ("200", GONE, GONE, "200", GONE),
    "EraseMember": ("200", "409 conflict /number", "200", "200", GONE),
    "RecordConsent": ("200", GONE, GONE, "200", GONE),
    "DetachMember": ("200", GONE, GONE, "200", GONE),
    "AttachMember": ("409 conflict /phone", "409 conflict /phone", "200", "409 conflict /phone", GONE),
    "MergeRecords": ("200", GONE, GONE, "200", GONE),
    "PreviewMerge": ("200", GONE, GONE, "200", GONE),
    "MergeRecords: absorb": ("200", ABSORB, ABSORB, ABSORB, ABSORB),
    "PreviewMerge: absorb": ("200", ABSORB, ABSORB, ABSORB, ABSORB),
    "UndoMerge": ("200", GONE, GONE, GONE, GONE),
    "ReadBalance": ("200", GONE, GONE, "200", GONE),
    "ReadTier": ("200", GONE, GONE, "200", GONE),
    "ReadInsight": ("200", GONE, GONE, "200", GONE),
    "ListRedemptions": ("200", GONE, GONE, "200", GONE),
    "ListRefunds": ("200", GONE, GONE, "200", GONE),
    "ListAdjustments": ("200", GONE, GONE, "200", GONE),
    "ReadProof": ("200", GONE, GONE, "200", GONE),
    "ReadStatement": ("200", GONE, GONE, "200", GONE),
    "ReadRewards": ("200", GONE, GONE, "200", GONE),
    "ReadCards": ("200", GONE, GONE, "200", GONE),
    "ReadReferrals": ("200", GONE, GONE, "200", GONE),
    "RecordEvent": ("201", MEMBER, MEMBER, "201", MEMBER),
    "SendOneTimeCode": ("201", GONE, GONE, "201", GONE),
    "AdjustPoints": ("201", GONE, GONE, "201", GONE),
    "ListPurchases": ("200", MEMBER, MEMBER, "200", MEMBER),
    "RecordPurchase": ("201", MEMBER, MEMBER, "201", MEMBER),
    "RecordPurchases": ("200", IN_PLACE, IN_PLACE, "200", IN_PLACE),
    "QuotePurchase": ("200", MEMBER, MEMBER, "200", MEMBER),
    "ReadPurchase": ("200", "200", "200", "200", GONE),
    "RecordDelivery": ("200", "200", "200", "200", GONE),
    "RecordRefund": ("201", "201", "201", "201", "404 not_found /order"),
    "IssueCode": ("201", MEMBER, MEMBER, "201", MEMBER),
    "GivePoints": ("201", GONE, GONE, "201", GONE),
    "ReadChoice": ("200", GONE, GONE, "200", GONE),
    "ChooseCause": ("200", GONE, GONE, "200", GONE),
    "JoinContest": ("200", GONE, GONE, "200", GONE),
    "LeaveContest": ("200", GONE, GONE, "200", GONE),
    "SignUp": ("409 signed_up_already /event", MEMBER, MEMBER, "409 signed_up_already /event", MEMBER),
    "CancelPlace": ("200", GONE, GONE, "200", GONE),
    "CheckIn": ("200", GONE, GONE, "200", GONE),
    "ReadMembership": ("200", GONE, GONE, "200", GONE),
    "BeginTrial": ("409 membership_held /plan", GONE, GONE, "409 membership_held /plan", GONE),
    "RecordFee": ("201", GONE, GONE, "201", GONE),
    "RefundFee": ("201", GONE, GONE, "201", GONE),
    "CancelMembership": ("200", GONE, GONE, "200", GONE),
    "ReadCode": ("200", "200", "200", "200", GONE),
    "UseCode": ("200", MEMBER, MEMBER, "200", GONE),
    "CancelCode": ("200", MEMBER, MEMBER, "200", GONE),
    "IssueGiftCard": ("201", MEMBER, MEMBER, "201", MEMBER),
    "ReadGiftCards": ("200", GONE, GONE, "200", GONE),
    "ReadUpgrades": ("200", GONE, GONE, "200", GONE),
    "ReadGiftCard": ("200", "200", "200", "200", GONE),
    "CancelGiftCard": ("200", MEMBER, MEMBER, "200", GONE),
}

SAID: dict[str, tuple[str, Any]] = {
    "FindMember": ("members?number={who}", None),
    "JoinMember": ("members", {"phone": "{phone}"}),
    "ReadMember": ("members/{who}", None),
    "ChangeMember": ("members/{who}", {"given_name": "x"}),
    "EraseMember": ("members/{who}", {}),
    "RecordConsent": ("members/{who}/consents", {"channel": "sms", "purpose": "marketing", "granted": True}),
    "DetachMember": ("members/{who}/detach", {}),
    "AttachMember": ("members/{who}/attach", {"phone": "0559999999"}),
    "MergeRecords": ("members/{who}/merge", {"absorb": "{other}"}),
    "PreviewMerge": ("members/{who}/merge/preview", {"absorb": "{other}"}),
    "MergeRecords: absorb": ("members/{other}/merge", {"absorb": "{who}"}),
    "PreviewMerge: absorb": ("members/{other}/merge/preview", {"absorb": "{who}"}),
    "UndoMerge": ("members/{who}/merges/{merge}/undo", {}),
    "ReadBalance": ("members/{who}/balance", None),
    "ReadTier": ("members/{who}/tier", None),
    "ReadInsight": ("members/{who}/insight", None),
    "ListRedemptions": ("members/{who}/redemptions", None),
    "ListRefunds": ("members/{who}/refunds", None),
    "ListAdjustments": ("members/{who}/adjustments", None),
    "ReadProof": ("members/{who}/points", None),
    "ReadStatement": ("members/{who}/statement", None),
    "ReadRewards": ("members/{who}/rewards", None),
    "ReadCards": ("members/{who}/cards", None),
    "ReadReferrals": ("members/{who}/referrals", None),
    "RecordEvent": ("events", {"member": "{who}", "event": "review", "id": "E-1"}),
    "SendOneTimeCode": ("members/{who}/one-time-codes", {}),
    "AdjustPoints": ("members/{who}/adjustments", {"points": 5, "reason": "x"}),
    "ListPurchases": ("purchases?member={who}", None),
    "RecordPurchase": ("purchases", {"member": "{who}", "amount": "5", "order": "N-1"}),
    "RecordPurchases": ("purchases/bulk", {"orders": [{"member": "{who}", "amount": "5", "order": "N-2"}]}),
    "QuotePurchase": ("purchases/quote", {"member": "{who}", "amount": "5"}),
    "ReadPurchase": ("purchases/{order}", None),
    "RecordDelivery": ("purchases/{order}/delivered", {}),
    "RecordRefund": ("refunds", {"refund": "R-1", "order": "{order}", "amount": "100"}),
    "IssueCode": ("redemptions", {"member": "{who}", "points": 500}),
    "GivePoints": ("members/{who}/donations", {"points": 100, "cause": "orphans"}),
    "ReadChoice": ("members/{who}/cause", None),
    "ChooseCause": ("members/{who}/cause", {"cause": "orphans"}),
    "JoinContest": ("members/{who}/contests/cup/join", {}),
    "LeaveContest": ("members/{who}/contests/cup/leave", {}),
    "SignUp": ("member-events/evening/places", {"member": "{who}"}),
    "CancelPlace": ("member-events/evening/places/{who}/cancel", {}),
    "CheckIn": ("member-events/evening/places/{who}/attended", {}),
    "ReadMembership": ("members/{who}/memberships", None),
    "BeginTrial": ("members/{who}/memberships", {"plan": "plus"}),
    "RecordFee": ("members/{who}/memberships/payments", {"plan": "plus", "payment": "F-2", "amount": "29"}),
    "RefundFee": ("members/{who}/memberships/refunds", {"refund": "FR-1", "payment": "F-1"}),
    "CancelMembership": ("members/{who}/memberships/cancel", {}),
    "ReadCode": ("redemptions/{code}", None),
    "UseCode": ("redemptions/{code}/use", {}),
    "CancelCode": ("redemptions/{code}/cancel", {}),
    "IssueGiftCard": ("gift-cards", {"member": "{who}", "amount": "5", "why": "sold", "order": "S-2"}),
    "ReadGiftCards": ("members/{who}/gift-cards", None),
    "ReadUpgrades": ("members/{who}/upgrades", None),
    "ReadGiftCard": ("gift-cards/{card}", None),
    "CancelGiftCard": ("gift-cards/{card}/cancel", {}),
}

BARE = {
    *("ReadProgramme", "ReadTerms", "ListCauses", "ListEvents", "ListTiers"),
    *("RecordReceipt", "ReadReceipt", "CancelReceipt"),
}
"""What is about nobody."""
MACHINES = {
    *("ListWebhooks", "CreateWebhook", "ReadWebhook", "ChangeWebhook", "DeleteWebhook", "RotateSecret"),
    *("TestWebhook", "ListMessages", "ReplayMessage", "ResetPractice"),
}
"""What is about a merchant's machines."""


def test_every_operation_about_somebody_is_in_the_table() -> None:
    assert set(TABLE) == set(SAID)
    assert {name.partition(":")[0] for name in TABLE} == set(operations()) - BARE - MACHINES


def become(state: str, stage: Cast) -> dict[str, Any]:
    """Bring somebody into a state, at our shop or next door; returns what they are called."""
    api = Caller(stage.shop.key())
    theirs = Caller(stage.rival.key()) if state == "rival's" else api
    words = {"who": str(theirs.post("members", {"phone": "0551000001"})["number"]), "phone": "0551000001"}
    other = str(api.post("members", {"phone": "0551000002"})["number"])
    survivor = str(api.post("members", {"phone": "0551000003"})["number"])
    buy(theirs, "2000", number=words["who"], order="O-1")
    sold = {"member": words["who"], "amount": "5", "why": "sold", "order": "S-1"}
    words["card"] = str(theirs.post("gift-cards", sold, once="card")["code"])
    sell_from_now(stage.shop)
    begin_giving(stage.shop, NOW)
    hold_from_now(stage.shop, NOW)
    if state != "rival's":
        fee = {"plan": "plus", "payment": "F-1", "amount": "29"}
        api.post(f"members/{words['who']}/memberships/payments", fee)
        api.post("member-events/evening/places", {"member": words["who"]}, once="seat")
    words |= {"order": "O-1", "other": other, "code": issue(theirs, words["who"], "theirs"), "merge": "0"}
    if state == "active":  # with somebody merged into them, which can be taken back
        said = {"absorb": survivor}
        words["merge"] = str(api.post(f"members/{words['who']}/merge", said, 200, once="m")["merge"])
    elif state == "erased":
        assert api.send("delete", f"members/{words['who']}", {}).status_code == 200
    elif state == "detached":
        api.post(f"members/{words['who']}/detach", {}, 200)
    elif state == "merged":
        api.post(f"members/{survivor}/merge", {"absorb": words["who"]}, 200, once="m")
    return words


@pytest.mark.parametrize(("state", "place"), [(state, place) for place, state in enumerate(STATES)])
def test_what_is_answered_of_somebody_in_this_state(
    stage: Cast, settings: Any, state: str, place: int
) -> None:
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    words, answers = become(state, stage), {}
    for name, (path, body) in SAID.items():
        with transaction.atomic():
            answers[name] = told(
                ask(Caller(stage.shop.key()), name, path.format(**words), filled(body, words))
            )
            transaction.set_rollback(True)
    assert answers == {name: row[place] for name, row in TABLE.items()}


def ask(api: Caller, name: str, path: str, body: Any) -> Any:
    """Make a call as its operation is made."""
    if body is None:
        return api.client.get(f"/api/v1/{path}")
    return api.send(operations()[name.partition(":")[0]].method, path, body, once="once-1")


@pytest.mark.parametrize("state", ["erased", "detached"])
def test_what_was_bought_comes_back_after_they_left(stage: Cast, state: str) -> None:
    """What it earned is taken from the record that earned it, and the books hold."""
    words, api = become(state, stage), Caller(stage.shop.key())
    member = Member.objects.get(number=words["who"])
    back = api.post("refunds", {"refund": "R-1", "order": words["order"], "amount": "100"})
    assert (back["points"], back["balance"]["available"]) == (-100, 1400)
    whole = api.post("refunds", {"refund": "R-2", "order": words["order"], "amount": "1900"})
    assert (whole["points"], whole["balance"]["available"], whole["balance"]["owed"]) == (-1900, 0, 500)
    assert Balance.objects.get(member=member).owed == 500
    prove(stage.shop.merchant)
