"""Purchases: what would it earn, award it, read it again. What is paid with points is named by its codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Actor, for_read, visible
from accounts.errors import AmountTooLarge, Forbidden, Invalid, NotFound, WalaaError
from accounts.guessing import CODES, guessing
from accounts.models import Branch, Member
from accounts.money import MAX_MINOR
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.models import Purchase
from ledger.models.purchases import LineKind
from ledger.posting import post, quote
from ledger.queries import code_as_issued
from ledger.quoting import sign
from ledger.receipt import Receipt
from loyalty_site.api.answers import EarnedOutput, PurchaseOutput, PurchasePage, QuoteOutput, earned
from loyalty_site.api.fields import Amount, Code, Instant, Phone, Strict, Text, Whole, Yes
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, named, operation
from loyalty_site.api.pages import CURSOR, LIMIT, PageQuery, page_of

SOURCE: Final = "api"
MOST_LINES: Final = 500
SOURCE_NAME: Final = r"^[a-z0-9][a-z0-9._-]*$"
QUOTED: Final = "quote"
CODED: Final = ("points", "gift_card")
CODE_FIELDS: Final = ("code", "redemption_codes", "gift_cards")
"""How the ledger names the codes of an order, which stand among the tenders here."""
TENDERS: Final = ("cash", "card", "transfer", "instalments", "gift_card", "points", "other")


class LineShape(Strict):
    """One line of an order, VAT included."""

    amount = Amount()
    kind = serializers.ChoiceField(LineKind.choices, default=LineKind.GOODS)
    category = Code(required=False, default="", allow_blank=True, max_length=60)
    name = Text(required=False, default="", allow_blank=True, max_length=120)
    sku = Code(required=False, default="", allow_blank=True, max_length=64)
    quantity = Whole(required=False, default=1, min_value=1, max_value=100_000)


class TenderShape(Strict):
    """How a part was paid. Points are named by the code that reserved them; anything else earns alike.

    A gift card made here is named by its code, and pays its `amount` (or all that it holds and is due); one
    from elsewhere is a tender like cash.
    """

    type = serializers.ChoiceField([(name, name) for name in TENDERS])
    code = Code(required=False, max_length=16, help_text="The redemption's, or the gift card's.")
    amount = Amount(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Points need their code; gift cards may have one, and nothing else has."""
        if (attrs["type"] == "points" and "code" not in attrs) or (
            attrs["type"] not in CODED and "code" in attrs
        ):
            raise serializers.ValidationError(
                {"code": [_("A tender of points names its code, a gift card may; no other tender has one.")]},
                code="tender_code",
            )
        return attrs


class WhoAndWhat(Strict):
    """Whose order it is and what was bought: `amount` alone, or `lines`."""

    exactly_one = (("member", "phone", "external_id"), ("amount", "lines"))

    member = Code(required=False, max_length=12, help_text="Membership number.")
    phone = Phone(required=False)
    external_id = Code(required=False, help_text="Your own id of the member.")
    amount = Amount(required=False)
    lines = LineShape(many=True, required=False, max_length=MOST_LINES, allow_empty=False)  # type: ignore[call-arg] # of the list
    tenders = TenderShape(many=True, required=False, max_length=20)  # type: ignore[call-arg] # of the list
    currency = Code(required=False, max_length=3, help_text="The merchant's own, which is also the default.")
    occurred_at = Instant(required=False, help_text="When it was bought; now, if left out.")
    branch = Code(
        required=False, max_length=40, help_text="A branch's code; the key's own branch by default."
    )
    channel = Code(required=False, default="store", max_length=20)


class PurchaseInput(WhoAndWhat):
    """An order that was paid."""

    order = Code(help_text="The order's number: unique among the orders of one `source`.")
    source = Text(  # type: ignore[assignment] # a field of that name
        required=False,
        max_length=16,
        validators=[RegexValidator(SOURCE_NAME)],
        help_text="Who numbers the orders, where several tills or shops may use the same number: the same "
        "name at every retry, whatever key it is sent with. The order is then read and refunded with "
        "`source=api:<name>`; without it, `source=api`.",
    )
    quote = Code(
        required=False,
        default="",
        allow_blank=True,
        max_length=32,
        help_text="The `token` of a signed quote of this very order: it earns what was quoted.",
    )
    award = Yes(
        required=False,
        help_text="Only for a `manage` key. false: history only; true: earn although it is old.",
    )


class QuoteInput(WhoAndWhat):
    """An order that is about to be paid."""

    sign = Yes(
        required=False,
        default=False,
        help_text="Hold us to it: the answer brings a `token` to send with the purchase, within 15 minutes.",
    )


