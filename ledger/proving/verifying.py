"""Proving the books: every cache is recomputed from the entries, every seal from its rows (RULES 43).

Each proof is one or two set-based questions, so a year of purchases takes seconds; all of them see the books
at one moment, while others go on writing. A proof yields (what, where, stored, recomputed) for every row
where what is stored is not what the entries say.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Model

from ledger.guards import faulty_guards
from ledger.models import Balance, Lot, Movement, PostingKey, Purchase, Redemption, Refund, SealBlock
from ledger.proving import (
    contests,
    events,
    giving,
    goals,
    links,
    memberships,
    points,
    purchases,
    referrals,
    rewards,
    time,
)
from ledger.proving.chains import broken_chains
from ledger.proving.finding import Proof, Scope, one_moment
from ledger.proving.heads import Head, lost_heads
from ledger.writing.post_function import faulty_function, function

DOORS: Final = ("guard", "posting function")
"""What the database itself does; a difference there is none of figures."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a stored figure is not what the entries say."""

    what: str
    row: str
    stored: object
    recomputed: object

    def __str__(self) -> str:
        if self.what in DOORS:
            return f"{self.what}: {self.row} is {self.stored}. Run manage.py install_guards."
        return f"{self.what}: {self.row} holds {self.stored}, the entries say {self.recomputed}"


def first_difference(merchant_id: int | None = None, expected: Sequence[Head] = ()) -> Difference | None:
    """The first difference, of one merchant or of all; None when the books are right.

    ``expected`` are heads the merchant was sent: a chain that lacks one has lost its newest blocks.
    """
    with one_moment():
        return next(_differences(merchant_id, expected), None)


def first_of_members(scope: Scope) -> Difference | None:
    """The first difference in what belongs to the members of a scope."""
    with one_moment():
        return next(_found(PROOFS_OF_MEMBERS, scope), None)


def first_of_the_rest(merchant_id: int, expected: Sequence[Head]) -> Difference | None:
    """The first difference in what belongs to no member: guards, refunds, the chain and its heads."""
    with one_moment():
        return next(_of_the_rest(Scope(merchant_id), expected), None)


def differences(merchant_id: int | None = None) -> list[Difference]:
    """Every difference, of one merchant or of all."""
    with one_moment():
        return list(_differences(merchant_id, ()))


def _differences(merchant_id: int | None, expected: Sequence[Head]) -> Iterator[Difference]:
    """The seals are asked last: a figure says more than a hash."""
    yield from unguarded()
    yield from _found(PROOFS_OF_MEMBERS, Scope(merchant_id))
    yield from _found(PROOFS_OF_THE_REST, Scope(merchant_id))
    yield from (Difference(*found) for found in lost_heads(expected))


def _of_the_rest(scope: Scope, expected: Sequence[Head]) -> Iterator[Difference]:
    yield from unguarded()
    yield from _found(PROOFS_OF_THE_REST, scope)
    yield from (Difference(*found) for found in lost_heads(expected))


def _found(proofs: Iterable[Proof], scope: Scope) -> Iterator[Difference]:
    for proof in proofs:
        yield from (Difference(*found) for found in proof(scope))


def unguarded() -> Iterator[Difference]:
    """What the database itself must refuse or do, and would not."""
    for name, standing in faulty_guards(connection):
        yield Difference(DOORS[0], name, standing, "in place")
    if standing := faulty_function(connection):
        yield Difference(DOORS[1], function().name, standing, "in place")


def counts(merchant_id: int | None = None) -> dict[str, int]:
    """How many rows were proved, by kind."""
    scope = Scope(merchant_id)
    models: tuple[type[Model], ...] = (
        *(Balance, Purchase, Refund, Redemption, Movement, Lot, PostingKey, SealBlock),
    )
    return {
        model._meta.model_name or "": model._default_manager.filter(scope.rows()).count() for model in models
    }


PROOFS_OF_MEMBERS: Final[tuple[Proof, ...]] = (
    *(points.lots, points.movements, points.balances),
    *(points.tiers, points.redemptions),
    *(purchases.purchases, purchases.keys_of_purchases),
    *(time.pending_points, time.last_days, links.links_of_members),
    *(giving.gifts, giving.shares, giving.clearing),
    *(events.occurrences, rewards.gift_cards, rewards.begun_by_codes),
    *(goals.counts, goals.achievements, goals.brought),
    *(memberships.memberships, memberships.fees),
)
"""What can be proved of some members without the others."""
PROOFS_OF_THE_REST: Final[tuple[Proof, ...]] = (
    *(purchases.refunds, purchases.keys_of_refunds),
    *(contests.places, contests.prizes),
    *(giving.owed, giving.places, referrals.referrals),
    *(events.budgets, rewards.stocks, links.links_of_the_rest, broken_chains),
)
