"""Every night the books are proved, the answer kept, and the owners told: once, in their language."""

from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from accounts.models import OutboxEvent, Staff, User
from accounts.models.staff import Role
from ledger import topics
from ledger.bulk.sharing import CLAIM
from ledger.models import Balance, SealBlock, Verification, WorkShard
from ledger.proving import nightly
from ledger.proving.heads import as_csv, daily_heads, read_heads
from ledger.proving.nightly import share_night, verify_due
from ledger.proving.verifying import first_difference
from ledger.seals.head_letters import owners_of, tell_owners
from tests.cast import Shop, open_shop
from tests.ledger.books import START, Books, another
from tests.ledger.sealed import SEALED_AT, by_hand, in_three_blocks

NIGHT = START + timedelta(hours=14)  # 02:00 of the 26th in Riyadh
LONG = timedelta(minutes=10)


def prove(hours: int = 0) -> int:
    return verify_due(clock=lambda: NIGHT + timedelta(hours=hours), patience=LONG)


def letters() -> list[str]:
    """Hand the news to its handler, as the relay does; returns what was written."""
    for event in OutboxEvent.objects.filter(topic=topics.BOOKS_PROVED).order_by("pk"):
        tell_owners(event, NIGHT)
        event.delete()
    sent = [f"{message.to} {message.subject}\n{message.body}" for message in mail.outbox]
    mail.outbox.clear()
    return sent


@pytest.fixture
def owner(shop: Shop) -> User:
    """The owner reads English; a second one Arabic; the cashier is nobody's business."""
    for email, language, role in (
        ("sara@example.com", "en", Role.OWNER),
        ("malik@example.com", "ar", Role.OWNER),
        ("till@example.com", "ar", Role.CASHIER),
    ):
        user = User.objects.create_user(email, language=language)
        Staff.objects.create(user=user, merchant=shop.merchant, role=role)
    return User.objects.get(email="sara@example.com")


def test_each_merchant_is_proved_once_a_night_and_sealed_before(shop: Shop) -> None:
    open_shop("mirage", "0507654321")
    Books(shop.member).earn(100)
    assert prove() == 2
    assert prove() == 0
    row = Verification.objects.get(merchant=shop.merchant)
    assert (row.is_right, row.block_number, row.night) == (True, 1, date(2026, 1, 26))
    assert row.head == SealBlock.objects.get().hash
    assert prove(hours=24) == 2


def test_a_shard_whose_worker_died_is_proved_by_another_once_its_claim_is_over(shop: Shop) -> None:
    Books(shop.member).earn(100)
    share_night(clock=lambda: NIGHT)
    held = WorkShard.objects.get(first=None)
    WorkShard.objects.filter(pk=held.pk).update(claimed_until=NIGHT + CLAIM, attempts=1)
    assert prove() == 0
    assert WorkShard.objects.filter(finished_at=None).get() == held
    assert prove(hours=1) == 1
    assert Verification.objects.get().is_right


def test_a_night_is_proved_range_by_range_and_each_finds_its_own(shop: Shop, monkeypatch: Any) -> None:
    monkeypatch.setattr(nightly, "PROOF", replace(nightly.PROOF, most=2))
    others = [another(shop.merchant, f"05000000{number:02}") for number in range(5)]
    for books in (Books(shop.member), *others):
        books.earn(100)
    Balance.objects.filter(member=others[3].member).update(available=7)
    assert prove() == 1
    shards = list(WorkShard.objects.order_by("place"))
    assert len(shards) == 7
    assert [shard.place for shard in shards if "what" in shard.found] == [4]
    assert Verification.objects.get().difference["row"] == f"member {others[3].member.pk}"


def test_patience_ends_a_night_and_the_next_call_goes_on(shop: Shop) -> None:
    open_shop("mirage", "0507654321")
    ticks = (NIGHT + timedelta(minutes=minute) for minute in range(0, 1000, 3))
    assert verify_due(clock=lambda: next(ticks), patience=LONG) == 1
    assert prove() == 1


def test_owners_are_sent_the_head_in_their_language(shop: Shop, owner: User) -> None:
    Books(shop.member).earn(100)
    prove()
    arabic, english = sorted(text for text in letters() if "sara@" in text or "malik@" in text)
    head = SealBlock.objects.get().hash
    assert "sara@example.com" in english
    assert "books are right" in english
    assert "malik@example.com" in arabic
    assert "متطابقة" in arabic
    assert all(f"--merchant oasis --expected-head {head}" in letter for letter in (arabic, english))
    prove()
    assert letters() == []
    assert shop.staff["cashier"] not in owners_of(shop.merchant)


def test_a_difference_is_kept_and_told_and_goes_when_it_is_put_right(shop: Shop, owner: User) -> None:
    books = Books(shop.member)
    books.earn(100)
    Balance.objects.update(available=7)
    prove()
    row = Verification.objects.get()
    assert row.is_right is False
    assert row.difference["what"] == "balance, available"
    assert all(f"member {shop.member.pk}" in letter for letter in letters())
    Balance.objects.update(available=100)
    call_command("verify_ledger", stdout=StringIO(), stderr=StringIO())
    assert Verification.objects.latest("night").is_right
    assert prove(hours=24) == 1


def test_a_dropped_block_is_missed_by_the_next_night(shop: Shop) -> None:
    books = Books(shop.member)
    books.earn(100)
    prove()
    by_hand("DELETE FROM ledger_sealentry", "DELETE FROM ledger_sealblock", "DELETE FROM ledger_sealhorizon")
    prove(hours=24)
    row = Verification.objects.latest("night")
    assert row.is_right is False
    assert row.difference["what"] == "head"


def test_daily_heads_are_the_last_of_each_day_and_read_back(shop: Shop, tmp_path: Path) -> None:
    in_three_blocks(Books(shop.member))
    heads = list(daily_heads(shop.merchant))
    day = SEALED_AT.date()
    assert [(on, block.number) for on, block in heads] == [(day, 2), (day + timedelta(days=1), 3)]
    path = tmp_path / "heads.csv"
    call_command("export_heads", "--merchant", "oasis", "--out", str(path), stdout=StringIO())
    assert path.read_text() == as_csv(shop.merchant)
    assert first_difference(shop.merchant.pk, read_heads(str(path))) is None
    printed = StringIO()
    call_command("export_heads", "--merchant", "oasis", stdout=printed)
    assert printed.getvalue() == as_csv(shop.merchant)
    with pytest.raises(CommandError, match="nobody"):
        call_command("export_heads", "--merchant", "nobody")
    with pytest.raises(CommandError, match="no folder"):
        call_command("export_heads", "--merchant", "oasis", "--out", str(tmp_path / "no" / "file"))
