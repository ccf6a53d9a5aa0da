"""Every field of every operation by what kind of value it takes: what that kind refuses, and how.

The operations and their fields are found, not listed: a new one is asked all of this, and must have a good
call in `tests.faults.calls` before it can be.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.validators import RegexValidator
from rest_framework import serializers

from loyalty_site.api.fields import Amount, Day, Email, Instant, Phone, Text, Whole, Yes
from tests.faults.calls import GOOD
from tests.faults.declared import Path, fields_in, names_of, operations, pointer, spelled
from tests.faults.desk import Desk

NO_TEXT: tuple[Any, ...] = (5, 1.5, True, [], {})
HUGE = "x" * 70_000

# Kind → code → what is refused with it. A value alone is refused at the field itself.
WRONG: dict[type[serializers.Field[Any, Any, Any, Any]], dict[str, tuple[Any, ...]]] = {
    Text: {
        "null": (None,), "blank": ("", " "), "not_text": NO_TEXT, "control": ("\x00", "a\x1bb"),
        "surrogate_characters_not_allowed": ("\ud800",), "max_length": (HUGE,),
    },
    Phone: {
        "null": (None,), "blank": ("", " "), "not_text": NO_TEXT, "control": ("\x00",),
        "bad_phone": ("12", "٠٥٠", "abc", "9" * 30, "-0501234567x", "０５０", HUGE, "\ud800"),
    },
    Email: {
        "null": (None,), "blank": ("", " "), "not_text": NO_TEXT, "control": ("\x00",),
        "bad_email": ("nobody", "a@", "@b.example", "a b@c.example", "a@b@c.example", HUGE),
    },
    Amount: {
        "null": (None,), "blank": ("", " "), "not_text": NO_TEXT, "control": ("\x00",),
        "amount_invalid": (
            "NaN", "Infinity", "-Infinity", "1e3", "0x10", "1_000", "12,5", "1.", ".5", "1 000", "+5", "½",
            "²", "１２x", "१२", "10 SAR", "$5", "'; DROP TABLE ledger_lot; --", HUGE, "\ud800",
        ),
        "amount_negative": ("-1", "-0.01", "\u22125"),
        "amount_too_precise": ("10.001",),
        "amount_too_large": ("10000000.01", "9" * 30),
    },
    Whole: {
        "null": (None,), "invalid": ("5", "five", "", 1.5, 5.0, True, [], {}),
        "max_value": (10**30, 2**63), "min_value": (-(10**30), -(2**63)),
    },
    Yes: {"null": (None,), "invalid": ("yes", "true", "", 1, 0, [], {})},
    Day: {
        "null": (None,),
        "invalid": (
            5, True, [], {}, "", "today", "15/11/1990", "1990-02-30", "1990-1-1", "1990-01-01T00:00:00Z",
        ),
    },
    Instant: {
        "null": (None,),
        "invalid": (
            1763197200, True, [], {}, "", "now", "2026-11-15", "2026-02-29T10:00:00Z", "2026-13-01T00:00:00Z",
            "2026-11-15T25:00:00Z", "2026-11-15T10:00:00+99:00", "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00+14:00", "٢٠٢٦-١١-١٥", HUGE,
        ),
        "no_zone": ("2026-11-15T10:00:00",),
        "before_time": ("1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z"),
        "in_the_future": ("2970-01-01T00:00:00Z", "2026-11-15T09:05:01Z"),
    },
    serializers.ChoiceField: {"null": (None,), "invalid_choice": ("gold", "", 5, True, [], {})},
    serializers.ListField: {"null": (None,), "not_a_list": ("x", "", 5, True, {}), "min_length": ([],)},
    serializers.ListSerializer: {"null": (None,), "not_a_list": ("x", "", 5, True, {})},
}  # fmt: skip
# What the objects in a list are refused for is said at their place.
INSIDE: dict[str, tuple[Any, ...]] = {"null": (None,), "invalid": ("x", 5, True, [])}


def kind_of(field: serializers.Field[Any, Any, Any, Any]) -> dict[str, tuple[Any, ...]]:
    """What a field's kind refuses: of the nearest kind that is in the table."""
    kind = next(kind for kind in type(field).__mro__ if kind in WRONG)
    kinds = dict(WRONG[kind])
    if field.allow_null:
        kinds.pop("null")
    if getattr(field, "allow_blank", False):
        kinds.pop("blank", None)
        kinds = {code: tuple(value for value in values if value != "") for code, values in kinds.items()}
    if any(isinstance(rule, RegexValidator) for rule in field.validators):
        kinds.pop("surrogate_characters_not_allowed")  # nor have they the form that it asks for
    return kinds


