"""RULES 44 of gift cards: above what one person gives away another decides, or a day and a second factor."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.access import Actor, key_actor
from accounts.errors import AlreadyDecided, Forbidden, Invalid, NeedsAnother, NotFound, NotRipe, WrongCode
from accounts.models import ApiKey, Staff
from accounts.models.staff import Role
from accounts.own_card import OwnCard
from accounts.second_factor import NoSecondFactor
from ledger.errors import KeyConflict
from ledger.gift_deciding import approve_gift_card, decline_gift_card, gift_requests, gives_alone
from ledger.gift_giving import issue_gift_card
from ledger.models import GiftCard, GiftCardRequest
from ledger.receipt import Receipt
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.test_concurrency import at_once
from tests.ledger.test_merging_at_once import merging
from tests.ledger.test_second_person import alone, at, second_factor
from tests.ledger.test_second_person import seen as seen

ALONE_MINOR = 50_00
"""1,000 points of 5 halalas."""


def give(books: Books, actor: Actor, value_minor: int = ALONE_MINOR + 1, key: str = "a", **said: Any) -> Any:
    said = {"why": "given", "source": "backoffice"} | said
    return issue_gift_card(
        actor=actor, member=books.member, value_minor=value_minor, key=key, now=books.now, **said
    )


def approve(books: Books, actor: Actor, request: GiftCardRequest, code: str = "") -> Receipt:
    return approve_gift_card(actor=actor, request_id=request.pk, now=books.now, code=code)


def decline(books: Books, actor: Actor, request: GiftCardRequest) -> GiftCardRequest:
    return decline_gift_card(actor=actor, request_id=request.pk, now=books.now)


def test_rule_44_above_the_limit_a_card_waits_for_a_second_person(books: Books, shop: Shop) -> None:
    manager, owner = at(shop, "manager"), at(shop, "owner")
    assert isinstance(give(books, manager, ALONE_MINOR), Receipt)
    request = give(books, manager, 1, key="b")
    assert isinstance(request, GiftCardRequest)
    assert GiftCard.objects.count() == 1
    with pytest.raises(NeedsAnother):
        approve(books, manager, request)
    receipt = approve(books, owner, request)
    request.refresh_from_db()
    card = GiftCard.objects.get(code=receipt.code)
    assert (request.state, request.decided_by, request.card) == ("posted", owner.label, card)
    assert (card.value_minor, card.why, card.actor) == (1, "given", manager.label)
    for verb in (approve, decline):
        with pytest.raises(AlreadyDecided):
            verb(books, owner, request)
    assert GiftCard.objects.count() == 2


def test_rule_44_what_two_decided_does_not_count_and_what_was_sold_never_waits(
    books: Books, shop: Shop
) -> None:
    manager = at(shop, "manager")
    approve(books, at(shop, "owner"), give(books, manager, 900_00))
    assert isinstance(give(books, manager, 30_00, key="b"), Receipt)
    assert isinstance(give(books, manager, 20_01, key="c"), GiftCardRequest)
    assert isinstance(give(books, manager, 900_00, key="d", why="sold", order_ref="S-1"), Receipt)
    books.wait(days=1)
    assert isinstance(give(books, manager, ALONE_MINOR, key="e"), Receipt)


def test_rule_44_a_repetition_has_the_request_or_its_card_and_another_body_is_refused(
    books: Books, shop: Shop
) -> None:
    manager = at(shop, "manager")
    request = give(books, manager, 90_00)
    assert give(books, manager, 90_00) == request
    for other in ({"value_minor": 91_00}, {"why": "apology"}, {"expires_on": (books.now).date()}):
        with pytest.raises(KeyConflict):
            give(books, manager, **({"value_minor": 90_00} | other))
    made = approve(books, at(shop, "owner"), request)
    again = give(books, manager, 90_00)
    assert (again.repeated, again.code, GiftCard.objects.count()) == (True, made.code, 1)


def test_rule_44_a_card_asked_for_a_record_that_was_merged_goes_to_the_one_that_stays(
    books: Books, shop: Shop
) -> None:
    other = another(shop.merchant, "0559876543")
    request = give(other, at(shop, "manager"), 90_00)
    merging(books, other, "m")()
    assert give(books, at(shop, "manager"), 90_00) == request
    receipt = approve(books, at(shop, "owner"), request)
    assert GiftCard.objects.get(code=receipt.code).member_id == books.member.pk


def test_rule_44_refused_or_withdrawn_no_card_is_made(books: Books, shop: Shop) -> None:
    manager, owner = at(shop, "manager"), at(shop, "owner")
    for key, who, state in (("a", owner, "refused"), ("b", manager, "withdrawn")):
        request = give(books, manager, key=key)
        assert decline(books, who, request).state == state
        with pytest.raises(AlreadyDecided):
            approve(books, owner, request)
        assert give(books, manager, key=key).state == state
    assert not GiftCard.objects.exists()


def test_rule_44_a_card_whose_last_day_came_meanwhile_still_waits(books: Books, shop: Shop) -> None:
    request = give(books, at(shop, "manager"), expires_on=books.now.date() + timedelta(1))
    books.wait(days=4)
    with pytest.raises(Invalid):
        approve(books, at(shop, "owner"), request)
    request.refresh_from_db()
    assert (request.state, GiftCard.objects.count()) == ("waiting", 0)


def test_rule_44_a_sole_owner_waits_a_day_and_proves_a_second_factor(books: Books, shop: Shop) -> None:
    owner = alone(shop)
    request = give(books, owner)
    assert gives_alone(request, owner)
    with pytest.raises(NotRipe):
        approve(books, owner, request)
    books.wait(hours=24)
    with pytest.raises(NoSecondFactor):
        approve(books, owner, request, "123456")
    code = second_factor(shop.staff["owner"])
    with pytest.raises(WrongCode):
        approve(books, owner, request, "000000")
    approve(books, owner, request, code)
    request.refresh_from_db()
    assert (request.state, request.second_factor_at) == ("posted", books.now)


def test_rule_44_nobody_makes_or_approves_a_card_of_their_own(books: Books, shop: Shop) -> None:
    request = give(books, at(shop, "owner"))
    Staff.objects.filter(user=shop.staff["manager"]).update(phone=books.member.phone)
    books.member.refresh_from_db()
    key = key_actor(ApiKey.objects.select_related("merchant").get(merchant=shop.merchant, scope="manage"))
    for actor in (at(shop, "manager"), key):
        with pytest.raises(OwnCard):
            give(books, actor, key="b")
    with pytest.raises(OwnCard):
        approve(books, at(shop, "manager"), request)
    assert gives_alone(request, at(shop, "owner"))  # nobody else is left who could


def test_rule_44_a_key_never_decides_and_neither_do_those_who_may_not(books: Books, shop: Shop) -> None:
    key = key_actor(ApiKey.objects.select_related("merchant").get(merchant=shop.merchant, scope="manage"))
    request = give(books, key, source="api")
    with pytest.raises(Forbidden):
        approve(books, key, request)
    for role in ("analyst", "cashier"):
        for verb in (approve, decline):
            with pytest.raises(Forbidden):
                verb(books, at(shop, role), request)
    rival = open_shop("mirage", "0507654321")
    for verb in (approve, decline):
        with pytest.raises(NotFound):
            verb(books, at(rival, "owner"), request)
    assert not gift_requests(at(rival, "owner")).exists()
    assert isinstance(approve(books, at(shop, "owner"), request), Receipt)


def test_rule_44_the_database_itself_refuses_one_person_alone(books: Books, shop: Shop) -> None:
    request = give(books, at(shop, "manager"))
    made = give(books, at(shop, "manager"), 1, key="b")
    rows = GiftCardRequest.objects.filter(pk=request.pk)
    for values in ({"card_id": made.gift_card_id}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state="posted", decided_by=request.asked_by, decided_at=books.now, **values)


def test_rule_44_two_approvers_at_once_make_one_card(seen: Shop) -> None:
    books = Books(seen.member)
    request = give(books, at(seen, "manager"))
    Staff.objects.filter(user=seen.staff["analyst"]).update(role=Role.MANAGER)
    answers = at_once([partial(approve, books, at(seen, role), request) for role in ("owner", "analyst") * 3])
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1, answers
    assert {answer for answer in answers if not isinstance(answer, Receipt)} == {"already_decided"}
    assert GiftCard.objects.count() == 1
    prove(seen.merchant)


def test_rule_44_the_limit_holds_when_one_person_gives_from_many_tabs(seen: Shop) -> None:
    books = Books(seen.member)
    answers = at_once([partial(give, books, at(seen, "manager"), 15_00, f"k{number}") for number in range(8)])
    assert sum(isinstance(answer, Receipt) for answer in answers) == 3, answers
    assert (GiftCard.objects.count(), GiftCardRequest.objects.count()) == (3, 5)
