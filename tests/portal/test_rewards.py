"""Spending points from a phone: what is offered, what is refused, and once only."""

import re
from datetime import timedelta

import pytest
import time_machine

from accounts.joining import join
from accounts.models import Member
from ledger.events import RedemptionClosed
from ledger.models import Balance, Redemption
from ledger.posting import post
from programs.models import Reward
from tests.cast import NOW, Shop
from tests.portal.conftest import Buy, Visitor, token_of, words


def available(visitor: Visitor) -> int:
    return Balance.objects.get(member=visitor.shop.member).available


def redeem(visitor: Visitor, points: object = 500, token: str = "") -> Redemption | None:
    token = token or token_of(visitor.get("rewards/points/"))
    visitor.post("rewards/points/", token=token, points=points)
    return Redemption.objects.order_by("-id").first()


def use(redemption: Redemption) -> None:
    post(
        RedemptionClosed(
            merchant_id=redemption.merchant_id,
            member_id=redemption.member_id,
            occurred_at=NOW,
            source="till",
            key="use-1",
            actor="test",
            code=redemption.code,
            outcome="used",
        ),
        now=NOW,
    )


def test_rule_16_499_points_are_one_short(member: Visitor, buy: Buy) -> None:
    buy(499_00)
    page = member.get("rewards/points/")
    assert "1 point to go" in words(page)
    assert 'name="token"' not in page.content.decode()
    answer = member.post("rewards/points/", token="0" * 32, points="500")
    assert answer.status_code == 409
    assert not Redemption.objects.exists()
    assert available(member) == 499


def test_rule_16_1240_points_offer_1000_for_50_and_leave_240(member: Visitor, buy: Buy) -> None:
    buy(1240_00)
    said = words(member.get("rewards/"))
    assert "Up to 50 SAR off" in said
    page = member.get("rewards/points/").content.decode()
    assert re.findall(r'name="points" value="(\d+)"( checked)?', page) == [("500", ""), ("1000", " checked")]
    redeem(member, 1000)
    assert available(member) == 240


@pytest.mark.parametrize(
    "points", ["499", "501", "1500", "-500", "0", "", "x", "5e2", "٩٩٩٩٩٩٩٩٩٩٩٩", "500.0"]
)
def test_points_that_are_no_whole_blocks_in_hand_are_refused_politely(
    member: Visitor, buy: Buy, points: str
) -> None:
    buy(1240_00)
    answer = member.post("rewards/points/", token=token_of(member.get("rewards/points/")), points=points)
    assert answer.status_code in {409, 422}
    assert 'role="alert"' in answer.content.decode()
    assert not Redemption.objects.exists()
    assert available(member) == 1240


def test_points_may_be_typed_in_arabic_digits(member: Visitor, buy: Buy) -> None:
    buy(500_00)
    assert redeem(member, "٥٠٠")


def test_rule_17_the_programmes_cap_bounds_the_offer(member: Visitor, buy: Buy) -> None:
    buy(5000_00)
    version = member.shop.version
    type(version).objects.filter(pk=version.pk).update(max_redeem_minor=50_00)
    from programs.queries import forget_terms

    forget_terms()
    assert "Up to 50 SAR off" in words(member.get("rewards/"))
    assert redeem(member, 1500) is None


def test_a_code_is_shown_grouped_with_its_qr_and_time(member: Visitor, buy: Buy) -> None:
    buy(500_00)
    redemption = redeem(member)
    assert redemption
    page = member.get(f"codes/{redemption.pk}/")
    said = words(page)
    assert f"{redemption.code[:4]} {redemption.code[4:]}" in said
    assert "Valid until today, 12:15 PM" in said
    assert "<svg viewBox" in page.content.decode()
    assert "25 SAR off" in words(member.get())  # the card reminds of a code in hand
    assert "no-store" in page.headers["cache-control"]


def test_rule_19_cancelling_gives_the_points_back_with_their_last_day(member: Visitor, buy: Buy) -> None:
    buy(500_00, days_ago=300)
    redemption = redeem(member)
    assert redemption
    assert available(member) == 0
    token = token_of(member.get(f"codes/{redemption.pk}/"))
    for _press in range(2):
        member.post(f"codes/{redemption.pk}/cancel/", token=token)
    assert available(member) == 500
    assert "can be used until 19 January 2027" in words(member.get())
    assert "Cancelled" in words(member.get(f"codes/{redemption.pk}/"))


def test_rule_19_a_used_code_cannot_be_cancelled(member: Visitor, buy: Buy) -> None:
    buy(500_00)
    redemption = redeem(member)
    assert redemption
    token = token_of(member.get(f"codes/{redemption.pk}/"))
    use(redemption)
    answer = member.client.post(member.url(f"codes/{redemption.pk}/cancel/"), {"token": token}, follow=True)
    assert "can no longer be used" in words(answer)  # type: ignore[arg-type]
    assert "Used. Enjoy!" in words(answer)  # type: ignore[arg-type]
    assert available(member) == 0


def test_rule_19_a_code_that_ran_out_is_not_shown_any_more(
    member: Visitor, buy: Buy, clock: time_machine.Traveller
) -> None:
    buy(500_00)
    redemption = redeem(member)
    assert redemption
    clock.shift(timedelta(minutes=15))
    page = member.get(f"codes/{redemption.pk}/")
    assert "This code has run out" in words(page)
    assert redemption.code not in page.content.decode()
    assert "data-until" not in page.content.decode()


def test_a_reward_is_asked_for_once_more_then_issued(member: Visitor, buy: Buy) -> None:
    buy(1000_00)
    reward = member.shop.version.rewards.order_by("points")[0]
    page = member.get(f"rewards/{reward.code}/")
    assert reward.name_en in words(page)
    answer = member.post(f"rewards/{reward.code}/", token=token_of(page))
    redemption = Redemption.objects.get()
    assert answer.headers["location"] == member.url(f"codes/{redemption.pk}/")
    assert (redemption.reward_code, redemption.points) == (reward.code, reward.points)
    assert available(member) == 1000 - reward.points


