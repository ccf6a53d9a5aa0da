"""Merges against tills and against each other, in real processes, on either database (RULES 41, 42)."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.test import Client
from django.test.utils import override_settings

from accounts.models import Member, OutboxEvent
from ledger.events import MembersMerged, MergeUndone
from ledger.models import Balance, Merge, Purchase
from ledger.posting import post
from ledger.receipt import Receipt
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.test_concurrency import at_once

LONG = 5


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    return open_shop("oasis", "0501234567")


@pytest.fixture
def books(shop: Shop) -> Iterator[Books]:
    yield Books(shop.member)
    prove(shop.merchant)


@pytest.fixture
def other(shop: Shop, books: Books) -> Books:
    return another(shop.merchant, "0551234567")


def merging(survivor: Books, absorbed: Books, key: str) -> Callable[[], Receipt]:
    event = MembersMerged(**survivor.said("merge", key, None), absorbed_id=absorbed.member.pk)
    return lambda: post(event, now=survivor.now)


def selling(books: Books, till: int) -> list[Receipt]:
    """Ring up orders one after another, for a member the till found before the merge."""
    return [books.buy(1_000, key=f"till-{books.member.pk}-{till}-{order}") for order in range(LONG)]


def test_rule_42_twice_in_parallel_one_wins(books: Books, other: Books) -> None:
    other.earn(300)
    answers = at_once([merging(books, other, f"m{number}") for number in range(6)])
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1, answers
    assert {answer for answer in answers if isinstance(answer, str)} == {"not_found"}
    assert (books.available, other.available, Merge.objects.count()) == (300, 0, 1)


def test_rule_42_each_into_the_other_at_once_one_wins(books: Books, other: Books) -> None:
    other.earn(300)
    books.earn(70)
    answers = at_once([merging(books, other, "ab"), merging(other, books, "ba")] * 2)
    assert sum(isinstance(answer, Receipt) and not answer.repeated for answer in answers) == 1, answers
    assert Merge.objects.count() == 1
    assert books.available + other.available == 370


def test_rule_42_while_tills_are_selling_to_both_nothing_is_lost(books: Books, other: Books) -> None:
    other.earn(300)
    work = [partial(selling, member, till) for till in range(3) for member in (books, other)]
    answers = at_once([*work, merging(books, other, "m")])
    assert [answer for answer in answers if isinstance(answer, str)] == [], answers
    assert Purchase.objects.count() == 6 * LONG + 1
    assert (books.available, other.available) == (300 + 6 * LONG * 10, 0)
    assert Member.objects.get(pk=other.member.pk).merged_into_id == books.member.pk


def test_rule_42_an_undo_and_a_sale_at_once_are_in_one_order(books: Books, other: Books) -> None:
    other.earn(300)
    merge_id = merging(books, other, "m")().merge_id or 0
    undo = MergeUndone(**books.said("undo", "u", None), merge_id=merge_id)
    answers = at_once([lambda: post(undo, now=books.now), lambda: books.buy(1_000, key="A-9")])
    assert all(isinstance(answer, Receipt) or answer == "merge_in_use" for answer in answers), answers
    assert books.available + other.available == 310


def test_rule_42_merges_in_a_ring_wait_for_nobody_in_a_circle(shop: Shop, books: Books, other: Books) -> None:
    third = another(shop.merchant, "0581234567")
    for each in (books, other, third):
        each.earn(100)
    ring = [merging(books, other, "1"), merging(other, third, "2"), merging(third, books, "3")]
    answers = at_once(ring * 2)
    won = [answer for answer in answers if isinstance(answer, Receipt) and not answer.repeated]
    assert 1 <= len(won) <= 2, answers
    assert sum(Balance.objects.values_list("available", flat=True)) == 300


def sign_up_at_the_till(shop: Shop) -> int:
    cashier = Client()
    cashier.force_login(shop.staff["cashier"], backend="allauth.account.auth_backends.AuthenticationBackend")
    form = {"phone": "٠٥٦ ٧٦٥ ٤٣٢١", "given_name": "Lama", "language": "ar"}
    return cashier.post("/till/join/", form).status_code


def sign_up_on_the_web(shop: Shop) -> int:
    from tests.portal import carrier

    with override_settings(PHONE_CODE_CARRIER="tests.portal.carrier.keep"):
        visitor = Client(headers={"accept-language": "en"})
        visitor.post("/m/oasis/sign-in/", {"destination": "00966567654321"})
        visitor.post("/m/oasis/code/", {"code": carrier.kept[-1][1]})
        return visitor.post("/m/oasis/join/", {"given_name": "Lama", "language": "en"}).status_code


def test_rule_41_till_and_web_at_once_make_one_member(shop: Shop, books: Books) -> None:
    work = [partial(sign_up_at_the_till, shop), partial(sign_up_on_the_web, shop)] * 3
    answers = at_once(work)
    assert set(answers) <= {200, 302}, answers
    assert Member.objects.filter(phone="+966567654321").count() == 1
    assert OutboxEvent.objects.filter(topic="member.joined").count() == 1
