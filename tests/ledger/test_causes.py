"""Charity (RULES 40): points given and the shop's share, both owed to a named cause, for good."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from accounts.access import staff_actor
from accounts.errors import Invalid, NeedsAnother
from accounts.models import Merchant, Staff
from ledger.causes.choosing import choose_cause, chosen_cause
from ledger.causes.errors import CauseUnavailable, GiftTooSmall, MoreThanOwed, NotInSteps
from ledger.causes.paying import approve_payout, owed_minor, pay_out
from ledger.causes.sharing import enter_shares
from ledger.errors import CodeSpent, KeyConflict, NotEnoughPoints
from ledger.models import CauseEntry, CauseShare, PayoutRequest, Redemption
from ledger.queries import account
from programs.models import Cause
from tests.cast import Shop
from tests.ledger.books import Books, prove
from tests.ledger.given import give, open_giving_shop

pytestmark = pytest.mark.postgres


@pytest.fixture
def shop(db: None) -> Shop:
    """A shop that gives."""
    return open_giving_shop()


@pytest.fixture
def books(shop: Shop) -> Iterator[Books]:
    """The books of its member, right at the end of every test."""
    yield Books(shop.member)
    prove(shop.merchant)


def owed(merchant: Merchant, code: str = "orphans") -> int:
    return owed_minor(Cause.objects.get(merchant=merchant, code=code))


def test_rule_40_points_given_are_burnt_and_owed_to_the_cause(books: Books) -> None:
    books.earn(700)
    receipt = give(books, 250)
    assert (receipt.points, receipt.available, receipt.value_minor) == (-250, 450, 1250)
    entry = CauseEntry.objects.get(pk=receipt.cause_entry_id or 0)
    assert (entry.amount_minor, entry.points, entry.number) == (1250, 250, receipt.code)
    assert (entry.name_en, entry.licence) == ("Orphan care", "NCNP-1001")
    assert owed(books.merchant) == 1250
    assert owed(books.merchant, "water") == 0


def test_rule_40_a_gift_is_irrevocable(books: Books) -> None:
    books.earn(700)
    code = give(books, 250).code
    with pytest.raises(CodeSpent):
        books.close(code, "cancelled")
    with pytest.raises(DatabaseError), transaction.atomic():
        CauseEntry.objects.all().update(amount_minor=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        CauseEntry.objects.all().delete()
    assert owed(books.merchant) == 1250


def test_a_gift_posted_twice_is_one(books: Books) -> None:
    books.earn(700)
    first, again = give(books, 250, key="g-1"), give(books, 250, key="g-1")
    assert again.repeated
    assert first.code == again.code
    with pytest.raises(KeyConflict):
        give(books, 300, key="g-1")
    assert CauseEntry.objects.count() == 1


def test_what_a_gift_must_be(shop: Shop, books: Books) -> None:
    books.earn(300)
    with pytest.raises(GiftTooSmall) as small:
        give(books, 99)
    assert small.value.params == {"least": 100}
    with pytest.raises(NotEnoughPoints) as short:
        give(books, 301)
    assert short.value.params == {"short": 1}
    with pytest.raises(CauseUnavailable):
        give(books, 100, "nobody")
    Cause.objects.filter(code="water").update(is_active=False)
    with pytest.raises(CauseUnavailable):
        give(books, 100, "water")
    with pytest.raises(Invalid):
        give(books, 0)
    assert not CauseEntry.objects.exists()
    assert books.available == 300


@pytest.mark.django_db
def test_gifts_come_in_steps_where_the_terms_say_so() -> None:
    shop = open_giving_shop("steps", "0501112233", min_points=100, step_points=50)
    books = Books(shop.member)
    books.earn(300)
    with pytest.raises(NotInSteps):
        give(books, 125)
    assert give(books, 150).value_minor == 750


def test_a_rivals_cause_is_nobody_here(books: Books) -> None:
    rival = open_giving_shop("mirage", "0507654321")
    Cause.objects.filter(merchant=rival.merchant, code="water").update(code="theirs")
    books.earn(300)
    with pytest.raises(CauseUnavailable):
        give(books, 100, "theirs")
    with pytest.raises(CauseUnavailable):
        choose_cause(member=books.member, code="theirs", actor="test", now=books.now)


def test_rule_40_the_share_of_a_purchase_is_promised_with_it_and_entered_when_it_is_kept(
    books: Books,
) -> None:
    choose_cause(member=books.member, code="water", actor="test", now=books.now)
    books.buy(9999, key="o-1")
    share = CauseShare.objects.get()
    assert (share.base_minor, share.share_bp, share.amount_minor) == (9999, 250, 249)
    books.wait(days=14)
    assert enter_shares(now=books.now) == 0
    books.wait(days=1)
    assert enter_shares(now=books.now) == 1
    assert enter_shares(now=books.now) == 0
    assert owed(books.merchant, "water") == 249


def test_nobody_chosen_means_no_share(books: Books) -> None:
    books.buy(9999)
    choose_cause(member=books.member, code="water", actor="test", now=books.now)
    choose_cause(member=books.member, code="", actor="test", now=books.now + timedelta(minutes=1))
    books.wait(minutes=2)
    books.buy(9999)
    assert chosen_cause(books.member) is None
    assert not CauseShare.objects.exists()


def test_a_late_purchase_goes_by_the_choice_of_its_own_time(books: Books) -> None:
    before = books.now
    books.wait(hours=1)
    choose_cause(member=books.member, code="water", actor="test", now=books.now)
    books.buy(10000, at=before)
    assert not CauseShare.objects.exists()
    books.buy(10000)
    assert CauseShare.objects.get().cause.code == "water"


def test_what_points_paid_is_no_part_of_the_share(books: Books) -> None:
    books.earn(1000)
    choose_cause(member=books.member, code="water", actor="test", now=books.now)
    code = books.issue(500).code
    books.buy(10000, redemption_codes=(code,))
    assert CauseShare.objects.get().base_minor == 7500


def test_rule_40_a_refund_in_time_leaves_its_part_out_and_one_after_changes_nothing(books: Books) -> None:
    choose_cause(member=books.member, code="water", actor="test", now=books.now)
    books.buy(10000, key="o-1")
    books.buy(10000, key="o-2")
    books.buy(10000, key="o-3")
    books.refund("o-1", 4000)
    books.refund("o-2", 10000)
    books.wait(days=15)
    assert enter_shares(now=books.now) == 2
    assert owed(books.merchant, "water") == 150 + 250
    books.refund("o-3", 10000)
    assert enter_shares(now=books.now) == 0
    assert owed(books.merchant, "water") == 400


def test_rule_31_ten_loops_of_buying_and_returning_give_a_cause_nothing(books: Books) -> None:
    choose_cause(member=books.member, code="water", actor="test", now=books.now)
    for turn in range(10):
        books.buy(10000, key=f"o-{turn}")
        books.refund(f"o-{turn}", 10000)
    books.wait(days=20)
    enter_shares(now=books.now)
    assert owed(books.merchant, "water") == 0


@pytest.mark.django_db
def test_the_share_has_a_cap_per_order() -> None:
    shop = open_giving_shop("capped", "0501112233", share_cap_minor=100)
    books = Books(shop.member)
    choose_cause(member=books.member, code="water", actor="test", now=books.now)
    books.buy(100000)
    assert CauseShare.objects.get().amount_minor == 100
    prove(shop.merchant)


def test_a_payout_is_never_more_than_owed_and_is_said_once(shop: Shop, books: Books) -> None:
    books.earn(1000)
    give(books, 1000)
    cause = Cause.objects.get(merchant=shop.merchant, code="orphans")
    owner = staff_actor(Staff.objects.get(merchant=shop.merchant, role="owner"))
    said: dict[str, Any] = {"actor": owner, "cause": cause, "now": books.now}
    with pytest.raises(MoreThanOwed):
        pay_out(**said, amount_minor=5001, reference="TRX-1", key="p-0")
    with pytest.raises(Invalid):
        pay_out(**said, amount_minor=100, reference=" ", key="p-0")
    paid = pay_out(**said, amount_minor=4000, reference="TRX-1", key="p-1")
    assert pay_out(**said, amount_minor=4000, reference="TRX-1", key="p-1") == paid
    with pytest.raises(KeyConflict):
        pay_out(**said, amount_minor=1000, reference="TRX-1", key="p-1")
    assert owed_minor(cause) == 1000


def test_a_large_payout_asks_for_a_second_person(shop: Shop, books: Books) -> None:
    books.earn(30_000)
    give(books, 30_000)
    cause = Cause.objects.get(merchant=shop.merchant, code="orphans")
    owner, manager = (
        staff_actor(Staff.objects.get(merchant=shop.merchant, role=role)) for role in ("owner", "manager")
    )
    asked = pay_out(
        actor=owner, cause=cause, amount_minor=120_000, reference="TRX-1", key="p-1", now=books.now
    )
    assert isinstance(asked, PayoutRequest)
    assert owed_minor(cause) == 150_000
    with pytest.raises(NeedsAnother):
        approve_payout(actor=owner, request_id=asked.pk, now=books.now)
    approve_payout(actor=manager, request_id=asked.pk, now=books.now)
    assert owed_minor(cause) == 30_000


def test_points_given_are_a_burn_in_every_figure(books: Books) -> None:
    books.earn(700)
    give(books, 200)
    assert account(books.member, now=books.now).available == 500
    gift = Redemption.objects.get()
    assert (gift.kind, gift.state, gift.value_minor) == ("donation", "used", 1000)
