"""The same dealings written by either writer, on either database, and the books they leave to compare.

Run as a program it tells the stories of some seeds on an SQLite file of its own, and prints the books.
"""

import contextlib
import json
import re
import sys
from datetime import date, datetime
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import ForeignKey, Model

from accounts.errors import WalaaError
from accounts.models import Branch, Member, Merchant
from ledger.models import Balance, Movement, Purchase, Redemption, Refund
from ledger.writing.writer import ORDER
from programs.models import NegativePolicy, ProgrammeVersion, Reward
from programs.queries import forget_terms
from tests.cast import open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.collected import collect_in
from tests.ledger.test_sequences import Story

AROUND: tuple[type[Model], ...] = (Merchant, Branch, Member, ProgrammeVersion, Reward)
NAMED = {"purchase_id": Purchase, "movement_id": Movement, "redemption_id": Redemption, "refund_id": Refund}
NAMED |= {"member_id": Member}
HASHES = {"body_sha256"}
"""Of bodies that hold surrogate ids and drawn codes."""


class Dealings(Story):
    """A member's life; what is refused is refused either way."""

    def tell(self, step: tuple[Any, ...]) -> None:
        name, *facts = step
        with contextlib.suppress(WalaaError):
            getattr(self, name)(*facts)


def tell(seed: int, steps: int = 24) -> dict[str, Any]:
    """Tell a random story of two members and return the books; nothing of it remains."""
    forget_terms()
    draw = Random(seed)
    with transaction.atomic():
        shop = open_shop(
            "oasis", "0501234567",
            negative_policy=draw.choice(NegativePolicy.values), expiry_months=draw.choice([1, 12]),
        )  # fmt: skip
        if seed % 2:
            collect_in(shop.version)
        stories = [Dealings(Books(shop.member)), Dealings(another(shop.merchant, "0500000002"))]
        for _step in range(steps):
            draw.choice(stories).tell(_step_of(draw))
        prove(shop.merchant)
        books = everything()
        transaction.set_rollback(True)
    return books


def _step_of(draw: Random) -> tuple[Any, ...]:
    which = draw.randrange(4)
    steps: tuple[tuple[Any, ...], ...] = (
        *(("buy", draw.randint(1, 300_000)), ("buy", draw.randint(1, 300_000))),
        ("buy_late", draw.randint(1, 200_000), draw.randint(1, 400)),
        ("buy_with_code", draw.randint(1, 50_000)),
        ("again", which),
        ("refund", which, draw.randint(1, 200_000)),
        ("refund_all", which),
        *(("issue", draw.choice([None, 500, 1000])), ("issue", 500)),
        ("close", which, draw.choice(["used", "cancelled"])),
        ("adjust", draw.choice([-400, -30, 20, 800])),
        ("wait", draw.choice([0, 1, 20, 100])),
        ("night",),
    )
    return draw.choice(steps)


def everything() -> dict[str, Any]:
    """Every row of every table that postings fill, ids replaced by their rank."""
    ranks: dict[type[Model], dict[int, int]] = {
        model: {pk: rank for rank, pk in enumerate(_pks(model), start=1)} for model in (*AROUND, *ORDER)
    }
    codes = dict(Redemption.objects.values_list("code", "pk"))
    known = _Known(ranks, {code: ranks[Redemption][pk] for code, pk in codes.items()})
    tables: tuple[type[Model], ...] = (*ORDER, Balance)
    found = {
        model._meta.db_table: [known.row(row) for row in model._default_manager.order_by("pk")]
        for model in tables
    }
    plain: dict[str, Any] = json.loads(json.dumps(found, sort_keys=True))
    return plain


def _pks(model: type[Model]) -> list[int]:
    return list(model._default_manager.order_by("pk").values_list("pk", flat=True))


class _Known:
    """What surrogate ids and drawn codes stand for."""

    def __init__(self, ranks: dict[type[Model], dict[int, int]], codes: dict[str, int]) -> None:
        self.ranks, self.codes = ranks, codes

    def row(self, row: Model) -> dict[str, Any]:
        return {
            field.attname: self._column(row, field)
            for field in row._meta.concrete_fields
            if field.attname not in HASHES
        }

    def _column(self, row: Model, field: Any) -> Any:
        value = getattr(row, field.attname)
        if field.primary_key and type(row) in self.ranks:
            return self.ranks[type(row)][value]
        if isinstance(field, ForeignKey) and value is not None:
            return self.ranks[field.related_model][value]
        return self.value(field.attname, value)

    def value(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.value(key, part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.value("", part) for part in value]
        if name in NAMED and value is not None:
            return self.ranks[NAMED[name]][value]
        if isinstance(value, datetime | date):
            return value.isoformat()
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        """A text without a drawn code, or a member's id in a key (``issue-7-3``)."""
        before, colon, code = text.rpartition(":")
        if code in self.codes:
            return f"{before}{colon}code {self.codes[code]}"
        found = re.fullmatch(r"([a-z]+)-(\d+)-(\d+)", text)
        if found is None or int(found[2]) not in self.ranks[Member]:
            return text
        return f"{found[1]}-{self.ranks[Member][int(found[2])]}-{found[3]}"


if __name__ == "__main__":
    from django.conf import settings

    assert settings.TESTING
    print(json.dumps([tell(int(seed)) for seed in sys.argv[1:]]))
