"""A stage with everybody on it, and clients that speak for a key."""

from typing import Any

import pytest
from django.test import Client

from tests.cast import Shop


class Caller:
    """Speaks JSON to the API with one key, and expects a status."""

    def __init__(self, key: str, language: str = "en") -> None:
        self.client = Client(headers={"authorization": f"Api-Key {key}", "accept-language": language})

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """Read; returns the answer's JSON."""
        return self.checked(self.client.get(f"/api/v1/{path}", query), status)

    def post(self, path: str, body: Any, status: int = 201, *, once: str = "", **headers: str) -> Any:
        """Write; returns the answer's JSON."""
        return self.checked(self.send("post", path, body, once=once, **headers), status)

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        """Change; returns the answer's JSON."""
        return self.checked(self.send("patch", path, body), status)

    def send(self, method: str, path: str, body: Any, *, once: str = "", **headers: str) -> Any:
        """Send a body and return the whole response."""
        if once:
            headers["idempotency-key"] = once
        call = getattr(self.client, method)
        return call(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    @staticmethod
    def checked(response: Any, status: int) -> Any:
        """Insist on the status; show the answer when it is another one."""
        assert response.status_code == status, response.content.decode()
        return response.json()


@pytest.fixture
def api(shop: Shop) -> Caller:
    """A caller that may do everything at our shop."""
    return Caller(shop.key())


@pytest.fixture
def till(shop: Shop) -> Caller:
    """A caller with a till's key."""
    return Caller(shop.key("till"))
