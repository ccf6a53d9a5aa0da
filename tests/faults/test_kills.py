"""Writers die by ``kill -9`` in the middle of a posting: what was acknowledged is there, once (G15)."""

from collections.abc import Iterator
from random import Random

import pytest

from tests.cast import open_shop
from tests.faults.writers import Writer, listen, prove_acknowledged
from tests.ledger.books import START, Books, another, prove

pytestmark = pytest.mark.processes
WRITERS, KILLS = 3, 9


@pytest.fixture
def shoppers(transactional_db: None) -> Iterator[list[Books]]:
    """A member whom all writers serve, and two more."""
    shop = open_shop("oasis", "0501234567")
    yield [Books(shop.member), *(another(shop.merchant, f"050000000{number}") for number in range(2))]
    prove(shop.merchant)


def test_rule_14_no_acknowledged_order_is_lost_or_doubled_when_writers_are_killed(
    shoppers: list[Books],
) -> None:
    dice = Random(14)
    writers = [Writer(number, shoppers, START) for number in range(WRITERS)]
    for kill in range(KILLS):
        listen(writers, dice.randint(3, 12))
        victim = writers[kill % WRITERS]
        victim.kill()
        victim.start()
    listen(writers, 10)
    for writer in writers:
        writer.ends()
    prove_acknowledged(writers)
