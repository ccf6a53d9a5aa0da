"""Where calls are made and refusals looked at: exactly so, in both languages, and nothing written."""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.cache import cache
from django.db import transaction

from accounts.models.keys import Scope
from tests.api.conftest import Caller
from tests.cast import Cast, make_key
from tests.faults.calls import GOOD, Row, changed, refusal, told
from tests.faults.conftest import everything
from tests.faults.declared import operations
from tests.faults.ground import ground
from tests.faults.touched import touched

ARABIC = re.compile(r"[\u0600-\u06ff]")
TRIES = "accounts_logincode"
"""A wrong one-time code is counted: that is what is written of a refusal."""


class Desk:
    """Makes calls and looks at how they are refused: exactly so, in both languages, and nothing written."""

    def __init__(self, stage: Cast) -> None:
        self.stage, self.words = stage, ground(stage)
        self.practice = {
            scope: make_key(stage.shop.merchant, scope, is_sandbox=True) for scope in Scope.values
        }
        self.before = self.held()

    def held(self, tables: Collection[str] | None = None) -> dict[str, Any]:
        """What the tables hold, but for the one that counts wrong codes."""
        return {table: rows for table, rows in everything(tables).items() if table != TRIES}

    def ask(self, name: str, changes: dict[str, Any], language: str = "en") -> tuple[Any, bool]:
        """Make a good call, changed, and take it back; its answer, and whether it wrote anything."""
        return self.take_back(lambda: self.make(name, changes, language))

    def take_back(self, call: Callable[[], Any]) -> tuple[Any, bool]:
        """Take back what a call does; its answer, and whether it wrote anything."""
        with self.tried():
            with touched() as tables:
                answer = call()
            return answer, not self.held(tables).items() <= self.before.items()

    @contextmanager
    def tried(self) -> Iterator[None]:
        """Take back what is done meanwhile."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def make(self, name: str, changes: dict[str, Any], language: str = "en") -> Any:
        """Make a good call, changed."""
        cache.clear()
        call, scope = GOOD[name], changes.get("key", "manage")
        keys = self.practice if call.practice and not changes.get("real") else self.stage.shop.keys
        caller = Caller(keys[scope] if scope else "", language)
        path, body = changed(call, changes, self.words)
        if body is None:
            return caller.client.get(f"/api/v1/{path}")
        method = operations()[name.partition(":")[0]].method
        return caller.send(method, path, body, once=changes.get("once", "once-1"))

    def look(
        self, name: str, changes: dict[str, Any], expected: str, languages: tuple[str, ...] = ("en", "ar")
    ) -> list[str]:
        """Say what is wrong with the refusal of a call; whatever it did is taken back."""
        shown, wrong = f"{name} {changes!s:.120}", []
        for language in languages:
            answer, has_written = self.ask(name, changes, language)
            if has_written:
                wrong.append(f"{shown}: something was written")
            if told(answer) != expected:
                return [f"{shown}: {told(answer)}, not {expected}"]
            said = refusal(answer) or {}
            sentences = [said["title"], *(error["message"] for error in said["errors"])]
            if any(bool(ARABIC.search(text)) != (language == "ar") for text in sentences):
                wrong.append(f"{shown}: {sentences} in {language}")
        return wrong

    def look_at(self, rows: list[Row], operation: str) -> None:
        """Insist that every row of one operation is refused as it says."""
        mine = [row for row in rows if row[0].partition(":")[0] == operation]
        wrong = [line for row in mine for line in self.look(*row)]
        assert not wrong, "\n".join(wrong)


def operations_of(rows: list[Row]) -> list[str]:
    """The operations that a table speaks of."""
    return sorted({name.partition(":")[0] for name, _changes, _answer in rows})
