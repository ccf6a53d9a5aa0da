"""Logs: an id for every request, and no personal value."""

import logging

import pytest
from django.test import Client

from loyalty_site import logs


@pytest.mark.parametrize(
    "text",
    [
        "sent to +966501234567 now",
        "Not Found: /m/oasis/c/501234567/",
        "050-123-4567",
        "to sara@example.com",
        "Key (name)=(سارة العتيبي) already exists",
    ],
)
def test_personal_values_in_texts_are_masked(text: str) -> None:
    masked = logs.mask_personal(None, "info", {"event": text})["event"]
    assert "…" in masked
    for value in ("501234567", "123-4567", "sara@", "سارة"):
        assert value not in masked


@pytest.mark.parametrize(
    "text", ["at 2026-11-21 22:59:09", "in 0.0351203458s", "9b1c0f9c-3482-4902-8812-a51420d68731"]
)
def test_times_and_ids_stay_readable(text: str) -> None:
    assert logs.mask_personal(None, "info", {"event": text})["event"] == text


def test_fields_pass_an_allow_list() -> None:
    kept = logs.keep_allowed(None, "info", {"event": "x", "merchant_id": 7, "phone": "+966501234567"})
    assert kept == {"event": "x", "merchant_id": 7}


@pytest.mark.django_db
def test_a_request_is_logged_by_its_route_under_its_id(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="walaa.web"):
        response = Client().get(
            "/accounts/password/reset/key/1-secret/", headers={"X-Request-ID": "till-0001"}
        )
    assert response["X-Request-ID"] == "till-0001"
    assert "accounts/password/reset/key/" in caplog.text
    assert "1-secret" not in caplog.text


def test_a_malformed_request_id_is_replaced() -> None:
    response = Client().get("/ops/live", headers={"X-Request-ID": "a b\tc"})
    assert len(response["X-Request-ID"]) == 32
