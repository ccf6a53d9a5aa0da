"""PostgreSQL stops at once under load, again and again: no acknowledged order is lost, none is doubled."""

import pytest
from django.db import connection

from tests.cast import open_shop
from tests.faults.cluster import bin_folder, own_cluster
from tests.faults.writers import Writer, listen, prove_acknowledged
from tests.ledger.books import START, Books, another, prove

pytestmark = pytest.mark.processes
STOPS = 3


def test_rule_14_no_acknowledged_order_is_lost_when_the_server_stops_at_once(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server to stop; its writers are killed in test_kills")
    programs = bin_folder()
    if programs is None:
        pytest.skip("no initdb on this machine")
    shop = open_shop("oasis", "0501234567")
    shoppers = [Books(shop.member), another(shop.merchant, "0500000001")]
    with own_cluster(programs) as cluster:
        writers = [Writer(number, shoppers, START) for number in range(3)]
        for _stop in range(STOPS):
            listen(writers, 20)
            cluster.stop()
            cluster.start()
        listen(writers, 20)
        for writer in writers:
            writer.ends()
        prove_acknowledged(writers)
        prove(shop.merchant)
