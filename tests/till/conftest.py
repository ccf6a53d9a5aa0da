"""A cashier who has signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from tests.cast import Shop


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
