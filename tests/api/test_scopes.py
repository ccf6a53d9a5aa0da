"""What each scope may do and see: every operation of the installation by every scope, stated once, here.

The operations and a call of each that is accepted are found, not listed; one without a line here fails.
"""

from datetime import date

import pytest

from accounts.models import Member
from accounts.models.keys import Scope
from tests.faults.calls import GOOD, refusal, told
from tests.faults.conftest import desk as desk
from tests.faults.declared import operations
from tests.faults.desk import Desk

TILL, SHOP, READ, MANAGE = "till", "shop", "read", "manage"
# What kind of call → whose key may make it → which calls are of that kind.
MAY: dict[str, tuple[set[str], set[str]]] = {
    "asks what a customer at the counter asks": (
        {TILL, SHOP, READ, MANAGE},
        {
            *("FindMember", "FindMember: phone", "ReadMember", "ReadBalance", "ReadTier", "ReadRewards"),
            *("ReadCards", "ReadReferrals", "ReadPurchase", "ReadReceipt", "ReadCode", "ReadGiftCard"),
            *("ReadChoice", "ReadMembership", "ReadUpgrades", "ReadProgramme", "ReadTerms", "ListTiers"),
            *("ListCauses", "ListEvents", "QuotePurchase: phone", "QuotePurchase: amount"),
        },
    ),
    "looks into the books": (
        {SHOP, READ, MANAGE},
        {
            *("FindMember: e-mail", "ReadStatement", "ReadProof", "ReadGiftCards", "ListPurchases"),
            *("ListRedemptions", "ListRefunds", "ListAdjustments"),
        },
    ),
    "asks what we expect of somebody": ({READ, MANAGE}, {"ReadInsight"}),
    "sells": (
        {TILL, SHOP, MANAGE},
        {
            *("JoinMember", "QuotePurchase", "RecordPurchase: quoted", "RecordPurchase: amount"),
            *("RecordPurchases: phone", "RecordPurchases: external id", "RecordDelivery", "RecordRefund"),
            *("RecordRefund: lines", "RecordReceipt", "RecordReceipt: lines", "CancelReceipt"),
            *("RecordEvent", "RecordEvent: phone", "RecordEvent: external id", "CheckIn", "UseCode"),
            *("CancelCode", "BeginTrial", "RecordFee", "RefundFee", "CancelMembership", "ResetPractice"),
        },
    ),
    "spends for a member who is there": (
        {TILL, SHOP, MANAGE},
        {
            *("SendOneTimeCode", "IssueCode: shown", "IssueCode: read out"),
            *("GivePoints: shown", "GivePoints: read out"),
        },
    ),
    "spends for a member who signed in at the shop": (
        {SHOP, MANAGE},
        {"IssueCode", "IssueCode: reward", "IssueCode: for a shop", "GivePoints"},
    ),
    "speaks for a member": (
        {SHOP, MANAGE},
        {
            *("ChangeMember", "RecordConsent", "DetachMember", "AttachMember", "JoinContest"),
            *("LeaveContest", "ChooseCause", "SignUp", "CancelPlace"),
        },
    ),
    "writes by hand": (
        {MANAGE},
        {
            *("RecordPurchase", "RecordPurchases", "AdjustPoints", "IssueGiftCard", "CancelGiftCard"),
            *("PreviewMerge", "MergeRecords", "UndoMerge", "EraseMember"),
        },
    ),
    "keeps the merchant's machines": (
        {MANAGE},
        {
            *("ListWebhooks", "CreateWebhook", "ReadWebhook", "ChangeWebhook", "DeleteWebhook"),
            *("RotateSecret", "TestWebhook", "ListMessages", "ReplayMessage"),
        },
    ),
}
NOT_THERE = {"spends for a member who signed in at the shop": {TILL}}
"""Who may ask, but has to show that the member is there."""


def test_every_call_is_of_one_kind() -> None:
    stated = [name for _scopes, names in MAY.values() for name in names]
    assert sorted(stated) == sorted(GOOD)
    assert {name.partition(":")[0] for name in stated} == set(operations())


@pytest.mark.parametrize("scope", Scope.values)
def test_each_scope_may_do_its_own(desk: Desk, scope: str) -> None:
    wrong = []
    for kind, (scopes, names) in MAY.items():
        code = "not_shown" if scope in NOT_THERE.get(kind, ()) else "forbidden"
        for name in sorted(names):
            answer, has_written = desk.ask(name, {"key": scope})
            refused = refusal(answer)
            is_right = refused is None if scope in scopes else refused and refused["code"] == code
            if not is_right or (refused and has_written):
                wrong.append(f"{scope} {name}: {told(answer)}")
    assert not wrong, "\n".join(wrong)


def test_a_key_that_reads_writes_nothing(desk: Desk) -> None:
    """Not even where it is answered: asking what an order would earn keeps nothing."""
    for name in MAY["asks what a customer at the counter asks"][1] | MAY["looks into the books"][1]:
        answer, has_written = desk.ask(name, {"key": READ, "once": ""})
        assert refusal(answer) is None, name
        assert not has_written, name


def test_a_key_of_the_shop_itself_empties_no_practice_copy(desk: Desk) -> None:
    wrong = [
        line
        for scope in (TILL, SHOP, MANAGE)
        for line in desk.look("ResetPractice", {"key": scope, "real": True}, "403 practice_only")
    ]
    assert not wrong, "\n".join(wrong)


def contacts() -> set[str]:
    """Every phone, e-mail address and birthday of any member; a phone as it is dialled at home, too."""
    said = {str(value) for row in Member.objects.values_list("phone", "email", "birthday") for value in row}
    return {value.removeprefix("+966") for value in said - {"", "None"}}


def test_a_till_sees_nobodys_contacts(desk: Desk) -> None:
    """Neither in an answer nor in a refusal, whatever it asks; a phone's last three digits are shown."""
    seen: dict[str, set[str]] = {}
    with desk.tried():
        for number, member in enumerate(Member.objects.filter(erased_at__isnull=True)):
            member.email, member.birthday = f"m{number}@people.example", date(1960 + number, 5, 17)
            member.save(update_fields=["email", "birthday"])
        for name in GOOD:
            with desk.tried():
                answer = desk.make(name, {"key": TILL})
                said = answer.content.decode() + str(answer.headers)
                seen[name] = {value for value in contacts() if value in said}
        whole = desk.make("ReadMember", {"key": MANAGE}).content.decode()
        assert sum(value in whole for value in contacts()) == 3
    assert not {name: found for name, found in seen.items() if found}
