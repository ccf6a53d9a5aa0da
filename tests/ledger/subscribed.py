"""Paid membership in short words."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from ledger.events_of_fees import FeeRefunded, MembershipCancelled, MembershipPaid, MembershipStarted
from ledger.models import Membership
from ledger.posting import post
from ledger.receipt import Receipt
from programs.models import EarnRule, Plan, ProgrammeVersion
from programs.publishing import publish
from programs.queries import forget_terms
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.books import Books


def sell(version: ProgrammeVersion, **facts: Any) -> Plan:
    """A plan of a draft: Plus, 29 SAR a month, 14 days of trial, a week of grace."""
    plus = {"code": "plus", "name_ar": "بلس", "name_en": "Plus", "price_minor": 2900, "trial_days": 14}
    return Plan.objects.create(version=version, **(plus | facts))


def sell_from_now(shop: Shop) -> None:
    """Let a shop whose terms are published already sell Plus."""
    plus = {"code": "plus", "name_ar": "بلس", "name_en": "Plus", "price_minor": 2900, "trial_days": 14}
    Plan.objects.bulk_create([Plan(version=shop.version, **plus)])
    forget_terms()


def double_for_holders(version: ProgrammeVersion, *plans: str) -> EarnRule:
    """Holders earn twice."""
    return EarnRule.objects.create(
        version=version, code="holders", name_ar="للمشتركين", name_en="Holders",
        kind="multiplier", factor=2, plans=list(plans or ("plus",)),
    )  # fmt: skip


def begin_trial(books: Books, plan: str = "plus", **facts: Any) -> Receipt:
    return post(MembershipStarted(**books.said("trial", None, None), plan=plan, **facts), now=books.now)


def pay(
    books: Books, amount_minor: int = 2900, *, plan: str = "plus", key: str | None = None,
    at: datetime | None = None, source: str = "till", **facts: Any,
) -> Receipt:  # fmt: skip
    said = books.said("fee", key, at) | {"source": source}
    return post(MembershipPaid(**said, plan=plan, amount_minor=amount_minor, **facts), now=books.now)


def cancel(books: Books) -> Receipt:
    return post(MembershipCancelled(**books.said("cancel", None, None)), now=books.now)


def give_back(books: Books, key: str, *, source: str = "till") -> Receipt:
    said = books.said("back", None, None)
    return post(FeeRefunded(**said, fee_source=source, fee_key=key), now=books.now)


def held(books: Books) -> Membership:
    """The member's newest membership."""
    return Membership.objects.filter(member=books.member).latest("id")


Open = Callable[..., Books]


@pytest.fixture
def open_plan(db: None) -> Open:
    """Open a shop that sells Plus, whose holders earn twice: ``open_plan(period="year")``."""

    def made(**plan: object) -> Books:
        shop = open_shop("oasis", "0501234567", live=False)
        sell(shop.version, **plan)
        double_for_holders(shop.version)
        publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
        return Books(shop.member)

    return made


@pytest.fixture
def books(open_plan: Open) -> Books:
    """A member of a shop that sells Plus by the month."""
    return open_plan()
