"""Proving the books: every cache is recomputed from the entries, every seal from its rows (RULES 43).

Each proof is one or two set-based questions, so a year of purchases takes seconds; all of them see the books
at one moment, while others go on writing. A proof yields (what, where, stored, recomputed) for every row
where what is stored is not what the entries say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Model

from ledger.guards import missing_guards
from ledger.models import Balance, Lot, Movement, PostingKey, Purchase, Redemption, Refund, SealBlock
from ledger.proving import links, points, purchases, time
from ledger.proving.chains import broken_chains
from ledger.proving.finding import Proof, one_moment
from ledger.proving.heads import Head, lost_heads


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a stored figure is not what the entries say."""

    what: str
    row: str
    stored: object
    recomputed: object

    def __str__(self) -> str:
        return f"{self.what}: {self.row} holds {self.stored}, the entries say {self.recomputed}"


def first_difference(merchant_id: int | None = None, expected: Sequence[Head] = ()) -> Difference | None:
    """The first difference, of one merchant or of all; None when the books are right.

    ``expected`` are heads the merchant was sent: a chain that lacks one has lost its newest blocks.
    """
    with one_moment():
        return next(_differences(merchant_id, expected), None)


def differences(merchant_id: int | None = None) -> list[Difference]:
    """Every difference, of one merchant or of all."""
    with one_moment():
        return list(_differences(merchant_id, ()))


def _differences(merchant_id: int | None, expected: Sequence[Head]) -> Iterator[Difference]:
    """The guards are asked first, the seals last: a figure says more than a hash."""
    for name in missing_guards(connection):
        yield Difference("guard", name, "absent or disabled", "in place")
    for proof in PROOFS:
        for found in proof({} if merchant_id is None else {"merchant_id": merchant_id}):
            yield Difference(*found)
    for found in lost_heads(expected):
        yield Difference(*found)


def counts(merchant_id: int | None = None) -> dict[str, int]:
    """How many rows were proved, by kind."""
    scope = {} if merchant_id is None else {"merchant_id": merchant_id}
    models: tuple[type[Model], ...] = (
        *(Balance, Purchase, Refund, Redemption, Movement, Lot, PostingKey, SealBlock),
    )
    return {model._meta.model_name or "": model._default_manager.filter(**scope).count() for model in models}


PROOFS: Final[tuple[Proof, ...]] = (
    *(points.lots, points.movements, points.balances),
    *(points.tiers, points.redemptions),
    *(purchases.purchases, purchases.awards, purchases.refunds),
    *(purchases.keys, time.pending_points, time.last_days),
    *(links.links, broken_chains),
)
