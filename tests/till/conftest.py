"""A cashier who has signed in."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tests.cast import NOW, Cast, Shop, the_cast


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stand still at noon of 15 November 2026 in Riyadh."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def stage(db: None, clock: time_machine.Traveller) -> Cast:
    """Everybody."""
    return the_cast()


@pytest.fixture
def shop(stage: Cast) -> Shop:
    """Our shop."""
    return stage.shop


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Sign somebody in: `sign_in(shop.staff["cashier"])`."""

    def signed_in(user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def cashier(shop: Shop, sign_in: Callable[[User], Client]) -> Client:
    """Our cashier, at the till."""
    return sign_in(shop.staff["cashier"])
