"""What came back of a shop's order, brought to the books: by its numbers and lines, then whatever is missing.

What the books say was taken back decides, so doing it twice, or after a crash in between, changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ledger.events import RefundMade
from ledger.models import Purchase, PurchaseLine, RefundLine, ShopOrder
from ledger.models import Refund as RefundRow
from ledger.posting import post
from ledger.shops import results
from ledger.shops.told import Order, Refund, Status


def take_back(
    order: ShopOrder,
    purchase: Purchase,
    at: datetime,
    now: datetime,
    told: Order | None = None,
) -> str:
    """Take back what came back and is not taken back yet: by their numbers, then what is missing."""
    before, target = purchase.refunded_minor, _came_back(order, purchase, told)
    at = max(purchase.occurred_at, min(at, now))
    for number, noted in sorted(order.refunds.items()):
        if not noted.get("posted"):
            _post_refund(order, purchase, number, noted, target, at, now)
            noted["posted"] = True
    if target > purchase.refunded_minor:
        noted = {"minor": target, "lines": {}}
        _post_refund(order, purchase, f"to-{target}", noted, target, at, now)
    return results.REFUNDED if purchase.refunded_minor > before else ""


def _came_back(order: ShopOrder, purchase: Purchase, told: Order | None) -> int:
    """How much of the purchase has come back in all. An order that became cheaper lost what it lost."""
    if is_undone(order):
        return purchase.total_minor
    listed = sum(int(noted["minor"]) for noted in order.refunds.values())
    said = told.refunded_minor if told is not None else 0
    if told is not None and not (said or listed):
        said = purchase.total_minor - purchase.points_paid_minor - told.total_minor
    return min(max(listed, said, purchase.refunded_minor), purchase.total_minor)


def _post_refund(
    order: ShopOrder,
    purchase: Purchase,
    number: str,
    noted: dict[str, Any],
    target: int,
    at: datetime,
    now: datetime,
) -> None:
    """Post one refund, never beyond ``target``; by its lines, if these are known and have that much left."""
    amount = min(int(noted["minor"]), target - purchase.refunded_minor)
    number = f"{order.order_key[:40]}:{number}"[:64]
    known = RefundRow.objects.filter(
        merchant=purchase.merchant_id, source=purchase.source, external_id=number
    ).exists()
    if amount <= 0 or known:
        return
    lines = _lines_of(order, purchase, noted) if amount == int(noted["minor"]) else ()
    event = RefundMade(
        merchant_id=purchase.merchant_id,
        member_id=purchase.member_id,
        occurred_at=at,
        stamped=True,
        source=purchase.source,
        key=number,
        actor=f"shop:{purchase.source}",
        purchase_source=purchase.source,
        purchase_key=purchase.external_id,
        amount_minor=None if lines else amount,
        lines=lines,
    )
    post(event, now=now)
    purchase.refresh_from_db(fields=["refunded_minor"])


def _lines_of(order: ShopOrder, purchase: Purchase, noted: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    """The positions and amounts of a refund's lines; nothing where one of them cannot give that much."""
    named = noted.get("lines") or {}
    if not named:
        return ()
    rows = dict(PurchaseLine.objects.filter(purchase=purchase).values_list("position", "amount_minor"))
    for position, back in RefundLine.objects.filter(line__purchase=purchase).values_list(
        "line__position", "amount_minor"
    ):
        rows[position] -= back
    places = {key: place for place, key in enumerate(order.lines, start=1) if key}
    found = tuple((places.get(key, 0), int(part)) for key, part in named.items())
    return found if all(part <= rows.get(position, 0) for position, part in found) else ()


def note_refunds(order: ShopOrder, told: Iterable[Refund]) -> None:
    """Note refunds that have a number, each once."""
    for one in told:
        order.refunds.setdefault(one.key, {"minor": one.amount_minor, "lines": dict(one.lines)})


def is_undone(order: ShopOrder) -> bool:
    """Whether nothing of the order stands."""
    return order.is_gone or order.status == Status.CANCELLED


def was_cancelled(order: ShopOrder, purchase: Purchase) -> bool:
    """Whether all of it was taken back although its order goes on and nobody returned all of it."""
    listed = sum(int(noted["minor"]) for noted in order.refunds.values())
    return not is_undone(order) and listed < purchase.total_minor <= purchase.refunded_minor
