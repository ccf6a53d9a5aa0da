"""Asking a shop's API: one request, bounded, its answer read without losing a digit.

OutsideError (``accounts.outside``)
├── Unreachable   no answer, or none that can be read
├── Unsafe        an address that must not be called
└── Refused       an answer that says no (below)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from accounts import outside
from ledger.shops.reading import read_json
from ledger.shops.told import Unreadable

MOST_BYTES: Final = 8 * 1024 * 1024
LATER: Final = frozenset({408, 423, 425, 429})


class Refused(outside.OutsideError):
    """The shop says no."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Found:
    """An answer that says yes."""

    said: dict[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Api:
    """One shop's API: where it is, and what opens it. ``fixed``: the address is ours, nobody typed it."""

    url: str
    token: str = field(repr=False)
    fixed: bool = False

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, Any] | None = None,
        said: Mapping[str, Any] | None = None,
    ) -> Found:
        """Ask once. Raises ``Unreachable``, ``Unsafe``, ``Refused``."""
        url = f"{self.url.rstrip('/')}/{path}" + (f"?{urlencode(query)}" if query else "")
        body = json.dumps(said).encode() if said is not None else None
        sent = {"Accept": "application/json", **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        answer = outside.call(
            method, url, headers=sent, body=body, foreign=not self.fixed, most_bytes=MOST_BYTES
        )
        if 400 <= answer.status < 500 and answer.status not in LATER:
            raise Refused(answer.status)
        if not 200 <= answer.status < 300:
            raise outside.Unreachable(f"answered {answer.status}")
        try:
            return Found(read_json(answer.body or b"{}"), answer.headers)
        except Unreadable:
            return Found({"list": _list(answer.body)}, answer.headers)

    def find(self, path: str, *, headers: Mapping[str, str], query: Mapping[str, Any] | None = None) -> Any:
        """What stands at an address, or None if nothing does."""
        try:
            return self.ask("GET", path, headers=headers, query=query).said
        except Refused as refused:
            if refused.status in {404, 410}:
                return None
            raise


def _list(body: bytes) -> list[Any]:
    """A list, which some answer with instead of an object. Raises ``Unreachable``."""
    try:
        found = read_json(b'{"list":' + body + b"}")["list"]
    except Unreadable as error:
        raise outside.Unreachable("not JSON") from error
    if not isinstance(found, list):
        raise outside.Unreachable("no object")
    return found
