"""``verify_ledger`` finds what was tampered with, and says where (RULES 43)."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ledger.guards import install_guards
from ledger.models import (
    Balance,
    Lot,
    LotUse,
    Movement,
    PostingKey,
    Purchase,
    PurchaseLine,
    Redemption,
    Refund,
    TierPeriod,
)
from ledger.proving.verifying import differences
from ledger.writing.post_function import function
from tests.cast import Shop, open_shop
from tests.ledger.books import Books
from tests.ledger.sealed import unguarded


@pytest.fixture
def full(shop: Shop) -> Books:
    """Books with something of everything."""
    books = Books(shop.member)
    books.buy(160_000, key="A-1")
    books.buy(1000, 2000, key="A-2")
    used, cancelled, _open = (books.issue(500).code for _code in range(3))
    books.close(used)
    books.close(cancelled, "cancelled")
    books.refund("A-1", 100_000)
    return books


def test_rule_43_right_books_are_counted(full: Books) -> None:
    said = StringIO()
    call_command("verify_ledger", merchant="oasis", stdout=said)
    assert "2 purchase" in said.getvalue()
    assert "7 movement" in said.getvalue()


TAMPERINGS: dict[str, Callable[[], object]] = {
    "lot": lambda: Lot.objects.filter(points=1600).update(remaining=7),
    "balance, available": lambda: Balance.objects.update(available=10_000),
    "balance, owed": lambda: Balance.objects.update(owed=3),
    "balance, earned_ever": lambda: Balance.objects.update(earned_ever=3),
    "balance, purchases": lambda: Balance.objects.update(purchases=3),
    "movement": lambda: Movement.objects.filter(kind="earn", points=1600).update(points=1700),
    "a use less": lambda: LotUse.objects.filter(points=500).first().delete(),  # type: ignore[union-attr]
    "tier": lambda: TierPeriod.objects.update(tier_code="gold"),
    "tier out of nowhere": lambda: (
        TierPeriod.objects.all().delete(),
        Balance.objects.update(tier_code="gold"),
    ),
    "redemption": lambda: Redemption.objects.filter(state="used").update(state="cancelled"),
    "redemption of more": lambda: Redemption.objects.filter(state="used").update(points=1000),
    "purchase, clawed_points": lambda: Purchase.objects.filter(external_id="A-1").update(clawed_points=1),
    "purchase, refunded_minor": lambda: Purchase.objects.filter(external_id="A-1").update(refunded_minor=1),
    "purchase, total_minor": lambda: PurchaseLine.objects.filter(position=2).update(amount_minor=1),
    "award": lambda: PurchaseLine.objects.filter(position=2).update(points_exact="21"),
    "refund": lambda: Refund.objects.update(clawback_points=1),
    "key": lambda: PostingKey.objects.filter(key="A-2").delete(),
}


@pytest.mark.parametrize("what", list(TAMPERINGS))
def test_rule_43_a_tampering_is_found_and_named(full: Books, what: str) -> None:
    with unguarded():
        TAMPERINGS[what]()
    with pytest.raises(CommandError) as refused:
        call_command("verify_ledger", merchant="oasis")
    assert refused.value.returncode == 1
    assert any(character.isdigit() for character in str(refused.value))


def test_rule_43_missing_guards_are_a_difference(full: Books) -> None:
    with unguarded(), pytest.raises(CommandError, match="ledger_movement_refuses_update"):
        call_command("verify_ledger")


def test_rule_43_a_guard_that_does_something_else_is_a_difference(full: Books) -> None:
    name = "ledger_movement_refuses_update"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE ON ledger_movement"
                " FOR EACH ROW WHEN (false) EXECUTE FUNCTION ledger_refuse_change()"
            )
        else:
            cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON ledger_movement BEGIN SELECT 1; END")
    with pytest.raises(CommandError, match=f"{name} is not the one of this release") as refused:
        call_command("verify_ledger", merchant="oasis")
    assert refused.value.returncode == 1
    install_guards(connection)
    call_command("verify_ledger", merchant="oasis", stdout=StringIO())


def test_rule_43_without_its_posting_function_the_database_is_refused(full: Books) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite posts without")
    with connection.cursor() as cursor:
        cursor.execute(function().sql.replace("$post$", "$post$ -- another", 1))
    with pytest.raises(CommandError, match="is not the one of this release"):
        call_command("verify_ledger")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP FUNCTION {function().name}")
    with pytest.raises(CommandError, match=r"is absent\. Run manage\.py install_guards"):
        call_command("verify_ledger")
    connection.check_constraints()  # what the test wrote is settled; a command of its own finds it so
    call_command("install_guards", stdout=StringIO())
    call_command("verify_ledger", stdout=StringIO())


def test_rule_43_another_merchants_books_are_not_this_ones(full: Books) -> None:
    open_shop("mirage", "0507654321")
    Balance.objects.update(available=10_000)
    call_command("verify_ledger", merchant="mirage", stdout=StringIO())
    with pytest.raises(CommandError, match="no merchant"):
        call_command("verify_ledger", merchant="nobody")
    assert len(list(differences())) == 2
