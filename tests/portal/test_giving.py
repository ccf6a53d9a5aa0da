"""Giving and events on the member's own pages (RULES 40)."""

from datetime import timedelta

import pytest
import time_machine

from ledger.causes.sharing import enter_shares
from ledger.models import Balance, CauseEntry, Place
from tests.cast import NOW, Shop
from tests.ledger.books import Books, another
from tests.ledger.given import give, invite, open_giving_shop, sign_up
from tests.portal.conftest import Buy, Visitor, token_of, words


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    """A shop that gives."""
    return open_giving_shop()


def available(visitor: Visitor) -> int:
    return Balance.objects.get(member=visitor.shop.member).available


def test_rule_40_a_member_gives_points_and_has_a_receipt_in_both_languages(member: Visitor, buy: Buy) -> None:
    buy(1000_00)
    said = {"token": token_of(member.get("causes/orphans/")), "points": "١٥٠"}
    done = member.post("causes/orphans/", **said)
    assert done.status_code == 302
    assert member.post("causes/orphans/", **said)["Location"] == done["Location"]
    entry = CauseEntry.objects.get()
    assert (entry.points, entry.amount_minor, available(member)) == (150, 750, 850)
    receipt = words(member.get(f"gifts/{entry.pk}/"))
    for part in (entry.number, "كفالة الأيتام", "Orphan care", "NCNP-1001", "إيصال تبرّع", "Donation receipt"):
        assert part in receipt
    assert "Orphan care" in words(member.get("causes/"))


def test_what_cannot_be_given_is_refused_in_words(member: Visitor, buy: Buy) -> None:
    buy(120_00)
    token = token_of(member.get("causes/orphans/"))
    for points, status, said in (
        ("99", 422, "The smallest gift is 100 points."),
        ("121", 409, "1 point is missing."),
        ("many", 422, "That value cannot be used."),
        ("", 422, "That value cannot be used."),
    ):
        answer = member.post("causes/orphans/", token=token, points=points)
        assert answer.status_code == status, points
        assert said in words(answer), points
    assert member.post("causes/orphans/", token="x", points="100").status_code == 422
    assert member.get("causes/nobody/").status_code == 404
    assert available(member) == 120


def test_rule_40_the_share_goes_to_whom_the_member_chose(member: Visitor, buy: Buy) -> None:
    assert "2.5%" in words(member.get("causes/"))
    assert member.post("causes/choose/", cause="water").status_code == 302
    buy(100_00, at=NOW + timedelta(minutes=1))
    enter_shares(now=NOW + timedelta(days=15))
    entry = CauseEntry.objects.get()
    assert (entry.cause.code, entry.amount_minor, entry.points) == ("water", 250, 0)
    receipt = words(member.get(f"gifts/{entry.pk}/"))
    assert "order-1" in receipt
    member.post("causes/choose/", cause="nobody")
    assert "cannot be given to" in words(member.get("causes/"))


def test_nobody_reads_anothers_receipt(member: Visitor, buy: Buy) -> None:
    buy(300_00)
    other = another(member.shop.merchant, "0551234567")
    other.now = NOW
    other.earn(300)
    theirs = give(other, 100).cause_entry_id
    assert member.get(f"gifts/{theirs}/").status_code == 404


def test_a_member_signs_up_waits_and_cancels(member: Visitor, buy: Buy) -> None:
    event = invite(member.shop, NOW, places=1, points=100)
    buy(150_00)
    assert "Coffee evening" in words(member.get("events/"))
    answer = member.post("events/tasting/", token=token_of(member.get("events/tasting/")))
    assert answer.status_code == 302
    assert available(member) == 50
    page = member.get("events/tasting/")
    assert "You have a place." in words(page)
    other = another(member.shop.merchant, "0551234567")
    other.now = NOW
    other.earn(100)
    assert sign_up(other).state == "waiting"
    place = Place.objects.get(member=member.shop.member)
    member.post(f"places/{place.pk}/leave/", token=token_of(page))
    assert available(member) == 150
    assert Place.objects.get(member=other.member).state == "going"
    theirs = Place.objects.get(member=other.member)
    assert member.post(f"places/{theirs.pk}/leave/", token="0" * 32).status_code == 404
    assert event.sign_ups.count() == 2


def test_why_nobody_can_sign_up_is_said(member: Visitor) -> None:
    event = invite(member.shop, NOW, tiers=["gold"])
    page = member.get("events/tasting/")
    assert "This event is for other tiers." in words(page)
    answer = member.post("events/tasting/", token="0" * 32)
    assert answer.status_code == 422
    event.state = "draft"
    event.save()
    assert member.get("events/tasting/").status_code == 404


def test_the_pages_speak_arabic_and_are_light(
    member: Visitor, buy: Buy, django_assert_max_num_queries: object
) -> None:
    buy(500_00)
    for number in range(6):
        invite(member.shop, NOW, code=f"evening-{number}")
    books = Books(member.shop.member, now=NOW)
    sign_up(books, "evening-1")
    for path in ("causes/", "causes/orphans/", "events/", "events/evening-2/", "rewards/"):
        with django_assert_max_num_queries(25):  # type: ignore[operator]
            assert member.get(path).status_code == 200, path
