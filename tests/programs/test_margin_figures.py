"""RULES 8: a margin is asked once; stricter figures hold at once, looser ones after a day or by two."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.access import Actor, key_actor, staff_actor
from accounts.errors import Forbidden, NeedsAnother, NotFound
from accounts.models import ApiKey, Merchant, Staff, User
from accounts.models.merchants import Currency, Sector
from accounts.models.staff import Role
from programs.errors import Unchangeable
from programs.margin_figures import (
    GROSS_BY_SECTOR,
    VAT_BY_CURRENCY,
    Said,
    agree,
    coming,
    default_figures,
    figures_of,
    in_force,
    say,
)
from programs.models import MarginFigures, PublishRequest
from tests.cast import NOW, PASSWORD, Shop, open_shop

pytestmark = pytest.mark.postgres

FIGURES = Said(Decimal(40), Decimal(15), Decimal(10), {"coffee": Decimal(70)})
DAY = timedelta(hours=24)


@pytest.fixture
def shop(db: None) -> Shop:
    """A shop that has not said anything yet."""
    made = open_shop("oasis", "0501234567")
    MarginFigures.objects.filter(merchant=made.merchant).delete()
    return made


@pytest.fixture
def owner(shop: Shop) -> Actor:
    return at(shop, "owner")


def at(shop: Shop, role: str) -> Actor:
    return staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff[role]))


def with_one(name: str, percent: int) -> Said:
    changed: dict[str, Any] = {name: Decimal(percent)}
    return replace(FIGURES, **changed)


def second_owner(shop: Shop, **fields: str) -> Actor:
    user = User.objects.create_user("second@oasis.example", PASSWORD)
    return staff_actor(Staff.objects.create(user=user, merchant=shop.merchant, role=Role.OWNER, **fields))


def test_rule_08_every_sector_and_currency_has_its_own_proposal() -> None:
    assert set(GROSS_BY_SECTOR) == set(Sector.values)
    assert set(VAT_BY_CURRENCY) == set(Currency.values)
    cafe = default_figures(Merchant(sector="restaurant", currency="AED"))
    assert [int(percent) for percent in (cafe.gross, cafe.vat, cafe.ceiling)] == [60, 5, 10]


def test_rule_08_before_anything_is_said_the_proposal_judges(shop: Shop, owner: Actor) -> None:
    assert in_force(shop.merchant, NOW) is None
    assert figures_of(shop.merchant, NOW) == default_figures(shop.merchant)
    assert say(actor=owner, said=FIGURES, now=NOW) is None
    assert figures_of(shop.merchant, NOW) == FIGURES


def test_rule_08_a_ceiling_above_our_own_waits_even_the_first_time(shop: Shop, owner: Actor) -> None:
    high = replace(FIGURES, ceiling=Decimal(30))
    waits = say(actor=owner, said=high, now=NOW)
    assert waits is not None
    assert waits.holds_from == NOW + DAY
    assert figures_of(shop.merchant, NOW + DAY - timedelta(seconds=1)) == FIGURES
    assert figures_of(shop.merchant, NOW + DAY) == high


@pytest.mark.parametrize(
    ("name", "looser", "stricter"), [("gross", 50, 30), ("ceiling", 12, 8), ("vat", 5, 20)]
)
def test_rule_08_stricter_holds_at_once_and_looser_after_a_day(
    shop: Shop, owner: Actor, name: str, looser: int, stricter: int
) -> None:
    say(actor=owner, said=FIGURES, now=NOW)
    say(actor=owner, said=with_one(name, stricter), now=NOW)
    assert getattr(figures_of(shop.merchant, NOW), name) == stricter
    say(actor=owner, said=with_one(name, looser), now=NOW)
    assert getattr(figures_of(shop.merchant, NOW), name) == stricter
    assert getattr(figures_of(shop.merchant, NOW + DAY), name) == looser


def test_rule_08_one_stricter_and_one_looser_figure_part_ways(shop: Shop, owner: Actor) -> None:
    say(actor=owner, said=FIGURES, now=NOW)
    mixed = Said(Decimal(30), Decimal(15), Decimal(20), {"coffee": Decimal(80), "cake": Decimal(20)})
    say(actor=owner, said=mixed, now=NOW)
    now = figures_of(shop.merchant, NOW)
    told = [now.gross, now.ceiling, now.of("coffee"), now.of("cake")]
    assert [int(percent) for percent in told] == [30, 10, 70, 20]
    assert figures_of(shop.merchant, NOW + DAY) == mixed


def test_rule_08_a_later_word_replaces_what_waits_and_the_same_word_waits_no_longer(
    shop: Shop, owner: Actor
) -> None:
    say(actor=owner, said=FIGURES, now=NOW)
    high = replace(FIGURES, ceiling=Decimal(20))
    first = say(actor=owner, said=high, now=NOW)
    assert say(actor=owner, said=high, now=NOW + timedelta(hours=5)) == first
    say(actor=owner, said=FIGURES, now=NOW + timedelta(hours=6))
    assert coming(shop.merchant, NOW + timedelta(hours=6)) is None
    assert figures_of(shop.merchant, NOW + 2 * DAY) == FIGURES


def test_rule_08_another_owner_agrees_and_nobody_else(shop: Shop, owner: Actor) -> None:
    say(actor=owner, said=FIGURES, now=NOW)
    with pytest.raises(NotFound):
        agree(actor=owner, now=NOW)
    high = replace(FIGURES, ceiling=Decimal(20))
    say(actor=owner, said=high, now=NOW)
    with pytest.raises(NeedsAnother):
        agree(actor=owner, now=NOW)
    with pytest.raises(Forbidden):
        agree(actor=at(shop, "manager"), now=NOW)
    other = second_owner(shop)
    row = agree(actor=other, now=NOW)
    assert (row.said_by, row.agreed_by) == (owner.label, other.label)
    assert figures_of(shop.merchant, NOW) == high


def test_rule_08_another_account_of_the_same_owner_does_not_agree(shop: Shop, owner: Actor) -> None:
    Staff.objects.filter(user=shop.staff["owner"]).update(phone="+966500000001")
    say(actor=owner, said=replace(FIGURES, ceiling=Decimal(20)), now=NOW)
    with pytest.raises(NeedsAnother):
        agree(actor=second_owner(shop, phone="+966500000001"), now=NOW)


@pytest.mark.parametrize("role", ["manager", "analyst", "cashier"])
def test_rule_08_only_an_owner_says_the_margin(shop: Shop, role: str) -> None:
    with pytest.raises(Forbidden):
        say(actor=at(shop, role), said=FIGURES, now=NOW)


def test_rule_08_a_key_says_and_agrees_to_nothing(shop: Shop) -> None:
    actor = key_actor(ApiKey.objects.get(merchant=shop.merchant, scope="manage"))
    with pytest.raises(Forbidden):
        say(actor=actor, said=FIGURES, now=NOW)
    with pytest.raises(Forbidden):
        agree(actor=actor, now=NOW)


def test_rule_08_what_was_said_stays_on_record(shop: Shop, owner: Actor) -> None:
    say(actor=owner, said=FIGURES, now=NOW)
    row = MarginFigures.objects.get(merchant=shop.merchant)
    row.ceiling_percent = Decimal(99)
    with pytest.raises(Unchangeable):
        row.save()
    with pytest.raises(Unchangeable):
        row.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        MarginFigures.objects.create(
            merchant=shop.merchant, gross_percent=101, vat_percent=0, holds_from=NOW, said_by="x", said_at=NOW
        )


def test_rule_08_the_database_refuses_one_person_without_proof(shop: Shop) -> None:
    said = {
        "version": shop.version,
        "digest": "x",
        "rate_percent": 15,
        "ceiling_percent": 10,
        "asked_at": NOW,
    }
    alone: dict[str, Any] = {
        "asked_by": "staff:1",
        "decided_by": "staff:1",
        "decided_at": NOW,
        "ripe_at": NOW + DAY,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        PublishRequest.objects.create(**said, **alone, state="published")
    with pytest.raises(IntegrityError), transaction.atomic():
        PublishRequest.objects.create(**said, **alone, state="published", second_factor_at=NOW)
    PublishRequest.objects.create(**said, **alone | {"decided_by": "staff:2"}, state="published")
    PublishRequest.objects.create(**said, asked_by="staff:1", ripe_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PublishRequest.objects.create(**said, asked_by="staff:1", ripe_at=NOW)
