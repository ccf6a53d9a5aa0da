"""Five kinds of tampering by hand in SQL, by someone who owns the database: each is found at its place.

The intruder is careful: caches are made to agree, so that no figure differs and only the seals can tell.
"""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ledger.models import Balance, Lot, LotUse, Movement, SealBlock, SealEntry
from ledger.proving.heads import as_csv, read_heads
from ledger.proving.verifying import differences, first_difference
from ledger.seals.sealing import seal
from tests.cast import Shop, open_shop
from tests.ledger.books import Books
from tests.ledger.sealed import SEALED_AT, by_hand, in_three_blocks, seal_now


@pytest.fixture
def full(shop: Shop) -> Books:
    """Books with something of everything, in three blocks."""
    books = Books(shop.member)
    in_three_blocks(books)
    assert differences() == []
    return books


def refused(*options: str) -> str:
    """What ``verify_ledger`` says when it exits 1."""
    with pytest.raises(CommandError) as error:
        call_command("verify_ledger", "--merchant", "oasis", *options, stdout=StringIO(), stderr=StringIO())
    assert error.value.returncode == 1
    return str(error.value)


def test_rule_43_a_changed_amount_is_found_in_its_block(full: Books) -> None:
    """100 points more, in the movement, the lot, the balance and the purchase alike."""
    move = Movement.objects.filter(purchase__external_id="A-3").get()
    order, more = move.purchase_id, move.points + 100
    by_hand(
        f"UPDATE ledger_movement SET points = {more} WHERE id = {move.pk}",
        f"UPDATE ledger_lot SET points = {more}, remaining = {more} WHERE movement_id = {move.pk}",
        f"UPDATE ledger_purchase SET points = {more} WHERE id = {order}",
        f"UPDATE ledger_purchaseline SET points_exact = '{more}' WHERE purchase_id = {order}",
        "UPDATE ledger_balance SET available = available + 100, earned_ever = earned_ever + 100",
    )
    assert f"block 3 of merchant {move.merchant_id}, movement {move.pk} holds other content" in refused()


def test_rule_43_a_deleted_row_is_found_in_its_block(full: Books) -> None:
    """A used code, with all its traces."""
    move = Movement.objects.filter(redemption__state="used").get()
    by_hand(
        f"UPDATE ledger_lot SET remaining = remaining + 500 WHERE id IN "
        f"(SELECT lot_id FROM ledger_lotuse WHERE movement_id = {move.pk})",
        f"DELETE FROM ledger_lotuse WHERE movement_id = {move.pk}",
        f"DELETE FROM ledger_movement WHERE id = {move.pk}",
        f"DELETE FROM ledger_redemption WHERE id = {move.redemption_id}",
        "UPDATE ledger_balance SET available = available + 500",
    )
    assert f"block 2 of merchant {move.merchant_id}, movement {move.pk} holds no row" in refused()


def test_rule_43_a_deleted_row_with_its_entry_is_found_in_its_block(full: Books) -> None:
    use = LotUse.objects.filter(movement__redemption__state="cancelled").order_by("pk").first()
    assert use is not None
    twin = LotUse.objects.get(lot=use.lot_id, points=-use.points)
    by_hand(
        f"DELETE FROM ledger_sealentry WHERE kind = 2 AND row_id IN ({use.pk}, {twin.pk})",
        f"DELETE FROM ledger_lotuse WHERE id IN ({use.pk}, {twin.pk})",
    )
    found = [str(difference) for difference in differences() if difference.what == "seal"]
    assert found == [text for text in found if "block 2 of merchant" in text]
    assert len(found) == 1


def test_rule_43_an_inserted_row_is_found_by_its_id(full: Books) -> None:
    """Points out of nothing, under an id that was never used."""
    gap = -7
    by_hand(
        f"""INSERT INTO ledger_movement (id, merchant_id, member_id, kind, points, occurred_at, business_date,
        recorded_at, reasons, actor) SELECT {gap}, merchant_id, member_id, 'adjust', 50, occurred_at,
        business_date, recorded_at, reasons, actor FROM ledger_movement ORDER BY id LIMIT 1""",
        f"""INSERT INTO ledger_lot (id, merchant_id, member_id, movement_id, points, remaining, earned_at)
        SELECT {gap}, merchant_id, member_id, {gap}, 50, 50, earned_at FROM ledger_lot ORDER BY id LIMIT 1""",
        "UPDATE ledger_balance SET available = available + 50",
    )
    seal_now()
    assert f"movement {gap} holds in no block" in refused()


def test_rule_43_a_lot_added_to_a_sealed_movement_is_found(full: Books) -> None:
    move = Movement.objects.filter(purchase__external_id="A-2").get()
    by_hand(
        f"""INSERT INTO ledger_lot (id, merchant_id, member_id, movement_id, points, remaining, earned_at)
        SELECT 9000, merchant_id, member_id, {move.pk}, 50, 50, earned_at
        FROM ledger_lot ORDER BY id LIMIT 1"""
    )
    found = [str(difference) for difference in differences() if difference.what == "seal"]
    assert f"block 1 of merchant {move.merchant_id}, movement {move.pk}" in found[0]


def test_rule_43_a_changed_use_of_a_lot_is_found_in_its_block(full: Books) -> None:
    """The points of a use are put on another lot of the same member; every sum stays."""
    use = LotUse.objects.filter(movement__redemption__state="used").get()
    other = Lot.objects.exclude(pk=use.lot_id).filter(remaining__gte=use.points).get()
    by_hand(
        f"UPDATE ledger_lotuse SET lot_id = {other.pk} WHERE id = {use.pk}",
        f"UPDATE ledger_lot SET remaining = remaining + {use.points} WHERE id = {use.lot_id}",
        f"UPDATE ledger_lot SET remaining = remaining - {use.points} WHERE id = {other.pk}",
    )
    assert f"block 2 of merchant {full.merchant.pk}, use of a lot {use.pk} holds other content" in refused()


