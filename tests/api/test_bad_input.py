"""What is no request at all: bodies that are no JSON, addresses and methods that are none.

What a request may not say is in the tables of `tests.faults`.
"""

from typing import Any

import pytest

from tests.api.conftest import Caller
from tests.cast import Shop

DEEP = b'{"order":' + b"[" * 1000 + b"]" * 1000 + b"}"


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 422, "required"),
        (b"{", 400, "parse_error"),
        (b"[]", 400, "parse_error"),
        (b"null", 400, "parse_error"),
        (b'"text"', 400, "parse_error"),
        (b'{"amount": NaN}', 400, "parse_error"),
        (b'{"amount": Infinity}', 400, "parse_error"),
        (b'{"amount": -Infinity}', 400, "parse_error"),
        (b'{"order": "1", "order": "2"}', 400, "parse_error"),
        (b'{"order": "\xff"}', 400, "parse_error"),
        (b'{"points": ' + b"9" * 5000 + b"}", 400, "parse_error"),
        (DEEP, 400, "parse_error"),
        (b"[" * 100_000, 400, "parse_error"),
        (b'{"order": "' + b"x" * 10_000_000 + b'"}', 413, "body_too_large"),
    ],
)
def test_bodies_that_are_no_json(api: Any, raw: bytes, status: int, code: str) -> None:
    answer = api.client.post("/api/v1/purchases", raw, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_bodies_of_another_kind(api: Any, kind: str) -> None:
    answer = api.client.post("/api/v1/purchases", b"a=b", content_type=kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "path",
    [
        "members/%00", "members/%ff", "members/" + "x" * 65, "members/..%2f..", "purchases/%00",
        "redemptions/%0a", "nothing", "members/M-1/balance/x", "purchases/quote/x", "",
    ],
)  # fmt: skip
def test_addresses_that_are_none(api: Any, path: str) -> None:
    answer = api.client.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_methods_that_are_none(api: Any) -> None:
    for method in ("put", "delete", "options", "trace"):
        answer = getattr(api.client, method)("/api/v1/members")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_any_format_asked_for_is_json(shop: Shop) -> None:
    caller = Caller(shop.key())
    for accept in ("text/html", "application/xml", "nonsense"):
        answer = caller.client.get("/api/v1/programme?", headers={"accept": accept})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
