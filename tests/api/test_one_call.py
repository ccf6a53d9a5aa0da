"""What a call costs the database, and what is kept between two calls."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Merchant
from tests.api.conftest import Caller
from tests.api.selling import ORDERS, buy
from tests.cast import Cast, Shop
from tests.ledger.test_one_read import TRANSACTION

pytestmark = pytest.mark.postgres


def statements(till: Caller, number: str) -> list[str]:
    """What one sale through the API sends, transactions apart."""
    with CaptureQueriesContext(connection) as captured:
        buy(till, number=number, lines=[{"amount": "60.00"}, {"amount": "20.00", "name": "بن"}])
    return [query["sql"] for query in captured if not query["sql"].startswith(TRANSACTION)]


def test_a_sale_is_four_statements_on_postgresql(till: Caller, shop: Shop) -> None:
    buy(till, "5", number=shop.member.number)  # the key's last use is noted, the shop's terms are known
    sent = statements(till, shop.member.number)
    if connection.vendor == "postgresql":
        key, member, read, written = sent
        assert "accounts_apikey" in key
        assert "accounts_member" in member
        assert "ledger_postingkey" in read
        assert "ledger_post_v1" in written
    else:
        assert sum(sql.startswith("SELECT") for sql in sent) <= 13
    for _order in range(6):
        statements(till, shop.member.number)
    assert len(statements(till, shop.member.number)) == len(sent)


def test_a_refusal_is_worded_in_the_language_of_its_own_caller(shop: Shop) -> None:
    """What one caller was told is not told to the next one in the first one's words."""
    body = {"member": "M" * 13, "order": f"o-{next(ORDERS)}", "amount": "5"}
    told = [
        Caller(shop.key(), language).post("purchases", body, 422)["title"] for language in ("en", "ar", "en")
    ]
    assert told[0] == told[2]
    assert told[0].isascii()
    assert not told[1].isascii()


def test_amounts_are_written_in_the_currency_of_their_own_caller(stage: Cast) -> None:
    """Two shops, one thread: each is read and answered by its own currency's decimals."""
    shop, rival = stage.shop, stage.rival
    Merchant.objects.filter(pk=rival.merchant.pk).update(currency="KWD")
    ours, theirs = Caller(shop.key()), Caller(rival.key())
    told = [
        buy(ours, "5.25", number=shop.member.number)["amount"],
        buy(theirs, "5.125", number=rival.member.number)["amount"],
        buy(ours, "5.5", number=shop.member.number)["amount"],
    ]
    assert told == ["5.25", "5.125", "5.50"]
