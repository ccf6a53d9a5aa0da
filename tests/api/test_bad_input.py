"""Whatever is sent, the answer is a polite refusal: never a crash, and nothing half-written."""

from typing import Any

import pytest

from ledger.models import Purchase
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


BAD_PURCHASES: list[tuple[dict[str, Any], str, str]] = [
    ({"amount": 99.99}, "/amount", "not_text"),
    ({"amount": 100}, "/amount", "not_text"),
    ({"amount": None}, "/amount", "null"),
    ({"amount": ""}, "/amount", "blank"),
    ({"amount": "-1"}, "/amount", "amount_negative"),
    ({"amount": "0"}, "/amount", "invalid"),
    ({"amount": "1e3"}, "/amount", "amount_invalid"),
    ({"amount": "NaN"}, "/amount", "amount_invalid"),
    ({"amount": "12,5"}, "/amount", "amount_invalid"),
    ({"amount": "1.999"}, "/amount", "amount_too_precise"),
    ({"amount": "9" * 30}, "/amount", "amount_too_large"),
    ({"amount": "10000000.01"}, "/amount", "amount_too_large"),
    ({"amount": {"value": "1"}}, "/amount", "not_text"),
    ({"currency": "USD"}, "/currency", "wrong_currency"),
    ({"currency": "XXX"}, "/currency", "wrong_currency"),
    ({"occurred_at": "2026-11-15"}, "/occurred_at", "invalid"),
    ({"occurred_at": "2026-11-15T10:00:00"}, "/occurred_at", "no_zone"),
    ({"occurred_at": "1970-01-01T00:00:00Z"}, "/occurred_at", "before_time"),
    ({"occurred_at": "2970-01-01T00:00:00Z"}, "/occurred_at", "in_the_future"),
    ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "/occurred_at", "invalid"),
    ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "/occurred_at", "invalid"),
    ({"occurred_at": "2026-02-29T10:00:00Z"}, "/occurred_at", "invalid"),
    ({"occurred_at": 1763197200}, "/occurred_at", "invalid"),
    ({"order": 9007199254740993}, "/order", "not_text"),
    ({"order": ""}, "/order", "blank"),
    ({"order": "x" * 65}, "/order", "max_length"),
    ({"order": "a\x00b"}, "/order", "control"),
    ({"order": "a\ud800b"}, "/order", "surrogate_characters_not_allowed"),
    ({"member": "M-NOBODY7"}, "", "not_found"),
    ({"phone": "0501234567"}, "/member", "one_of"),
    ({"lines": [{"amount": "1"}]}, "/amount", "one_of"),
    ({"tenders": [{"type": "points"}]}, "/tenders/0/code", "tender_code"),
    ({"tenders": [{"type": "cash", "code": "ABC"}]}, "/tenders/0/code", "tender_code"),
    ({"tenders": [{"type": "shells", "amount": "1"}]}, "/tenders/0/type", "invalid_choice"),
    ({"tenders": {}}, "/tenders", "not_a_list"),
    ({"award": "yes"}, "/award", "invalid"),
    ({"branch": "nowhere"}, "/branch", "not_found"),
    ({"colour": "red"}, "/colour", "unknown_field"),
    ({"__proto__": {}}, "/__proto__", "unknown_field"),
]


