"""Machines come without a browser: what serves browsers is passed by, what protects everybody is not."""

from typing import Any

import pytest
from django.test import Client

from loyalty_site.api.urls import v1
from loyalty_site.webhooks.urls import urlpatterns as webhooks

BROWSERS = ("session", "htmx", "_messages")


@pytest.mark.parametrize("address", ["/api/v1/terms", "/webhooks/salla/oasis/"])
def test_a_machine_has_no_session_and_no_messages(db: None, address: str) -> None:
    asked = Client().get(address).wsgi_request
    assert [name for name in BROWSERS if hasattr(asked, name)] == []


def test_a_browser_has_them(db: None) -> None:
    asked = Client().get("/api/docs/start/").wsgi_request
    assert [name for name in BROWSERS if not hasattr(asked, name)] == []


def test_no_view_at_the_machines_door_expects_a_form_of_ours() -> None:
    assert all(getattr(address.callback, "csrf_exempt", False) for address in (*v1, *webhooks))


def test_a_form_without_its_token_is_refused_at_the_other_door(db: None) -> None:
    assert (
        Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example"}).status_code == 403
    )


def test_hosts_and_policies_hold_for_machines(db: None, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["loyalty.example.com"]
    answer = Client(headers={"host": "loyalty.example.com"}).get("/api/v1/terms")
    assert answer.status_code == 401
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert Client(headers={"host": "elsewhere.example"}).get("/api/v1/terms").status_code == 400
