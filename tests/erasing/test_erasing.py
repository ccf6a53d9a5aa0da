"""A person is forgotten everywhere, and every sum of the books stays (RULES 46)."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum
from django.test import Client

from accounts import outbox, topics
from accounts.erasing import erase, record_file
from accounts.errors import Conflict, NotFound
from accounts.joining import join
from accounts.models import Consent, Erasure, Member
from campaigns.models import Message
from campaigns.sending import send_due
from ledger.bulk.codes import expire_redemptions
from ledger.bulk.sweeping import sweep
from ledger.event import LineItem
from ledger.events import PurchaseMade, RedemptionClosed
from ledger.models import Balance, ImportIssue, ImportRun, Lot, LotUse, Movement, Purchase, Redemption
from ledger.posting import post
from ledger.proving.verifying import differences
from tests.cast import NOW
from tests.erasing.conftest import ARABIC, EMAIL, LOCAL, OUTER, PHONE, Scene, traces

LATER = NOW.replace(hour=12)


def sums() -> dict[str, Any]:
    """Return every sum of the books, to the halala."""
    return {
        "moved": Movement.objects.aggregate(points=Sum("points"))["points"],
        "by_kind": list(Movement.objects.order_by("kind").values_list("kind").annotate(Sum("points"))),
        "lots": Lot.objects.aggregate(came=Sum("points"), left=Sum("remaining")),
        "uses": LotUse.objects.aggregate(points=Sum("points")),
        "sold": Purchase.objects.aggregate(Sum("total_minor"), Sum("spend_minor"), Sum("points")),
        "balances": list(Balance.objects.order_by("pk").values()),
        "codes": list(Redemption.objects.order_by("pk").values_list("code", "state", "points")),
    }


def forget(scene: Scene) -> None:
    """Erase the person as the owner would, and let the news arrive."""
    erase(member=scene.member, actor="staff:1", now=LATER)
    outbox.relay_topic(topics.MEMBER_ERASED, now=LATER)
    assert outbox.waiting(topics.MEMBER_ERASED) == 0


def test_rule_46_before_it_the_person_is_everywhere(scene: Scene) -> None:
    """Were the person nowhere, finding nothing afterwards would say nothing."""
    places = [trace.split(":")[0] for trace in traces(scene.folder)]
    assert any(place.startswith("media/takeout/") for place in places)
    found = {place.split("/")[0] for place in places}
    assert found >= {
        "accounts_member.phone", "accounts_member.email", "accounts_member.given_name",
        "accounts_detachment.reason", "campaigns_message.body", "media", "mail",
        "ledger_adjustmentnote.text", "ledger_adjustmentrequest.reason",
    }  # fmt: skip


def test_rule_46_erasing_removes_the_person_everywhere(scene: Scene) -> None:
    forget(scene)
    assert traces(scene.folder) == []
    member = scene.member
    assert (member.phone, member.email, member.name, member.erased_at) == (None, "", "", LATER)


def test_rule_46_every_sum_stays_to_the_halala(scene: Scene) -> None:
    before = sums()
    forget(scene)
    assert sums() == before
    assert [str(found) for found in differences(scene.shop.merchant.pk)] == []


def test_rule_46_the_others_in_a_stored_file_stay_as_they_were(scene: Scene) -> None:
    run = ImportRun.objects.get()
    before = Path(run.file.path).read_text().splitlines()
    forget(scene)
    after = Path(run.file.path).read_text().splitlines()
    assert len(after) == len(before)
    assert [(line, was) for line, was in zip(after, before, strict=True) if line == was] == [
        (before[0], before[0]), (before[2], before[2]),
    ]  # fmt: skip
    assert not ImportIssue.objects.exclude(params={}).exists()


def test_rule_46_nothing_is_spent_sent_or_posted_any_more(scene: Scene) -> None:
    code = Redemption.objects.get(state="reserved").code
    forget(scene)
    said: dict[str, Any] = {
        "merchant_id": scene.shop.merchant.pk, "member_id": scene.member.pk, "occurred_at": LATER,
        "source": "till", "actor": "test",
    }  # fmt: skip
    with pytest.raises(NotFound):
        post(PurchaseMade(**said, key="late", lines=(LineItem(100),)), now=LATER)
    with pytest.raises(NotFound):
        post(RedemptionClosed(**said, key="use", code=code), now=LATER)
    assert send_due(now=LATER) == 0
    assert not Message.objects.filter(state__in=["held", "planned", "claimed"]).exists()


def test_rule_46_points_of_an_erased_member_die_on_their_own_day(scene: Scene) -> None:
    forget(scene)
    left = Balance.objects.get(pk=scene.member.pk).available
    back = Redemption.objects.get(state="reserved").points
    assert expire_redemptions(now=LATER.replace(day=20)) == 1
    assert sweep(merchant=scene.shop.merchant, now=LATER.replace(year=2028)) >= left + back
    assert Balance.objects.get(pk=scene.member.pk).available == 0
    assert [str(found) for found in differences(scene.shop.merchant.pk)] == []


def test_rule_46_the_same_file_does_not_bring_the_person_back(scene: Scene, tmp_path: Path) -> None:
    forget(scene)
    again = tmp_path / "again.csv"
    again.write_text(f"external_id,phone,occurred_at,amount\nZ-1,{ARABIC},2026-11-12,5\n")
    with pytest.raises(CommandError, match="No row"):
        call_command("import_purchases", str(again), "--merchant", "oasis", stdout=StringIO())
    assert not Member.objects.filter(phone=PHONE).exists()
    assert ImportIssue.objects.latest("pk").code == "closed_member"


def test_rule_46_the_person_may_join_again_of_their_own_will(scene: Scene) -> None:
    forget(scene)
    member, is_new = join(
        merchant=scene.shop.merchant, now=LATER, source="portal", actor="visitor", phone=LOCAL
    )
    assert is_new
    assert member.pk != scene.member.pk


def test_rule_46_records_merged_into_the_member_are_erased_with_them(scene: Scene) -> None:
    other, _new = join(
        merchant=scene.shop.merchant, now=NOW, source="till", actor="t", phone="0512349876",
        external_id=f"{OUTER}-2",
    )  # fmt: skip
    Member.objects.filter(pk=other.pk).update(merged_into=scene.member)
    forget(scene)
    assert Erasure.objects.count() == 2
    assert traces(scene.folder) == []


def test_rule_46_what_somebody_agreed_to_stays_provable_without_a_name(scene: Scene) -> None:
    count = Consent.objects.filter(member=scene.member).count()
    forget(scene)
    assert count
    assert Consent.objects.filter(member=scene.member).count() == count


def test_rule_46_a_second_time_is_refused(scene: Scene) -> None:
    forget(scene)
    with pytest.raises(Conflict):
        erase(member=scene.member, actor="x", now=LATER)


def test_rule_46_the_member_is_signed_out(scene: Scene) -> None:
    client = Client()
    session = client.session
    session[f"member:{scene.shop.merchant.pk}"] = scene.member.pk
    session.save()
    assert client.get("/m/oasis/").status_code == 200
    forget(scene)
    assert client.get("/m/oasis/").status_code == 302


def test_rule_46_the_record_outside_the_database_holds_ids_only(scene: Scene) -> None:
    forget(scene)
    (row,) = [json.loads(line) for line in record_file().read_text().splitlines()]
    assert row == {
        "merchant": scene.shop.merchant.pk, "member": scene.member.pk, "at": LATER.isoformat(),
    }  # fmt: skip


def test_rule_46_after_a_restore_the_erasure_is_replayed(scene: Scene) -> None:
    """The row as the backup held it comes back, and its erasure is forgotten with everything since."""
    backup = next(iter(Member.objects.filter(pk=scene.member.pk).values()))
    letters = list(Message.objects.filter(member=scene.member).values())
    forget(scene)
    Erasure.objects.all().delete()
    Member.objects.filter(pk=backup["id"]).update(**backup)
    for letter in letters:
        Message.objects.filter(pk=letter["id"]).update(**letter)
    assert any(PHONE in trace for trace in traces(scene.folder))
    out = StringIO()
    call_command("replay_erasures", stdout=out)
    assert "Erased again: 1." in out.getvalue()
    assert traces(scene.folder) == []
    call_command("replay_erasures", stdout=out)
    assert "Erased again: 0." in out.getvalue()


def test_rule_46_the_command_erases_one_member_and_nobody_elses(scene: Scene) -> None:
    out = StringIO()
    call_command("erase_member", "--merchant", "oasis", "--member", scene.number, "--yes", stdout=out)
    assert out.getvalue() == f"{scene.number} is erased.\n"
    assert traces(scene.folder) == []
    for merchant, number in (("oasis", "M-NOBODY"), ("nobody", scene.number), ("oasis", scene.number)):
        with pytest.raises(CommandError):
            call_command("erase_member", "--merchant", merchant, "--member", number, "--yes")


def test_rule_46_a_file_that_is_being_imported_is_waited_for(scene: Scene) -> None:
    ImportRun.objects.update(state="running")
    erase(member=scene.member, actor="staff:1", now=LATER)
    outbox.relay_topic(topics.MEMBER_ERASED, now=LATER)
    assert outbox.waiting(topics.MEMBER_ERASED) == 1
    ImportRun.objects.update(state="done")
    outbox.relay_topic(topics.MEMBER_ERASED, now=LATER.replace(hour=13))
    assert outbox.waiting(topics.MEMBER_ERASED) == 0
    assert traces(scene.folder) == []


def test_rule_46_sqlite_leaves_no_old_bytes_in_its_file() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete")
        assert cursor.fetchone() == (1,)


def test_rule_46_an_address_in_another_case_is_the_same_person(scene: Scene) -> None:
    from accounts.contacts import contact_hash

    merchant = scene.shop.merchant.pk
    assert contact_hash(merchant, "email", EMAIL) == contact_hash(merchant, "email", EMAIL.upper())