def test_every_operation_has_a_good_call_that_is_accepted(desk: Desk) -> None:
    assert {name.partition(":")[0] for name in GOOD} == set(operations())
    refused = {}
    for name in GOOD:
        with desk.tried():
            answer = desk.make(name, {})
        if answer.status_code >= 400:
            refused[name] = answer.content.decode()
    assert not refused


SENT_ALONE = {"orders/*/tenders/*/code"}
"""Of many orders at once none may name a code: `tests.api.test_bulk`."""


def test_the_good_calls_name_every_field_there_is() -> None:
    unnamed = {}
    for name, declared in operations().items():
        if declared.takes is None:
            continue
        bodies = [call.body or {} for title, call in GOOD.items() if title.partition(":")[0] == name]
        said = {spelled(path) for body in bodies for path, _field in fields_in(declared.takes(), body)}
        unnamed[name] = names_of(declared.takes()) - said - SENT_ALONE
    assert not {name: missing for name, missing in unnamed.items() if missing}


TAKING = sorted(name for name, found in operations().items() if found.takes)


@pytest.mark.parametrize("operation", TAKING)
def test_every_field_refuses_what_is_not_of_its_kind(desk: Desk, operation: str) -> None:
    wrong: list[str] = []
    seen: set[str] = set()
    worded: set[str] = set()
    for name, path, field in fields_of(operation):
        if spelled(path) in seen:
            continue
        seen.add(spelled(path))
        good = GOOD[name].body or {}
        for code, value, place in wrong_for(path, field):
            languages = ("en",) if code in worded else ("en", "ar")  # a sentence is the same at every field
            worded.add(code)
            wrong += desk.look(name, with_value(good, path, value), f"422 {code} {place}", languages)
    for unknown in ("colour", "__proto__", "ID"):
        wrong += desk.look(operation, {unknown: "red"}, f"422 unknown_field /{unknown}")
    assert not wrong, "\n".join(wrong)


def fields_of(operation: str) -> Iterator[tuple[str, Path, Any]]:
    """Every field of every good call of an operation: the call's name, the place, the field."""
    takes = operations()[operation].takes
    assert takes is not None
    for name, call in GOOD.items():
        if name.partition(":")[0] == operation:
            yield from ((name, path, field) for path, field in fields_in(takes(), call.body or {}))


def wrong_for(path: Path, field: Any) -> Iterator[tuple[str, Any, str]]:
    """What a field refuses: the code, the value, and the place that is named."""
    for code, values in kind_of(field).items():
        yield from ((code, value, pointer(path)) for value in values)
    if field.required:
        yield "required", ..., pointer(path)
    if isinstance(field, serializers.ListSerializer):
        place = pointer((*path, 0))
        yield from ((code, [value], place) for code, values in INSIDE.items() for value in values)
        yield "unknown_field", [{"colour": "red"}], f"{place}/colour"


def with_value(body: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The one change of a body that puts `value` (or nothing, for `...`) at a place."""
    first, *rest = path
    if not rest:
        return {str(first): value}
    place, *inner = rest
    rows = [dict(row) for row in body[str(first)]]
    rows[int(place)] |= with_value(rows[int(place)], tuple(inner), value)
    rows[int(place)] = {key: held for key, held in rows[int(place)].items() if held is not ...}
    return {str(first): rows}


def test_a_key_that_is_none_is_refused(desk: Desk) -> None:
    wrong = [
        line
        for name, found in operations().items()
        if found.needs_key
        for key in ("", "x" * 65, "a b", "ключ", "a\tb")
        for line in desk.look(name, {"once": key}, "422 idempotency_key /Idempotency-Key")
    ]
    assert not wrong, "\n".join(wrong)


def test_who_shows_no_key_is_answered_nothing(desk: Desk) -> None:
    wrong = [line for name in operations() for line in desk.look(name, {"key": None}, "401 key_missing")]
    assert not wrong, "\n".join(wrong)
