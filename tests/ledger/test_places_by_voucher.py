"""A reward that is a place at an event: its code, when used, takes the place, or stays as it was."""

from datetime import timedelta

import pytest

from ledger.errors import CodeSpent
from ledger.models import Place, Redemption
from ledger.places.errors import EventUnavailable, SignedUpAlready
from ledger.places.filling import settle_events
from programs.models import EventState, MemberEvent, Reward, RewardKind
from programs.queries import forget_terms
from programs.validation import validate
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.given import invite, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture
def shop() -> Shop:
    opened = open_shop("oasis", "0501234567")
    Reward.objects.filter(version=opened.version, code="surprise").update(
        kind=RewardKind.EVENT_PLACE, feature="tasting"
    )
    forget_terms()
    return opened


def code_of(books: Books) -> str:
    books.adjust(2_000)
    return books.issue(reward_code="surprise").code


def test_a_used_code_takes_the_place_and_stays_unused_where_there_is_none(shop: Shop) -> None:
    books = Books(shop.member)
    event = invite(shop, books.now, places=1)
    rival = another(shop.merchant, "0551234567")
    mine, theirs = code_of(books), code_of(rival)
    used = books.close(mine)
    place = Place.objects.get()
    assert (place.pk, place.member_id, place.state) == (used.place_id, shop.member.pk, "going")
    assert place.redemption == Redemption.objects.get(code=mine)
    with pytest.raises(EventUnavailable) as full:
        rival.close(theirs)
    assert full.value.params["why"] == "full"
    assert Redemption.objects.get(code=theirs).state == "reserved"
    assert rival.close(theirs, "cancelled").points == 1_000
    with pytest.raises(CodeSpent):
        books.close(mine)
    prove(shop.merchant)
    books.now = event.ends_at + timedelta(hours=1)
    settle_events(now=books.now)
    assert Place.objects.get().state == "going"
    prove(shop.merchant)


def test_one_place_each_and_none_at_what_is_closed_or_called_off(shop: Shop) -> None:
    books = Books(shop.member)
    code = code_of(books)
    with pytest.raises(EventUnavailable) as absent:
        books.close(code)
    assert absent.value.params["why"] == "absent"
    invite(shop, books.now)
    sign_up(books)
    with pytest.raises(SignedUpAlready):
        books.close(code)
    Place.objects.update(state="left")
    for change, why in (
        ({"state": EventState.CANCELLED}, "cancelled"),
        ({"state": EventState.OPEN, "closes_at": books.now}, "closed"),
    ):
        MemberEvent.objects.update(**change)
        with pytest.raises(EventUnavailable) as refused:
            books.close(code)
        assert refused.value.params["why"] == why


def test_a_reward_names_an_event_that_is_there(shop: Shop) -> None:
    fields = [problem.field for problem in validate(shop.version)]
    assert "reward.surprise.feature" in fields
    invite(shop, Books(shop.member).now)
    assert "reward.surprise.feature" not in [problem.field for problem in validate(shop.version)]