@pytest.mark.parametrize(("change", "field", "code"), BAD_PURCHASES)
def test_purchases_that_cannot_be(
    api: Any, shop: Shop, change: dict[str, Any], field: str, code: str
) -> None:
    body = {"member": shop.member.number, "order": "A-1", "amount": "10"} | change
    answer = api.send("post", "purchases", body)
    said = answer.json()
    assert answer.status_code in {404, 422}, said
    assert said["code"] == code, said
    assert [error["field"] for error in said["errors"]] == ([field] if field else []), said
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("lines", "field", "code"),
    [
        ([], "/lines", "empty"),
        (["100"], "/lines/0", "invalid"),
        ([{"amount": "1"}] * 501, "/lines", "max_length"),
        ([{"amount": "1"}, {"amount": "-1"}], "/lines/1/amount", "amount_negative"),
        ([{"amount": "1", "kind": "gold"}], "/lines/0/kind", "invalid_choice"),
        ([{"amount": "1", "quantity": 0}], "/lines/0/quantity", "min_value"),
        ([{"amount": "1", "quantity": 1.5}], "/lines/0/quantity", "invalid"),
        ([{"amount": "1", "quantity": 2**63}], "/lines/0/quantity", "max_value"),
        ([{"amount": "1", "quantity": True}], "/lines/0/quantity", "invalid"),
        ([{"amount": "0"}], "/lines", "invalid"),
        ([{"amount": "10000000"}] * 2, "/lines", "amount_too_large"),
        ([{"amount": "1", "price": "1"}], "/lines/0/price", "unknown_field"),
    ],
)
def test_lines_that_cannot_be(api: Any, shop: Shop, lines: Any, field: str, code: str) -> None:
    body = {"member": shop.member.number, "order": "A-1", "lines": lines}
    said = api.post("purchases", body, 422)
    assert (said["errors"][0]["field"], said["errors"][0]["code"]) == (field, code)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "/phone", "required"),
        ({"phone": "123"}, "/phone", "bad_phone"),
        ({"phone": "٠٥٠"}, "/phone", "bad_phone"),
        ({"email": "not an address"}, "/email", "bad_email"),
        ({"external_id": "x", "birthday": "2030-01-01"}, "/birthday", "invalid"),
        ({"external_id": "x", "birthday": "1990-02-30"}, "/birthday", "invalid"),
        ({"external_id": "x", "birthday": "0001-01-01"}, "/birthday", "invalid"),
        ({"external_id": "x", "language": "fr"}, "/language", "invalid_choice"),
        ({"external_id": "x", "given_name": "n" * 81}, "/given_name", "max_length"),
        ({"external_id": "x", "given_name": "a\x1bb"}, "/given_name", "control"),
        ({"external_id": "x", "number": "M-MINE"}, "/number", "unknown_field"),
    ],
)
def test_members_that_cannot_be(api: Any, body: dict[str, Any], field: str, code: str) -> None:
    said = api.post("members", body, 422)
    assert [(error["field"], error["code"]) for error in said["errors"]] == [(field, code)]


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


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("members", "/phone"),
        ("members?phone=%00", "/phone"),
        ("members?external_id=%00", "/external_id"),
        ("members?phone=0501234567&number=M-1", "/phone"),
        ("members?colour=red", "/colour"),
        ("purchases?limit=0", "/limit"),
        ("purchases?limit=201", "/limit"),
        ("purchases?limit=x", "/limit"),
        ("purchases?limit=" + "9" * 400, "/limit"),
        ("purchases?cursor=x", "/cursor"),
        ("purchases?cursor=%00", "/cursor"),
        ("purchases/A-1?source=%00", "/source"),
    ],
)
def test_queries_that_cannot_be(api: Any, path: str, field: str) -> None:
    answer = api.client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.content


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "ключ"])
def test_keys_that_cannot_be(api: Any, shop: Shop, key: str) -> None:
    body = {"points": 5, "reason": "gift"}
    headers = {"idempotency-key": key} if key else {}
    answer = api.send("post", f"members/{shop.member.number}/adjustments", body, **headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"points": 0, "reason": "x"}, "invalid"),
        ({"points": "5", "reason": "x"}, "invalid"),
        ({"points": 10**30, "reason": "x"}, "max_value"),
        ({"points": -(10**30), "reason": "x"}, "min_value"),
        ({"points": 5}, "required"),
        ({"points": 5, "reason": " "}, "blank"),
    ],
)
def test_adjustments_that_cannot_be(api: Any, shop: Shop, body: dict[str, Any], code: str) -> None:
    said = api.post(f"members/{shop.member.number}/adjustments", body, 422, once="k")
    assert said["code"] == code


def test_methods_that_are_none(api: Any) -> None:
    for method in ("put", "delete", "options", "trace"):
        answer = getattr(api.client, method)("/api/v1/members")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_any_format_asked_for_is_json(shop: Shop) -> None:
    caller = Caller(shop.key())
    for accept in ("text/html", "application/xml", "nonsense"):
        answer = caller.client.get("/api/v1/programme?", headers={"accept": accept})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
