"""RULES A 3 through the API: a signed quote is honoured once."""

from typing import Any

from tests.api.conftest import Caller
from tests.api.selling import buy, new_terms
from tests.cast import Shop


def test_rule_03_a_signed_quote_is_honoured_after_new_terms(api: Any, shop: Shop, clock: Any) -> None:
    number = shop.member.number
    quoted = api.post("purchases/quote", {"member": number, "amount": "100", "sign": True}, 200)
    assert (quoted["points"], quoted["expires_at"]) == (100, "2026-11-15T09:15:00Z")
    clock.shift(60)
    new_terms(shop, only=True, rule={"code": "base", "kind": "per_amount", "points": 1, "per_minor": 200})
    plain = api.post("purchases/quote", {"member": number, "amount": "100"}, 200)
    assert (plain["points"], plain["token"], plain["expires_at"]) == (50, None, None)
    got = buy(api, "100", number=number, order="A-1", quote=quoted["token"])
    assert (got["points"], got["reasons"]) == (100, quoted["reasons"])
    assert "token" not in got
    again = buy(api, "100", number=number, order="A-2", quote=quoted["token"], status=409)
    assert (again["code"], again["errors"][0]["field"]) == ("quote_over", "/quote")


def test_rule_03_a_reader_may_quote_and_not_sign(shop: Shop, api: Any) -> None:
    reader, said = Caller(shop.key("read")), {"member": shop.member.number, "amount": "100"}
    assert reader.post("purchases/quote", said, 200)["points"] == 100
    assert reader.post("purchases/quote", said | {"sign": True}, 403)["code"] == "forbidden"


def test_rule_42_a_quote_signed_before_a_merge_is_honoured_after_it(api: Any, shop: Shop) -> None:
    mine = shop.member.number
    theirs = api.post("members", {"phone": "0551234567", "given_name": "Nora"})["number"]
    said = {"member": theirs, "amount": "100", "sign": True}
    tokens = [api.post("purchases/quote", said, 200)["token"] for _quote in range(2)]
    api.post(f"members/{mine}/merge", {"absorb": theirs}, 200, once="m-1")
    new_terms(shop, only=True, rule={"code": "base", "kind": "per_amount", "points": 1, "per_minor": 200})
    for order, (number, token) in enumerate(zip((mine, theirs), tokens, strict=True)):
        got = buy(api, "100", number=number, order=f"A-{order}", quote=token)
        assert (got["points"], got["member"]) == (100, mine)
        assert (
            buy(api, "100", number=mine, order=f"B-{order}", quote=token, status=409)["code"] == "quote_over"
        )