def test_rule_43_a_longer_life_is_found_in_its_block(full: Books) -> None:
    """A lot's last day is moved without the row that says why."""
    lot = Lot.objects.filter(movement__purchase__external_id="A-2").get()
    by_hand(f"UPDATE ledger_lot SET expires_on = '2036-01-01' WHERE id = {lot.pk}")
    assert f"block 1 of merchant {lot.merchant_id}, movement {lot.movement_id} holds other" in refused()


def drop_newest_block(books: Books) -> None:
    """The newest block disappears with its rows and every trace of its purchase."""
    block = SealBlock.objects.get(number=3)
    rows = SealEntry.objects.filter(block=block, kind=1).values_list("row_id", flat=True)
    move = Movement.objects.get(pk__in=list(rows))
    balance = Balance.objects.get()
    assert move.purchase_id is not None
    last = books.member.purchases.exclude(pk=move.purchase_id).latest("occurred_at").occurred_at
    Balance.objects.update(
        available=balance.available - move.points,
        earned_ever=balance.earned_ever - move.points,
        purchases=balance.purchases - 1,
        last_purchase_at=last,
    )
    by_hand(
        f"DELETE FROM ledger_sealentry WHERE block_id = {block.pk}",
        f"DELETE FROM ledger_sealblock WHERE id = {block.pk}",
        f"DELETE FROM ledger_lot WHERE movement_id = {move.pk}",
        f"DELETE FROM ledger_movement WHERE id = {move.pk}",
        f"DELETE FROM ledger_purchaseline WHERE purchase_id = {move.purchase_id}",
        f"UPDATE ledger_tierperiod SET purchase_id = NULL WHERE purchase_id = {move.purchase_id}",
        f"DELETE FROM ledger_purchase WHERE id = {move.purchase_id}",
        "DELETE FROM ledger_postingkey WHERE key = 'A-3'",
    )


def test_rule_43_a_dropped_newest_block_is_found_by_the_head_the_merchant_holds(
    full: Books, tmp_path: Path
) -> None:
    head = SealBlock.objects.get(number=3).hash
    kept = tmp_path / "heads.csv"
    kept.write_text(as_csv(full.merchant))
    assert first_difference(full.merchant.pk, read_heads(head)) is None
    drop_newest_block(full)
    assert differences() == []  # a shorter, faultless chain: nothing inside the database can tell
    assert "block ? of oasis holds no such seal, the newest is block 2" in refused("--expected-head", head)
    assert "block 3 of oasis holds no such seal" in refused("--expected-head", str(kept))
    full.buy(50_000, key="A-4")
    seal(clock=lambda: SEALED_AT)
    assert SealBlock.objects.count() == 3
    assert "block 3 of oasis" in refused("--expected-head", str(kept))


def test_rule_43_a_chain_made_anew_is_found_by_the_head(full: Books) -> None:
    head = SealBlock.objects.get(number=3).hash
    by_hand(
        "DELETE FROM ledger_sealentry",
        "DELETE FROM ledger_sealblock",
        "UPDATE ledger_sealhorizon SET sealed_to = 0",
    )
    seal_now()
    assert differences() == []
    assert "no such seal" in refused("--expected-head", head)


def test_rule_43_changed_blocks_and_links_are_named(full: Books) -> None:
    merchant = full.merchant.pk
    by_hand("UPDATE ledger_sealblock SET points = points + 1 WHERE number = 2")
    assert f"seal: block 2 of merchant {merchant} holds" in refused()
    by_hand("UPDATE ledger_sealblock SET points = points - 1 WHERE number = 2")
    by_hand("UPDATE ledger_sealblock SET previous = hash WHERE number = 2")
    assert f"block 2 of merchant {merchant}, its link" in refused()


def test_rule_43_a_block_taken_from_the_middle_is_named(full: Books) -> None:
    by_hand("DELETE FROM ledger_sealblock WHERE number = 2")
    assert "in block id" in refused() or "no such block" in refused()
    by_hand("DELETE FROM ledger_sealentry WHERE block_id NOT IN (SELECT id FROM ledger_sealblock)")
    assert f"block 2 of merchant {full.merchant.pk} holds no such block" in refused()


def test_rule_43_another_merchants_chain_is_not_this_ones(full: Books) -> None:
    open_shop("mirage", "0507654321")
    by_hand("UPDATE ledger_sealblock SET root = previous WHERE number = 2")
    call_command("verify_ledger", "--merchant", "mirage", stdout=StringIO(), stderr=StringIO())
    assert "block 2" in refused()


@pytest.mark.parametrize("given", ["nonsense", "abc123", "/nowhere/heads.csv"])
def test_a_head_that_is_none_is_refused_by_name(shop: Shop, given: str) -> None:
    with pytest.raises(CommandError, match=given):
        call_command("verify_ledger", "--expected-head", given)


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "merchant,day,block,seal\noasis,2026-01-01,x,y\n", "\x00"]
)
def test_a_file_without_heads_is_refused_by_name(shop: Shop, tmp_path: Path, text: str) -> None:
    path = tmp_path / "heads.csv"
    path.write_text(text)
    with pytest.raises(CommandError, match=r"heads\.csv"):
        call_command("verify_ledger", "--expected-head", str(path))
