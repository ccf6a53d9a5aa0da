"""The corners of what can be sent, on every operation that writes: no size, depth, number or day breaks one.

The operations and their fields are found, not listed. What a field of each kind refuses besides is in
`test_wrong_kinds`; bodies that are no JSON at all, in `tests.api.test_bad_input`.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from rest_framework import serializers

from loyalty_site.api.fields import Amount, Day, Instant, Whole
from tests.api.conftest import Caller
from tests.faults.calls import GOOD, changed, told
from tests.faults.declared import Path, fields_in, operations
from tests.faults.desk import Desk
from tests.faults.test_wrong_kinds import with_value

LARGE = 10 * 2**20
DEEP = "[" * 1000 + "]" * 1000
RAW: dict[str, tuple[str, str]] = {
    "NaN": ('{"x": NaN}', "400 parse_error"),
    "infinity": ('{"x": -Infinity}', "400 parse_error"),
    "a thousand lists": (f'{{"x": {DEEP}}}', "400 parse_error"),
    "a thousand objects": ('{"x":' * 1000 + "1" + "}" * 1000, "400 parse_error"),
    "ten megabytes": (f'{{"x": "{"x" * LARGE}"}}', "413 body_too_large"),
    "ten megabytes of spaces": (" " * LARGE + "{}", "413 body_too_large"),
    "a number of 5000 digits": (f'{{"x": {"9" * 5000}}}', "400 parse_error"),
}
HUGE = (2**53 + 1, 2**63, -(2**63) - 1, 10**30)
"""Ids and numbers that a float, or a database, does not hold."""
WRITES = sorted(name for name, found in operations().items() if found.method != "get")


def kinds(name: str, kind: type[serializers.Field[Any, Any, Any, Any]]) -> Iterator[tuple[str, Path]]:
    """Every field of one kind that the good calls of an operation name, with the call's name."""
    takes = operations()[name].takes
    for title, call in GOOD.items():
        if takes is not None and title.partition(":")[0] == name:
            for path, field in fields_in(takes(), call.body or {}):
                if isinstance(field, kind):
                    yield title, path


def changes(title: str, path: Path, value: Any) -> dict[str, Any]:
    """A good call with another value in one place."""
    return with_value(GOOD[title].body or {}, path, value)


def send(desk: Desk, name: str, raw: str) -> Any:
    """Send a body as it stands to an operation's address."""
    path, _body = changed(GOOD[name], {}, desk.words)
    key = desk.practice["manage"] if GOOD[name].practice else desk.stage.shop.key()
    call = Caller(key).client.generic
    method = operations()[name].method.upper()
    headers = {"idempotency-key": "once-1"}
    return call(method, f"/api/v1/{path}", raw, content_type="application/json", headers=headers)


@pytest.mark.parametrize("operation", WRITES)
def test_no_body_is_too_much_or_too_deep(desk: Desk, operation: str) -> None:
    """Who reads no body is not asked: an address and a key say all."""
    wrong, reads = [], operations()[operation].takes is not None
    for title, (raw, expected) in RAW.items():
        answer, has_written = desk.take_back(partial(send, desk, operation, raw))
        if reads and (told(answer) != expected or has_written):
            wrong.append(f"{title}: {told(answer)}, not {expected}")
        if answer.status_code >= 500:
            wrong.append(f"{title}: {told(answer)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("operation", WRITES)
def test_no_number_is_too_large(desk: Desk, operation: str) -> None:
    """A number in a field, where text is meant, and in the address."""
    wrong = []
    places = [*kinds(operation, Whole), *kinds(operation, Amount), *kinds(operation, serializers.CharField)]
    for title, path in places:
        for value in HUGE:
            wrong += refused(desk, title, changes(title, path, value))
    for word in words_in(GOOD[operation].path):
        for value in HUGE:
            wrong += refused(desk, operation, {f"@{word}": value}, {404})
    assert not wrong, "\n".join(wrong)


def words_in(path: str) -> list[str]:
    """The words of an address that are said out."""
    return [piece.partition("}")[0] for piece in path.split("{")[1:]]


def refused(desk: Desk, title: str, change: dict[str, Any], statuses: set[int] | None = None) -> list[str]:
    """Say what is wrong with the refusal of a changed call: another status, or something written."""
    answer, has_written = desk.ask(title, change)
    status = int(told(answer).partition(" ")[0])
    if status in (statuses or {422}) and not has_written:
        return []
    return [f"{title} {change!s:.100}: {told(answer)}{', and something was written' * has_written}"]


@pytest.mark.parametrize("operation", WRITES)
def test_no_amount_has_thirty_digits_and_every_currency_is_the_shops(desk: Desk, operation: str) -> None:
    wrong: list[str] = []
    for title, path in kinds(operation, Amount):
        for value in ("9" * 30, "0." + "0" * 29 + "1", "1" * 29 + ".5"):
            wrong += refused(desk, title, changes(title, path, value))
    for title, path in kinds(operation, serializers.CharField):
        if path[-1] == "currency":
            for value in ("USD", "XXX", "KWD", "SARR"):
                wrong += refused(desk, title, changes(title, path, value))
    assert not wrong, "\n".join(wrong)


# Days that a field takes although they are long ago.
LIVED = {"birthday": {"1970-01-01"}}
DAYS = ("1970-01-01", "2970-01-01", "0001-01-01", "9999-12-31")


@pytest.mark.parametrize("operation", WRITES)
def test_no_moment_is_before_the_shop_or_far_ahead(desk: Desk, operation: str) -> None:
    wrong: list[str] = []
    for title, path in kinds(operation, Instant):
        for day in DAYS:
            wrong += refused(desk, title, changes(title, path, f"{day}T12:00:00+03:00"))
    for title, path in kinds(operation, Day):
        for day in DAYS:
            statuses = {200, 201} if day in LIVED.get(str(path[-1]), ()) else {422}
            answer, _written = desk.ask(title, changes(title, path, day))
            if answer.status_code not in statuses:
                wrong.append(f"{title} {path} {day}: {told(answer)}")
    assert not wrong, "\n".join(wrong)
