"""Shops with the programme of RULES' examples, and the books of their members."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from programs.models import EarnCap, EarnRule, Giving, ReferralOffer
from programs.publishing import publish
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.collected import add_goals, put_in_force
from tests.ledger.giving_deals import causes_of
from tests.ledger.subscribed import double_for_holders, sell

OpenBooks = Callable[..., Books]


@pytest.fixture
def shop(db: None) -> Shop:
    """Our shop."""
    return open_shop("oasis", "0501234567")


@pytest.fixture
def books(shop: Shop) -> Iterator[Books]:
    """The books of the shop's member, which must be right at the end of every test."""
    yield Books(shop.member)
    prove(shop.merchant)


@pytest.fixture
def open_books(db: None) -> Iterator[OpenBooks]:
    """Open a shop with other terms: ``open_books(base={...}, rule={...}, member={...}, stacking="add")``."""
    opened: list[Books] = []

    def made(
        *, base: dict[str, Any] | None = None, rule: dict[str, Any] | None = None,
        caps: list[dict[str, Any]] | None = None, goals: dict[str, Any] | None = None,
        member: dict[str, Any] | None = None,
        referral: dict[str, Any] | None = None, plan: dict[str, Any] | None = None,
        giving: dict[str, Any] | None = None, **terms: Any,
    ) -> Books:  # fmt: skip
        shop = open_shop("oasis", "0501234567", live=False, **terms)
        for name, value in (member or {}).items():
            setattr(shop.member, name, value)
        shop.member.save()
        rules = EarnRule.objects.filter(version=shop.version)
        if base:
            rules.filter(code="base").update(**base)
        if rule:
            names = {
                "code": "extra",
                "name_ar": "إضافي",
                "name_en": "Extra",
                "factor": 2,
                "kind": "multiplier",
            }
            EarnRule.objects.create(version=shop.version, **(names | rule))
        if goals:
            add_goals(shop.version, **goals)
        for cap in caps or ():
            EarnCap.objects.create(version=shop.version, **cap)
        if referral:
            ReferralOffer.objects.create(version=shop.version, **referral)
        if plan is not None:
            sell(shop.version, **plan)
            double_for_holders(shop.version)
        if giving is not None:
            causes_of(shop.merchant)
            Giving.objects.create(version=shop.version, **giving)
        if goals:
            put_in_force(shop.version)
        else:
            publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
        opened.append(Books(shop.member))
        return opened[-1]

    yield made
    for books in opened:
        prove(books.merchant)


@pytest.fixture
def other(shop: Shop, books: Books) -> Books:
    """A second record of the same person."""
    return another(shop.merchant, "0551234567", given_name="Nora")
