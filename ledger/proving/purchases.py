"""Proving purchases and refunds: totals, awards and keys (RULES 43)."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Final

from django.db import connection
from django.db.models import Exists, Model, OuterRef

from ledger.models import Movement, PendingAward, PostingKey, Purchase, PurchaseLine, Refund, RefundLine
from ledger.models.movements import MovementKind
from ledger.proving.finding import Found, Scope, Sums, points_of, rows_of, wrong_rows

LEFT: Final = 'sum(s."left")'
EARNED: Final = points_of(Movement, "purchase_id", "opened", f"s.kind = '{MovementKind.EARN.value}'")
CLAWED: Final = points_of(Movement, "refund_id", "moved", f"s.kind = '{MovementKind.CLAWBACK.value}'")
BACK: Final = Sums(
    Refund,
    "purchase_id",
    {
        "back": "sum(s.amount_minor)",
        "spend": "sum(s.spend_minor)",
        "clawed": "sum(s.clawback_points)",
        "cancelled": "sum(s.pending_points)",
    },
)
TOTALS: Final = (
    ("total_minor", "{total}"),
    ("refunded_minor", "{back}"),
    ("refunded_spend_minor", "{spend}"),
    ("clawed_points", "{clawed}"),
    ("points", "{opened} + {waits} + {cancelled}"),
)
"""What a purchase says, and what its lines, refunds and movements say."""


def purchases(scope: Scope) -> Iterator[Found]:
    """A purchase's totals are its lines' and its refunds'; what it earned moved, waits, or was cancelled."""
    sums = [
        Sums(PurchaseLine, "purchase_id", {"total": "sum(s.amount_minor)"}),
        Sums(PendingAward, "purchase_id", {"waits": LEFT}),
        *(BACK, EARNED),
    ]
    wrong = " OR ".join(f"o.{name} <> {again}" for name, again in TOTALS)
    shown = ["o.member_id", *(column for name, again in TOTALS for column in (f"o.{name}", again))]
    for pk, member, *found in wrong_rows(Purchase, wrong, shown=shown, scope=scope, sums=sums):
        for place, (name, _again) in enumerate(TOTALS):
            stored, again = found[2 * place : 2 * place + 2]
            if stored != again:
                yield f"purchase, {name}", f"purchase {pk} of member {member}", stored, again


def awards(scope: Scope) -> Iterator[Found]:
    """An award is the floor of its lines' exact points.

    The database adds them up roughly and passes what cannot be wrong; the rest is added up exactly.
    """
    for (pk, points), group in groupby(rows_of(_doubtful_lines(scope)), key=itemgetter(0, 1)):
        exact = sum((Fraction(text) for _pk, _points, text in group), Fraction(0))
        if exact.numerator // exact.denominator != points:
            yield "award", f"purchase {pk}", points, str(exact)


def _doubtful_lines(scope: Scope) -> str:
    """SQL for the lines of the awards that are wrong, or too near to a whole number to be told roughly."""
    slash = {"sqlite": "instr(s.points_exact, '/')", "postgresql": "strpos(s.points_exact, '/')"}
    at = slash[connection.vendor]
    above = f"CAST(substr(s.points_exact, 1, {at} - 1) AS double precision)"
    below = f"CAST(substr(s.points_exact, {at} + 1) AS double precision)"
    roughly = f"CASE WHEN {at} = 0 THEN CAST(s.points_exact AS double precision) ELSE {above} / {below} END"
    mine = f"WHERE {scope.sql('p')}" if scope.sql("p") else ""
    lines = "ledger_purchaseline s JOIN ledger_purchase p ON p.id = s.purchase_id"
    return f"""
    WITH rough AS (
        SELECT s.purchase_id AS id, p.points, sum({roughly}) AS earned, max({at}) AS parts
        FROM {lines} {mine} GROUP BY s.purchase_id, p.points
    )
    SELECT s.purchase_id, rough.points, s.points_exact
    FROM rough JOIN ledger_purchaseline s ON s.purchase_id = rough.id
    WHERE CASE WHEN rough.parts = 0 THEN rough.earned <> rough.points
        ELSE rough.earned - 0.0001 < rough.points OR rough.earned + 0.0001 >= rough.points + 1 END
    ORDER BY s.purchase_id"""  # noqa: S608 (our own names and an integer)


def refunds(scope: Scope) -> Iterator[Found]:
    """A refund is the sum of its lines; its clawback was cancelled, taken, owed, borne or withheld."""
    sums = [Sums(RefundLine, "refund_id", {"total": "sum(s.amount_minor)"}), CLAWED]
    owed = "o.pending_points - o.clawback_points"
    wrong = f"o.amount_minor <> {{total}} OR {{moved}} NOT IN ({owed}, {owed} + o.shortfall_points)"
    shown = ("o.purchase_id", "o.amount_minor", owed, "{total}", "{moved}")
    for pk, purchase, amount, points, total, moved in wrong_rows(
        Refund, wrong, shown=shown, scope=scope, sums=sums
    ):
        yield "refund", f"refund {pk} of purchase {purchase}", (amount, points), (total, moved)


def keys_of_purchases(scope: Scope) -> Iterator[Found]:
    """Every purchase has the key under which it came."""
    yield from _keys(Purchase, "purchase", scope)


def keys_of_refunds(scope: Scope) -> Iterator[Found]:
    """Every refund has the key under which it came."""
    yield from _keys(Refund, "refund", scope)


def _keys(model: type[Model], kind: str, scope: Scope) -> Iterator[Found]:
    found = PostingKey.objects.filter(
        merchant=OuterRef("merchant"), source=OuterRef("source"), kind=kind, key=OuterRef("external_id")
    )
    rows = model._default_manager.filter(~Exists(found), scope.rows()).order_by("pk")
    for pk, number in rows.values_list("pk", "external_id"):
        yield "key", f"{kind} {pk}", "no key", number