def test_a_reward_beyond_the_balance_is_refused_and_says_what_is_missing(member: Visitor, buy: Buy) -> None:
    buy(10_00)
    reward = member.shop.version.rewards.order_by("-points")[0]
    assert f"{reward.points - 10:,} points to go" in words(member.get(f"rewards/{reward.code}/"))
    answer = member.post(f"rewards/{reward.code}/", token="a" * 32)
    assert answer.status_code == 409
    assert "points are missing" in words(answer)
    assert not Redemption.objects.exists()


def test_a_reward_that_is_not_in_the_catalogue_is_not_here(member: Visitor) -> None:
    assert member.get("rewards/nothing/").status_code == 404
    assert member.post("rewards/nothing/", token="a" * 32).status_code == 404


def test_pressing_twice_or_replaying_the_form_is_one_redemption(member: Visitor, buy: Buy) -> None:
    buy(2000_00)
    token = token_of(member.get("rewards/points/"))
    places = {
        member.post("rewards/points/", token=token, points="500").headers["location"] for _press in range(5)
    }
    assert len(places) == 1
    assert Redemption.objects.count() == 1
    assert available(member) == 1500


def test_a_replayed_form_with_another_amount_is_a_conflict(member: Visitor, buy: Buy) -> None:
    buy(2000_00)
    token = token_of(member.get("rewards/points/"))
    redeem(member, 500, token)
    answer = member.post("rewards/points/", token=token, points="1000")
    assert answer.status_code == 409
    assert Redemption.objects.count() == 1


@pytest.mark.parametrize("token", ["", "x", "0" * 31, "Z" * 32, "0" * 500])
def test_a_form_without_its_token_changes_nothing(member: Visitor, buy: Buy, token: str) -> None:
    buy(500_00)
    assert member.post("rewards/points/", token=token, points="500").status_code == 422
    assert not Redemption.objects.exists()


def test_two_members_tokens_do_not_meet(member: Visitor, buy: Buy) -> None:
    friend, _new = join(merchant=member.shop.merchant, now=NOW, source="t", actor="x", phone="0551112223")
    buy(500_00)
    buy(500_00, who=friend)
    redeem(member, 500, "a" * 32)
    other = Visitor(member.shop)
    other.enter("0551112223")
    redeem(other, 500, "a" * 32)
    assert set(Redemption.objects.values_list("member_id", flat=True)) == {friend.pk, member.shop.member.pk}


def test_anothers_code_and_none_at_all_are_one_answer(member: Visitor, buy: Buy, rival: Shop) -> None:
    buy(500_00)
    redemption = redeem(member)
    assert redemption
    Member.objects.filter(pk=rival.member.pk).update(language="en")
    thief = Visitor(rival)
    thief.enter("0507654321")
    token = "b" * 32
    answers = [
        (answer.status_code, re.sub(r'csrf\w+" value="\w+|/codes/\d+/', "", answer.content.decode()))
        for pk in (redemption.pk, 10**9, 10**18)
        for answer in (thief.get(f"codes/{pk}/"), thief.post(f"codes/{pk}/cancel/", token=token))
    ]
    assert {status for status, _page in answers} == {404}
    assert len({page for _status, page in answers}) == 1
    redemption.refresh_from_db()
    assert redemption.state == "reserved"


def test_the_refusal_speaks_the_readers_language(member: Visitor, buy: Buy) -> None:
    buy(10_00)
    member.post("language/", language="ar")
    answer = member.post("rewards/points/", token="c" * 32, points="500")
    alert = re.search(r'role="alert">.*?<span>(.*?)</span>', answer.content.decode(), re.DOTALL)
    assert alert
    assert re.search("[\u0600-\u06ff]", alert[1])
    assert not re.search("[a-z]", alert[1])


def test_a_gift_card_and_an_upgrade_are_begun_by_the_member_alone(member: Visitor, buy: Buy) -> None:
    buy(4000_00)
    for said, seen in (
        ({"kind": "gift_card", "value_minor": 25_00, "lasts_days": 90}, "25 SAR"),
        ({"kind": "upgrade", "value_minor": 0, "feature": "premium", "lasts_days": 30}, "open until"),
    ):
        Reward.objects.filter(code="surprise").update(**said)
        member.post("rewards/surprise/", token=token_of(member.get("rewards/surprise/")))
        code = Redemption.objects.order_by("-id").first()
        assert code is not None
        member.post(f"codes/{code.pk}/use/", token=token_of(member.get(f"codes/{code.pk}/")))
        code.refresh_from_db()
        assert code.state == "used"
        assert seen in words(member.get(f"codes/{code.pk}/"))
        assert seen in words(member.get("rewards/"))


def test_a_code_that_the_shop_hands_over_is_not_used_by_the_member(member: Visitor, buy: Buy) -> None:
    buy(1000_00)
    code = redeem(member)
    assert code is not None
    assert member.post(f"codes/{code.pk}/use/", token="0" * 32).status_code == 404
    code.refresh_from_db()
    assert code.state == "reserved"


def test_what_cannot_be_had_says_why_and_cannot_be_taken(member: Visitor, buy: Buy) -> None:
    buy(2000_00)
    Reward.objects.filter(code="surprise").update(stock=0)
    assert "Sold out" in words(member.get("rewards/"))
    assert "Sold out" in words(member.get("rewards/surprise/"))
    answer = member.post("rewards/surprise/", token="0" * 32)
    assert answer.status_code == 422
    assert not Redemption.objects.exists()
