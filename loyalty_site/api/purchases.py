"""Purchases: what would it earn, and awarding it. What is paid with points is named by its codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_read
from accounts.errors import Forbidden, NotFound, WalaaError
from accounts.guessing import CODES, guessing
from ledger.models import Purchase
from ledger.posting import post, quote
from ledger.quoting import sign
from ledger.receipt import Receipt
from loyalty_site.api.answers import EarnedOutput, QuoteOutput, earned
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.orders import PurchaseInput, QuoteInput, event_of

QUOTED: Final = "quote"
CODE_FIELDS: Final = ("code", "redemption_codes", "gift_cards")
"""How the ledger names the codes of an order, which stand among the tenders here."""


class NamesCodes(Operation):
    """An operation in which codes and tokens may be named, and guessed at."""

    @contextmanager
    def naming_codes(self, said: dict[str, Any]) -> Iterator[None]:
        """Count an order that names what is not there, and say where it names it. Raises `TooMany`."""
        codes = [place for place, tender in enumerate(said.get("tenders", ())) if "code" in tender]
        if not codes and not said.get("quote"):
            yield
            return
        try:
            with guessing(CODES, self.actor.label, now=self.now, wrong=NotFound):
                yield
        except WalaaError as error:
            if error.field in CODE_FIELDS:
                error.field = f"tenders/{codes[0]}/code" if len(codes) == 1 else "tenders"
            raise


class QuotePurchase(NamesCodes):
    """`POST /purchases/quote`."""

    @operation(
        needs=("view", "till"),
        summary="Say what an order would earn",
        takes=QuoteInput,
        answers={200: QuoteOutput},
        refuses=(404, 409),
        examples=[
            OpenApiExample("A plain amount", {"member": "M-7KPX3WQ", "amount": "100.00"}, request_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        """Price an order and write nothing: the award that follows is equal, to the point and the reason.

        With `sign` the answer is kept: the purchase sent with its `token` earns exactly this, once, whatever
        is published meanwhile, and a once-only bonus in it is offered to no other order until it lapses.
        """
        said = self.body(QuoteInput)
        member, event = event_of(self, said, order=QUOTED)
        if not said["sign"]:
            with self.naming_codes(said):
                receipt = quote(event, now=self.now)
            return self.answer(QuoteOutput, earned(receipt, member, event))
        if not self.actor.may("change", "till"):
            raise Forbidden(field="sign")
        with self.naming_codes(said):
            signed = sign(event, now=self.now)
        held = {"token": signed.token, "expires_at": signed.expires_at}
        return self.answer(QuoteOutput, earned(signed.receipt, member, event) | held)


class RecordPurchase(NamesCodes):
    """`POST /purchases`."""

    @operation(
        needs=("change", "till"),
        summary="Record a purchase",
        takes=PurchaseInput,
        answers={201: EarnedOutput},
        refuses=(404, 409),
        names={"key": "order"},
        examples=[
            OpenApiExample(
                "A plain amount",
                {"order": "A-1001", "phone": "0501234567", "amount": "99.99"},
                request_only=True,
            ),
            OpenApiExample(
                "Lines, 25 SAR of them paid with points",
                {
                    "order": "A-1002",
                    "member": "M-7KPX3WQ",
                    "lines": [
                        {"amount": "60.00", "category": "coffee", "name": "بن", "quantity": 2},
                        {"amount": "20.00", "kind": "shipping"},
                    ],
                    "tenders": [
                        {"type": "points", "code": "BCDFGHJK"},
                        {"type": "card", "amount": "55.00"},
                    ],
                    "occurred_at": "2026-11-20T21:15:00+03:00",
                },
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Award what the order earns, once. The order number is the key, within its `source`.

        The same order sent again, from anywhere and however often, has the first answer again; with another
        content it is refused with `key_conflict` and nothing is written.
        """
        said = self.body(PurchaseInput)
        member, event = event_of(self, said, order=said["order"])
        with self.naming_codes(said):
            receipt = post(event, now=self.now)
        if receipt.repeated:
            event = replace(event, occurred_at=self.first_time(receipt))
        shown = earned(receipt, member, event)
        return self.answer(EarnedOutput, shown, 201, replayed=receipt.repeated)

    def first_time(self, receipt: Receipt) -> datetime:
        """Return when the order occurred as first told, so that a retry without a time reads the same."""
        rows = Purchase.objects.all()
        return for_read(self.actor, rows, room="till", pk=receipt.purchase_id).occurred_at
