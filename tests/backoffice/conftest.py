"""Two shops with books, and people signed in to their back offices."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from analytics.snapshots import refresh_snapshot
from campaigns.recipes import install_recipes
from ledger.event import LineItem
from ledger.events import PurchaseMade, RedemptionIssued
from ledger.posting import post
from tests.cast import NOW, PASSWORD, Cast, Shop, the_cast

SignIn = Callable[..., Client]


@pytest.fixture
def stage(db: None, clock: time_machine.Traveller) -> Cast:
    """Everybody, with something in both shops' books."""
    cast = the_cast()
    for shop in (cast.shop, cast.rival):
        keep_books(shop)
    return cast


def keep_books(shop: Shop) -> None:
    """Post a purchase and a redemption, install the recipes, count the figures."""
    ours: dict[str, Any] = {
        "merchant_id": shop.merchant.pk,
        "member_id": shop.member.pk,
        "source": "test",
        "actor": "test",
    }
    buy(shop, f"{shop.merchant.slug}-1", 120_000)
    post(RedemptionIssued(**ours, occurred_at=NOW, key=f"{shop.merchant.slug}-r", points=500), now=NOW)
    install_recipes(merchant=shop.merchant, now=NOW)
    refresh_snapshot(merchant=shop.merchant, now=NOW)


def buy(shop: Shop, key: str, amount_minor: int, *, days_ago: int = 3, member_id: int | None = None) -> None:
    """Post a purchase."""
    event = PurchaseMade(
        merchant_id=shop.merchant.pk, member_id=member_id or shop.member.pk, source="test", actor="test",
        occurred_at=NOW - timedelta(days=days_ago), key=key, lines=(LineItem(amount_minor),),
        branch_id=shop.branch.pk, quiet=True,
    )  # fmt: skip
    post(event, now=NOW)


@pytest.fixture
def rival(stage: Cast) -> Shop:
    """The shop next door."""
    return stage.rival


@pytest.fixture
def sign_in() -> SignIn:
    """Sign somebody in: `sign_in(user)`, `sign_in(user, "ar")`."""

    def signed_in(user: User, language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def owner(shop: Shop, sign_in: SignIn) -> Client:
    """Our owner, reading English."""
    return sign_in(shop.staff["owner"])


@pytest.fixture
def operator(stage: Cast, sign_in: SignIn) -> Client:
    """The person who runs the server."""
    return sign_in(User.objects.create_superuser("operator@walaa.example", PASSWORD))
