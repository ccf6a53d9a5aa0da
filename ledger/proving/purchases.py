"""Proving purchases and refunds: totals, awards and keys (RULES 43)."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from django.db import connection
from django.db.models import Exists, Model, OuterRef

from ledger.models import Movement, PendingAward, PostingKey, Purchase, PurchaseLine, Refund, RefundLine
from ledger.models.movements import MovementKind
from ledger.proving.finding import Found, Scope, Sums, points_of, wrong_rows

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
TEN_THOUSAND: Final = 10_000
"""Of a point: how roughly awards are added up."""
AT_ONCE: Final = 500
TOTALS: Final = (
    ("total_minor", "{total}"),
    ("refunded_minor", "{back}"),
    ("refunded_spend_minor", "{spend}"),
    ("clawed_points", "{clawed}"),
    ("points", "{opened} + {waits} + {cancelled}"),
)
"""What a purchase says, and what its lines, refunds and movements say."""


def purchases(scope: Scope) -> Iterator[Found]:
    """A purchase's totals are its lines' and its refunds'; what it earned moved, waits, or was cancelled.

    An award is the floor of its lines' exact points. The database adds them up roughly and passes what cannot
    be wrong; the rest is added up exactly.
    """
    roughly, parts = _rough()
    lines = {
        "total": "sum(s.amount_minor)",
        "rough": f"{TEN_THOUSAND} * sum({roughly})",
        "parts": f"max({parts})",
    }
    sums = [
        Sums(PurchaseLine, "purchase_id", lines),
        Sums(PendingAward, "purchase_id", {"waits": LEFT}),
        *(BACK, EARNED),
    ]
    differ = " OR ".join(f"o.{name} <> {again}" for name, again in TOTALS)
    stands = f"{TEN_THOUSAND} * o.points"
    doubtful = (
        f"CASE WHEN {{parts}} = 0 THEN {{rough}} <> {stands}"
        f" ELSE {{rough}} - 2 < {stands} OR {{rough}} + 2 >= {stands} + {TEN_THOUSAND} END"
    )
    shown = [
        "o.member_id",
        "o.points",
        *(column for name, again in TOTALS for column in (f"o.{name}", again)),
    ]
    wrong = wrong_rows(Purchase, f"{differ} OR {doubtful}", shown=shown, scope=scope, sums=sums)
    for pk, member, _points, *found in wrong:
        for place, (name, _again) in enumerate(TOTALS):
            stored, again = found[2 * place : 2 * place + 2]
            if stored != again:
                yield f"purchase, {name}", f"purchase {pk} of member {member}", stored, again
    yield from _awards({pk: points for pk, _member, points, *_found in wrong})


def _awards(awarded: dict[int, int]) -> Iterator[Found]:
    """Add the lines of these purchases up exactly; yields the awards that differ."""
    for pks in _pieces(list(awarded)):
        exact = dict.fromkeys(pks, Fraction(0))
        lines = PurchaseLine.objects.filter(purchase__in=pks).order_by("purchase_id", "pk")
        for pk, text in lines.values_list("purchase_id", "points_exact"):
            exact[pk] += Fraction(text)
        for pk, found in exact.items():
            if found.numerator // found.denominator != awarded[pk]:
                yield "award", f"purchase {pk}", awarded[pk], str(found)


def _pieces(pks: list[int]) -> Iterator[list[int]]:
    return (pks[place : place + AT_ONCE] for place in range(0, len(pks), AT_ONCE))


def _rough() -> tuple[str, str]:
    """SQL of a line's points, roughly, and of the place of the bar if they are written as a fraction."""
    at = {"sqlite": "instr(s.points_exact, '/')", "postgresql": "strpos(s.points_exact, '/')"}[
        connection.vendor
    ]
    above = f"CAST(substr(s.points_exact, 1, {at} - 1) AS double precision)"
    below = f"CAST(substr(s.points_exact, {at} + 1) AS double precision)"
    return f"CASE WHEN {at} = 0 THEN CAST(s.points_exact AS double precision) ELSE {above} / {below} END", at


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
    yield from keys_of(Purchase, "purchase", scope)


def keys_of_refunds(scope: Scope) -> Iterator[Found]:
    """Every refund has the key under which it came."""
    yield from keys_of(Refund, "refund", scope)


def keys_of(model: type[Model], kind: str, scope: Scope) -> Iterator[Found]:
    """Every row of ``model`` has the key of its kind."""
    found = PostingKey.objects.filter(
        merchant=OuterRef("merchant"), source=OuterRef("source"), kind=kind, key=OuterRef("external_id")
    )
    rows = model._default_manager.filter(~Exists(found), scope.rows()).order_by("pk")
    for pk, number in rows.values_list("pk", "external_id"):
        yield "key", f"{kind} {pk}", "no key", number
