"""Where a member stands: the tier, what is known of them, and what happened, kind by kind."""

from typing import Any

from analytics.models import DormancyModel, DormancyScore
from tests.api.conftest import Caller
from tests.api.selling import balance, buy, code_for
from tests.cast import NOW, Shop, make_key


def test_the_tier_is_told_as_everywhere_else(api: Caller, shop: Shop) -> None:
    buy(api, "2000", number=shop.member.number)
    told = api.get(f"members/{shop.member.number}/tier")
    assert told["tier"] == balance(api, shop.member.number)["tier"]
    assert {"until", "to_keep", "next"} <= set(told["tier"])
    tiers = api.get("tiers")
    assert tiers["results"] == api.get("programme")["tiers"]
    assert told["tier"]["code"] in {tier["code"] for tier in tiers["results"]}


def test_the_next_reward_is_one_they_can_have_and_says_why(api: Caller, shop: Shop) -> None:
    path = f"members/{shop.member.number}/insight"
    listed = f"members/{shop.member.number}/rewards"
    least = min(one["points"] for one in api.get(listed)["results"])
    nearest = api.get(path)["suggestion"]
    assert [nearest[name] for name in ("because", "points", "missing_points")] == ["nearest", least, least]
    buy(api, "5000", number=shop.member.number)
    cheapest = api.get(path)["suggestion"]
    assert [cheapest[name] for name in ("because", "points", "missing_points")] == ["affordable", least, 0]
    dearer = next(one for one in api.get(listed)["results"] if one["points"] > least and one["available"])
    api.post("redemptions", {"member": shop.member.number, "reward": dearer["code"]}, once="r")
    liked = api.get(path)["suggestion"]
    assert (liked["because"], liked["reward"]) == ("liked", dearer["code"])
    assert liked["text"]


def test_the_stored_score_is_told_with_its_day_and_reasons(api: Caller, shop: Shop) -> None:
    path = f"members/{shop.member.number}/insight"
    assert api.get(path)["dormancy"] is None
    model = DormancyModel.objects.create(
        merchant=shop.merchant, horizon=30, cutoff=NOW, method="plain_rule", trained_at=NOW, scored_at=NOW,
        is_current=True,
    )  # fmt: skip
    DormancyScore.objects.create(
        model=model, merchant=shop.merchant, member=shop.member, probability=0.82, is_slipping=True,
        days_silent=41, value_minor=12_300, reasons=[{"code": "days_silent", "days": 41}],
    )  # fmt: skip
    told = api.get(path)["dormancy"]
    assert (told["probability"], told["slipping"], told["days_silent"]) == (0.82, True, 41)
    assert (told["expected_spend"], told["days_ahead"]) == ("123.00", 30)
    assert told["scored_at"] == NOW.isoformat().replace("+00:00", "Z")


def test_what_happened_is_listed_kind_by_kind(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    buy(api, "2000", number=number, order="A-1")
    codes = [code_for(api, number, 500) for _code in range(2)]
    api.post(f"redemptions/{codes[0]}/use", {}, 200, once="use")
    api.post("refunds", {"refund": "R-1", "order": "A-1", "amount": "100"})
    api.post(f"members/{number}/adjustments", {"points": 7, "reason": "تعويض"}, once="a")
    listed = api.get(f"members/{number}/redemptions", limit=1)
    assert (listed["results"][0]["code"], listed["results"][0]["used_at"]) == (codes[1], None)
    rest = api.get(f"members/{number}/redemptions", cursor=listed["next"])
    assert [one["state"] for one in rest["results"]] == ["used"]
    assert rest["next"] is None
    (refund,) = api.get(f"members/{number}/refunds")["results"]
    assert (refund["order"], refund["amount"], refund["points_taken_back"]) == ("A-1", "100.00", 100)
    (given,) = api.get(f"members/{number}/adjustments")["results"]
    assert (given["points"], given["actor"][:4]) == (7, "key:")
    reader = Caller(make_key(shop.merchant, "read"))
    assert {one["code"] for one in reader.get(f"members/{number}/redemptions")["results"]} == {""}


def test_lists_ask_the_database_as_often_for_many_as_for_few(
    api: Caller, shop: Shop, django_assert_max_num_queries: Any
) -> None:
    number = shop.member.number
    buy(api, "9000", number=number, order="A-1")
    for count in range(6):
        code_for(api, number, 500)
        api.post("refunds", {"refund": f"R-{count}", "order": "A-1", "amount": "1"})
        api.post(f"members/{number}/adjustments", {"points": 1, "reason": "x"}, once=f"a-{count}")
    for kind in ("redemptions", "refunds", "adjustments"):
        with django_assert_max_num_queries(6):
            assert len(api.get(f"members/{number}/{kind}")["results"]) == 6
