"""Events with places: never overbooked, nobody forgotten, points back to their own lots."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Member, OutboxEvent
from ledger.clearing.errors import ForSignUp
from ledger.errors import NotEnoughPoints
from ledger.events import PlaceTaken
from ledger.models import Budget, Lot, Occurrence, Place, Redemption
from ledger.places.attending import attendance
from ledger.places.errors import EventUnavailable, PlaceOver, SignedUpAlready
from ledger.places.filling import fill, settle_events
from ledger.posting import post
from ledger.receipt import Receipt
from programs.models import EventState, MemberEvent
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.given import invite, leave, sign_up
from tests.ledger.test_concurrency import at_once, posting

pytestmark = pytest.mark.postgres


@pytest.fixture
def third(shop: Shop, books: Books) -> Books:
    """One more person."""
    return another(shop.merchant, "0552222222", given_name="Sara")


def taken() -> int:
    return Budget.objects.get(period="place").used


def test_a_place_is_taken_and_who_finds_it_full_waits(
    shop: Shop, books: Books, other: Books, third: Books
) -> None:
    invite(shop, books.now)
    assert [sign_up(one).state for one in (books, other, third)] == ["going", "going", "waiting"]
    assert taken() == 2
    with pytest.raises(SignedUpAlready):
        sign_up(books)
    topics = OutboxEvent.objects.filter(topic__startswith="place.").order_by("id")
    assert [one.topic for one in topics] == ["place.taken", "place.taken", "place.awaited"]


def test_the_first_to_wait_moves_up_with_news(shop: Shop, books: Books, other: Books, third: Books) -> None:
    event = invite(shop, books.now, places=1)
    first, second, last = (sign_up(one) for one in (books, other, third))
    assert leave(books, first.place_id or 0).state == "left"
    assert fill(event, now=books.now) == 1
    assert fill(event, now=books.now) == 0
    assert Place.objects.get(pk=second.place_id or 0).state == "going"
    assert Place.objects.get(pk=last.place_id or 0).state == "waiting"
    news = OutboxEvent.objects.get(topic="place.given")
    assert (news.member_id, news.payload["event"]) == (other.member.pk, "tasting")
    assert taken() == 1


def test_who_comes_new_does_not_pass_who_waits(shop: Shop, books: Books, other: Books, third: Books) -> None:
    invite(shop, books.now, places=1)
    first = sign_up(books)
    sign_up(other)
    leave(books, first.place_id or 0)
    assert sign_up(third).state == "waiting"
    assert settle_events(now=books.now) == 1
    assert Place.objects.get(member=other.member).state == "going"


def test_a_price_in_points_goes_back_to_its_own_lots(shop: Shop, books: Books) -> None:
    invite(shop, books.now, points=300)
    books.earn(200)
    with pytest.raises(NotEnoughPoints) as short:
        sign_up(books)
    assert short.value.params == {"short": 100}
    books.wait(days=1)
    books.earn(200)
    before = list(Lot.objects.order_by("id").values_list("id", "remaining", "expires_on"))
    receipt = sign_up(books)
    assert (receipt.points, receipt.available) == (-300, 100)
    with pytest.raises(ForSignUp):
        books.close(Redemption.objects.get().code, "cancelled")
    with pytest.raises(ForSignUp):
        books.close(Redemption.objects.get().code)
    assert leave(books, receipt.place_id or 0).points == 300
    assert list(Lot.objects.order_by("id").values_list("id", "remaining", "expires_on")) == before
    with pytest.raises(PlaceOver):
        leave(books, receipt.place_id or 0)


def test_when_it_is_over_points_of_who_went_are_spent_and_of_who_waited_are_back(
    shop: Shop, books: Books, other: Books
) -> None:
    invite(shop, books.now, points=100, places=1)
    for one in (books, other):
        one.earn(100)
        sign_up(one)
    books.wait(days=15)
    assert settle_events(now=books.now) == 2
    assert settle_events(now=books.now) == 0
    assert (books.available, other.available) == (0, 100)
    assert set(Redemption.objects.values_list("state", flat=True)) == {"used", "cancelled"}


def test_an_event_that_is_called_off_gives_everything_back(shop: Shop, books: Books) -> None:
    event = invite(shop, books.now, points=100)
    books.earn(100)
    sign_up(books)
    MemberEvent.objects.filter(pk=event.pk).update(state=EventState.CANCELLED)
    assert settle_events(now=books.now) == 1
    assert books.available == 100
    assert taken() == 0


def test_who_left_the_shop_keeps_nobody_waiting(shop: Shop, books: Books, other: Books, third: Books) -> None:
    invite(shop, books.now, points=100, places=1)
    for one in (books, other, third):
        one.earn(100)
        sign_up(one)
    Member.objects.filter(pk__in=[books.member.pk, other.member.pk]).update(detached_at=books.now, phone=None)
    assert settle_events(now=books.now) == 3
    assert settle_events(now=books.now) == 0
    assert Place.objects.get(state="going").member == third.member
    assert (books.available, other.available, taken()) == (100, 100, 1)


def test_who_may_sign_up_and_when(shop: Shop, books: Books, other: Books) -> None:
    now = books.now
    event = invite(shop, now)

    def why(**facts: Any) -> str:
        MemberEvent.objects.filter(pk=event.pk).update(**facts)
        with pytest.raises(EventUnavailable) as refused:
            sign_up(books)
        return str(refused.value.params["why"])

    assert why(state=EventState.DRAFT) == "absent"
    assert why(state=EventState.OPEN, opens_at=now + timedelta(days=1)) == "early"
    assert why(early_at=now, early_tiers=["gold"]) == "early"
    assert why(opens_at=None, early_at=None, tiers=["gold"]) == "tier"
    assert why(tiers=[], segments=["vip"]) == "segment"
    assert why(segments=[], plans=["club"]) == "plan"
    assert why(plans=[], closes_at=now) == "closed"
    MemberEvent.objects.filter(pk=event.pk).update(
        closes_at=None, opens_at=now + timedelta(days=1), early_at=now, early_tiers=["bronze"]
    )
    assert sign_up(books).state == "going"
    with pytest.raises(EventUnavailable):
        sign_up(other, "nothing")


def test_being_there_is_rewarded_once(open_books: Any) -> None:
    books: Books = open_books(
        rule={"code": "came", "kind": "fixed", "points": 40, "factor": 1, "trigger": "event-attended"}
    )
    shop = open_shop("unused", "0509999999")
    event = invite(Shop(books.merchant, shop.branch, shop.version, {}, books.member, {}), books.now)
    place = Place.objects.get(pk=sign_up(books).place_id or 0)
    books.now = event.starts_at
    first = post(attendance(place, actor="staff:1", now=books.now), now=books.now)
    books.wait(minutes=5)
    again = post(attendance(place, actor="staff:1", now=books.now), now=books.now)
    assert (first.points, again.repeated) == (40, True)
    assert Occurrence.objects.get().name == "event-attended"
    with pytest.raises(PlaceOver):
        leave(books, place)


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[list[Books]]:
    """Fifty people whom other processes can see."""
    shop = open_shop("oasis", "0501234567")
    first = Books(shop.member)
    yield [first, *(another(shop.merchant, f"05512345{number:02}") for number in range(49))]
    prove(shop.merchant)


def test_fifty_at_once_are_never_too_many(crowd: list[Books]) -> None:
    """Fifty sign-ups at once for ten places: ten go, whoever else got an answer waits (both databases)."""
    event = MemberEvent.objects.create(
        merchant=crowd[0].merchant, code="tasting", name_ar="أمسية", name_en="Evening", place_ar="هنا",
        place_en="Here", places=10, state=EventState.OPEN,
        starts_at=crowd[0].now + timedelta(days=2), ends_at=crowd[0].now + timedelta(days=3),
    )  # fmt: skip
    events = [(PlaceTaken(**one.said("sign-up", None, None), event_code=event.code), one) for one in crowd]
    answers = at_once([posting(asked, one) for asked, one in events])
    assert {type(answer) for answer in answers} == {Receipt}, answers
    states = [answer.state for answer in answers]
    assert (states.count("going"), states.count("waiting")) == (10, 40)
    assert taken() == 10