def event_of(operation: Operation, said: dict[str, Any], *, order: str) -> tuple[Member, PurchaseMade]:
    """Return the member and the event that a valid body tells of. Raises the gates' refusals."""
    actor = operation.actor
    if "award" in said and not actor.may("change", "facts"):
        raise Forbidden(field="award")
    name = next(name for name in ("member", "phone", "external_id") if name in said)
    with named(name):
        member = member_by(actor, {"number" if name == "member" else name: said[name]})
    occurred_at: datetime | None = said.get("occurred_at")
    return member, PurchaseMade(
        merchant_id=actor.merchant.pk,
        member_id=member.pk,
        occurred_at=occurred_at or operation.now,
        stamped=occurred_at is None,
        source=f"{SOURCE}:{said['source']}" if said.get("source") else SOURCE,
        key=order,
        actor=actor.label,
        currency=said.get("currency", actor.merchant.currency).upper(),
        lines=_lines(said),
        branch_id=branch_for(actor, said.get("branch")),
        channel=said["channel"],
        redemption_codes=tuple(code for code, _amount_minor in _coded(said, "points")),
        gift_cards=tuple(_coded(said, "gift_card")),
        award=said.get("award"),
        quote=said.get("quote", ""),
    )


def _coded(said: dict[str, Any], kind: str) -> Iterator[tuple[str, int]]:
    """The tenders of a kind that name a code, each with its amount, or 0 where none is said."""
    for tender in said.get("tenders", ()):
        if tender["type"] == kind and "code" in tender:
            yield code_as_issued(tender["code"]), tender.get("amount", 0)


def _lines(said: dict[str, Any]) -> tuple[LineItem, ...]:
    """Return the lines, or the one line that a plain amount is. Raises `Invalid`, `AmountTooLarge`."""
    given = said.get("lines") or [{"amount": said["amount"]}]
    lines = tuple(
        LineItem(line["amount"], **{name: value for name, value in line.items() if name != "amount"})
        for line in given
    )
    total = sum(line.amount_minor for line in lines)
    if total > MAX_MINOR:
        raise AmountTooLarge(field="lines")
    if not total:
        raise Invalid(field="lines" if "lines" in said else "amount")
    return lines


def branch_for(actor: Actor, code: str | None) -> int | None:
    """Return the branch where it happened. A key of one branch speaks for no other. Raises `NotFound`."""
    if code is None:
        return actor.branch_id
    branch = visible(actor, Branch.objects.all(), room="till").filter(code=code).first()
    if branch is None or actor.branch_id not in {None, branch.pk}:
        raise NotFound(field="branch")
    return branch.pk


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


SOURCE_OF: Final = OpenApiParameter(
    "source",
    {"type": "string", "minLength": 1, "maxLength": 20},
    description="Where the order came in: `api` (default), `api:<source>`, `till`, `import`, …",
)


class SourceQuery(Strict):
    """Through which door an order came."""

    source = Code(required=False, default=SOURCE, max_length=20)  # type: ignore[assignment] # a field of that name


def purchase_of(actor: Actor, order: str, source: str) -> Purchase:
    """Return one purchase with its lines. Raises `NotFound`."""
    rows = Purchase.objects.select_related("member", "branch", "pending_award").prefetch_related("lines")
    return for_read(actor, rows, room="till", external_id=order, source=source)


class ReadPurchase(Operation):
    """`GET /purchases/{order}`."""

    @operation(
        needs=("view", "till"),
        summary="Read a purchase",
        answers={200: PurchaseOutput},
        refuses=(404,),
        asks=[SOURCE_OF],
    )
    def get(self, request: Request, order: str) -> Response:
        """Return one purchase by its order number."""
        found = purchase_of(self.actor, order, self.query(SourceQuery)["source"])
        return self.answer(PurchaseOutput, found)


class PurchasesQuery(PageQuery):
    """Which purchases."""

    member = Code(required=False, max_length=12)


class ListPurchases(Operation):
    """`GET /purchases`."""

    @operation(
        needs=("view", "members"),
        summary="List purchases",
        answers={200: PurchasePage},
        refuses=(404,),
        asks=[OpenApiParameter("member", {"type": "string", "minLength": 1, "maxLength": 12}), LIMIT, CURSOR],
    )
    def get(self, request: Request) -> Response:
        """Return purchases, the newest first, page by page."""
        asked = self.query(PurchasesQuery)
        rows = visible(self.actor, Purchase.objects.all(), room="members")
        rows = rows.select_related("member", "branch", "pending_award").prefetch_related("lines")
        if "member" in asked:
            with named("member"):
                rows = rows.filter(member=member_by(self.actor, {"number": asked["member"]}))
        return self.answer(PurchasePage, page_of(rows, asked))
