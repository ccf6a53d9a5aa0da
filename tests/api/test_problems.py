"""Refusals: one shape, stable codes, the caller's language."""

from typing import Any

import pytest
from django.db import OperationalError

from loyalty_site.api import programme
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import Shop


def refusals(caller: Caller, number: str) -> dict[str, Any]:
    """Provoke one refusal of each kind."""
    body = {"member": number, "order": "A-1", "amount": "10"}
    caller.client.post("/api/v1/purchases", body, content_type="application/json")
    return {
        "not_found": caller.get("members/M-NOBODY7", 404),
        "key_conflict": caller.post("purchases", body | {"amount": "11"}, 409),
        "not_enough_points": caller.post("redemptions", {"member": number, "points": 500}, 409, once="k"),
        "unknown_field": caller.post("purchases", body | {"colour": "red"}, 422),
        "required": caller.post("purchases", {"member": number, "amount": "10"}, 422),
        "parse_error": caller.checked(caller.send("post", "purchases", []), 400),
        "bad_phone": caller.get("members", 422, phone="12"),
    }


def test_every_refusal_has_one_shape(shop: Shop) -> None:
    for code, said in refusals(Caller(shop.key()), shop.member.number).items():
        assert said["code"] == code
        assert said["type"] == f"urn:walaa:problem:{code}"
        assert set(said) - {"params"} == {"type", "title", "status", "code", "errors"}
        assert said["title"]
        assert all(set(error) == {"field", "code", "message"} for error in said["errors"])


def test_refusals_speak_the_callers_language(shop: Shop) -> None:
    english = refusals(Caller(shop.key(), "en"), shop.member.number)
    arabic = refusals(Caller(shop.key(), "ar"), shop.member.number)
    for code, said in english.items():
        assert said["title"].isascii() or "…" in said["title"] or "“" in said["title"], said
        assert any("\u0600" <= letter <= "\u06ff" for letter in arabic[code]["title"]), arabic[code]
        assert {key: said[key] for key in ("type", "status", "code")} == {
            key: arabic[code][key] for key in ("type", "status", "code")
        }


def test_several_faults_are_all_named(api: Any) -> None:
    said = api.post("purchases", {"order": "", "lines": [{"amount": 1}, {}], "colour": 1}, 422)
    assert said["errors"] == [
        {"field": "/colour", "code": "unknown_field", "message": "This field is not known."}
    ]
    said = api.post("purchases", {"order": "", "lines": [{"amount": 1}, {}]}, 422)
    assert said["code"] == "invalid"
    assert [error["field"] for error in said["errors"]] == ["/lines/0/amount", "/lines/1/amount", "/order"]


def test_the_figures_of_a_refusal_are_told_apart(api: Any, shop: Shop) -> None:
    buy(api, "499", number=shop.member.number)
    said = api.post("redemptions", {"member": shop.member.number, "points": 500}, 409, once="k")
    assert said["params"] == {"short": 1}


def test_answers_are_nobody_elses(api: Any) -> None:
    answer = api.client.get("/api/v1/programme")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_bug_of_ours_is_a_problem_document_too(shop: Shop, monkeypatch: Any) -> None:
    def broken(*_args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(programme, "programme_of", broken)
    caller = Caller(shop.key())
    caller.client.raise_request_exception = False
    said = caller.get("programme", 500)
    assert said["code"] == "internal"
    caller.client.raise_request_exception = True
    with pytest.raises(ZeroDivisionError):  # it is reported as every exception is
        caller.get("programme", 500)


def test_a_busy_database_asks_to_try_again(shop: Shop, monkeypatch: Any) -> None:
    def locked(*_args: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(programme, "programme_of", locked)
    answer = Caller(shop.key()).client.get("/api/v1/programme")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "1"
