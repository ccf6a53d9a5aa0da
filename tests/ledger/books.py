"""One member's dealings in short words; everything goes through ``post``."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from accounts.joining import join
from accounts.models import Member, Merchant, OutboxEvent
from ledger.event import LineItem
from ledger.events import (
    PointsAdjusted,
    PointsExpired,
    PurchaseMade,
    RedemptionClosed,
    RedemptionIssued,
    RefundMade,
)
from ledger.models import Balance, Lot, Movement, Purchase
from ledger.posting import post, quote
from ledger.proving.verifying import differences
from ledger.receipt import Receipt

START = datetime(2026, 1, 25, 9, 0, tzinfo=UTC)


@dataclass
class Books:
    """The dealings of ``member``; ``now`` is the moment of the next one."""

    member: Member
    now: datetime = START
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def merchant(self) -> Merchant:
        return self.member.merchant

    def said(self, prefix: str, key: str | None, at: datetime | None) -> dict[str, Any]:
        """What every event says."""
        return {
            "merchant_id": self.member.merchant_id,
            "member_id": self.member.pk,
            "occurred_at": at or self.now,
            "source": "till",
            "key": key or f"{prefix}-{self.member.pk}-{next(self.numbers)}",
            "actor": "test",
        }

    def order(
        self, *lines: int | LineItem, key: str | None = None, at: datetime | None = None, **facts: Any
    ) -> PurchaseMade:
        """An order of goods, amounts in halalas."""
        items = tuple(LineItem(line) if isinstance(line, int) else line for line in lines)
        return PurchaseMade(**self.said("order", key, at), lines=items, **facts)

    def buy(
        self, *lines: int | LineItem, key: str | None = None, at: datetime | None = None, **facts: Any
    ) -> Receipt:
        return post(self.order(*lines, key=key, at=at, **facts), now=self.now)

    def quote(self, *lines: int | LineItem, **facts: Any) -> Receipt:
        return quote(self.order(*lines, **facts), now=self.now)

    def earn(self, points: int, *, key: str | None = None) -> Receipt:
        """Earn points as Bronze does: one per SAR."""
        return self.buy(points * 100, key=key)

    def refund(
        self,
        order: str,
        amount_minor: int | None = None,
        *,
        lines: dict[int, int] | None = None,
        key: str | None = None,
        **facts: Any,
    ) -> Receipt:
        event = RefundMade(
            **self.said("refund", key, None),
            purchase_source="till",
            purchase_key=order,
            amount_minor=amount_minor,
            lines=tuple((lines or {}).items()),
            **facts,
        )
        return post(event, now=self.now)

    def issue(self, points: int | None = None, *, key: str | None = None, **facts: Any) -> Receipt:
        return post(RedemptionIssued(**self.said("issue", key, None), points=points, **facts), now=self.now)

    def close(self, code: str, outcome: str = "used", *, key: str | None = None, **facts: Any) -> Receipt:
        said = self.said("close", key, None)
        return post(RedemptionClosed(**said, code=code, outcome=outcome, **facts), now=self.now)

    def adjust(self, points: int, reason: str = "Sorry", **facts: Any) -> Receipt:
        return post(
            PointsAdjusted(**self.said("adjust", None, None), points=points, reason=reason, **facts),
            now=self.now,
        )

    def pass_time(self) -> Receipt:
        """Let die what is dead and renew what ended."""
        return post(PointsExpired(**(self.said("time", None, None) | {"key": ""})), now=self.now)

    def wait(self, **time: int) -> None:
        """Move on by some time."""
        self.now += timedelta(**time)

    def go_to(self, year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> None:
        """Move to an hour of a day in Riyadh."""
        self.now = datetime(year, month, day, hour, minute, tzinfo=self.merchant.timezone)

    @property
    def balance(self) -> Balance:
        return Balance.objects.get(pk=self.member.pk)

    @property
    def available(self) -> int:
        return self.balance.available

    def lots(self) -> list[tuple[int, int]]:
        """Points and what is left of every lot, in the order they came in."""
        return list(Lot.objects.filter(member=self.member).order_by("id").values_list("points", "remaining"))

    def moves(self) -> list[tuple[str, int]]:
        """Every movement in the order it was written."""
        return list(Movement.objects.filter(member=self.member).order_by("id").values_list("kind", "points"))

    def news(self, topic: str) -> list[dict[str, Any]]:
        rows = OutboxEvent.objects.filter(member_id=self.member.pk, topic=topic).order_by("id")
        return list(rows.values_list("payload", flat=True))


def bought(receipt: Receipt) -> Purchase:
    """The purchase a receipt answers for."""
    assert receipt.purchase_id
    return Purchase.objects.get(pk=receipt.purchase_id)


def moved(receipt: Receipt) -> Movement:
    """The movement a receipt answers for."""
    assert receipt.movement_id
    return Movement.objects.get(pk=receipt.movement_id)


def used(receipt: Receipt) -> list[int]:
    """The uses of lots that a receipt's movement made."""
    return list(moved(receipt).uses.order_by("id").values_list("points", flat=True))


def another(merchant: Merchant, phone: str, **fields: Any) -> Books:
    """Open the books of a further member."""
    member, _new = join(
        merchant=merchant, now=START, source="test", actor="test", quiet=True, phone=phone, **fields
    )
    return Books(member)


def prove(merchant: Merchant) -> None:
    """Insist that the books are right."""
    assert [str(found) for found in differences(merchant.pk)] == []
