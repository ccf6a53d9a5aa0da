"""Partners' vouchers: honoured by the one they are for, owed once, settled; never a word of the member."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from accounts.access import Actor, staff_actor
from accounts.errors import Forbidden, NotFound
from accounts.models import Staff
from ledger.clearing import agreeing
from ledger.clearing.at_partner import honour, look
from ledger.clearing.errors import AgreementOver, ForPartner, MoreThanDue, NoPartner, UnknownShop
from ledger.clearing.settling import due_minor, settle, statement
from ledger.errors import CodeSpent
from ledger.models import ClearingEntry
from programs.models import Partner, Reward, RewardKind
from programs.publishing import publish
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.books import Books, prove

pytestmark = pytest.mark.postgres


@pytest.fixture
def shop(db: None) -> Shop:
    """A shop with a voucher that a partner honours."""
    shop = open_shop("oasis", "0501234567", live=False)
    Reward.objects.create(
        version=shop.version, code="car-wash", name_ar="غسيل سيارة", name_en="Car wash", points=300,
        kind=RewardKind.PARTNER, cost_minor=1500,
    )  # fmt: skip
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return shop


@pytest.fixture
def books(shop: Shop) -> Iterator[Books]:
    """The books of its member, right at the end of every test."""
    yield Books(shop.member)
    prove(shop.merchant)


def owner_of(shop: Shop, role: str = "owner") -> Actor:
    return staff_actor(Staff.objects.get(merchant=shop.merchant, role=role))


def outside(shop: Shop, now: Any, owed_minor: int = 1200) -> Partner:
    """An outside partner who honours the voucher."""
    said = {"name_ar": "مغسلة اللمعان", "name_en": "Shine", "contact": "Sami"}
    partner, _pin, _key = agreeing.enter_outside(actor=owner_of(shop), now=now, **said)
    agreeing.offer(
        actor=owner_of(shop), partner=partner, reward_code="car-wash", owed_minor=owed_minor, now=now
    )
    return partner


def test_a_voucher_is_honoured_by_its_partner_alone_and_owed_once(shop: Shop, books: Books) -> None:
    partner = outside(shop, books.now)
    books.earn(600)
    code = books.issue(reward_code="car-wash").code
    with pytest.raises(ForPartner):
        books.close(code)
    seen = look([partner], code, who="p", now=books.now)
    assert (seen.name_en, seen.owed_minor, seen.is_open) == ("Car wash", 1200, True)
    said = str(asdict(seen))
    assert books.member.number not in said
    assert "نورة" not in said
    used, again = honour([partner], code, who="p", key="k-1", source="partner", now=books.now)
    assert (used.state, again) == ("used", False)
    assert honour([partner], code, who="p", key="k-1", source="partner", now=books.now)[1]
    with pytest.raises(CodeSpent):
        honour([partner], code, who="p", key="k-2", source="partner", now=books.now)
    assert due_minor(partner) == 1200
    assert ClearingEntry.objects.count() == 1


def test_a_partner_sees_no_code_that_is_not_meant_for_it(shop: Shop, books: Books) -> None:
    ours = outside(shop, books.now)
    rival = open_shop("mirage", "0507654321")
    said = {"name_ar": "آخر", "name_en": "Other", "contact": ""}
    other, _pin, _key = agreeing.enter_outside(actor=owner_of(rival), now=books.now, **said)
    books.earn(900)
    voucher, money = books.issue(reward_code="car-wash").code, books.issue(500).code
    for partner, code in ((other, voucher), (ours, money), (other, money)):
        with pytest.raises(NotFound):
            look([partner], code, who="p", now=books.now)
        with pytest.raises(NotFound):
            honour([partner], code, who="p", key="k", source="partner", now=books.now)
    assert not ClearingEntry.objects.exists()


def test_two_owners_of_the_installation_agree_before_anything_is_honoured(shop: Shop, books: Books) -> None:
    rival = open_shop("mirage", "0507654321")
    ours, theirs, now = owner_of(shop), owner_of(rival), books.now
    books.earn(600)
    with pytest.raises(NoPartner):
        books.issue(reward_code="car-wash")
    with pytest.raises(UnknownShop):
        agreeing.ask_shop(actor=ours, slug="nobody", now=now)
    with pytest.raises(UnknownShop):
        agreeing.ask_shop(actor=ours, slug="oasis", now=now)
    partner = agreeing.ask_shop(actor=ours, slug="mirage", now=now)
    with pytest.raises(AgreementOver):
        agreeing.ask_shop(actor=ours, slug="mirage", now=now)
    with pytest.raises(NotFound):
        agreeing.answer(actor=ours, partner=partner, yes=True, now=now)
    with pytest.raises(Forbidden):
        agreeing.answer(actor=owner_of(rival, "cashier"), partner=partner, yes=True, now=now)
    agreeing.answer(actor=theirs, partner=partner, yes=True, now=now)
    partner.refresh_from_db()
    made = agreeing.offer(actor=ours, partner=partner, reward_code="car-wash", owed_minor=900, now=now)
    with pytest.raises(NoPartner):
        books.issue(reward_code="car-wash")
    agreeing.answer_offer(actor=theirs, made=made, yes=True, now=now)
    code = books.issue(reward_code="car-wash").code
    dearer = agreeing.offer(actor=ours, partner=partner, reward_code="car-wash", owed_minor=1000, now=now)
    agreeing.answer_offer(actor=theirs, made=dearer, yes=True, now=now)
    honour([partner], code, who="p", key="k", source="partner", now=now)
    assert due_minor(partner) == 900
    second = books.issue(reward_code="car-wash").code
    agreeing.end(actor=theirs, partner=partner, now=now)
    honour([partner], second, who="p", key="k-2", source="partner", now=now)
    assert due_minor(partner) == 1900


def test_both_sides_see_the_same_figure_and_a_settlement_is_never_more(shop: Shop, books: Books) -> None:
    partner = outside(shop, books.now)
    books.earn(900)
    for turn in range(2):
        code = books.issue(reward_code="car-wash").code
        honour([partner], code, who="p", key=f"k-{turn}", source="partner", now=books.now)
    said: dict[str, Any] = {"actor": owner_of(shop), "partner": partner, "now": books.now}
    with pytest.raises(MoreThanDue):
        settle(**said, amount_minor=2401, reference="TRX-9")
    paid = settle(**said, amount_minor=2000, reference="TRX-9")
    assert settle(**said, amount_minor=2000, reference="TRX-9") == paid
    rival = open_shop("mirage", "0507654321")
    with pytest.raises(NotFound):
        settle(actor=owner_of(rival), partner=partner, amount_minor=100, reference="TRX-9", now=books.now)
    (month,) = statement(partner)
    assert (month.uses, month.owed_minor, month.settled_minor, month.left_minor) == (2, 2400, 2000, 400)
    with pytest.raises(DatabaseError), transaction.atomic():
        ClearingEntry.objects.all().delete()


def test_a_voucher_that_was_not_used_goes_back_and_owes_nothing(shop: Shop, books: Books) -> None:
    partner = outside(shop, books.now)
    books.earn(300)
    code = books.issue(reward_code="car-wash").code
    books.close(code, "cancelled")
    with pytest.raises(CodeSpent):
        honour([partner], code, who="p", key="k", source="partner", now=books.now)
    assert books.available == 300
    assert due_minor(partner) == 0
