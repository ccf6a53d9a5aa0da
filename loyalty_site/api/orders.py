"""Orders as callers tell them, and the events they become: one order alone, or one of many."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Final

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.access import Actor, visible
from accounts.errors import AmountTooLarge, Forbidden, Invalid, NotFound
from accounts.models import Branch, Member
from accounts.money import MAX_MINOR
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.models.purchases import LineKind
from ledger.queries import code_as_issued
from loyalty_site.api.fields import Amount, Code, EachByItself, Instant, Phone, Strict, Text, Whole, Yes
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, named

SOURCE: Final = "api"
MOST_LINES: Final = 500
SOURCE_NAME: Final = r"^[a-z0-9][a-z0-9._-]*$"
CODED: Final = ("points", "gift_card")
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


class WhatWasSold(Strict):
    """What was bought: `amount` alone, or `lines`."""

    exactly_one: ClassVar[tuple[tuple[str, ...], ...]] = (("amount", "lines"),)

    amount = Amount(required=False)
    lines = LineShape(many=True, required=False, max_length=MOST_LINES, allow_empty=False)  # type: ignore[call-arg] # of the list
    currency = Code(required=False, max_length=3, help_text="The merchant's own, which is also the default.")
    occurred_at = Instant(required=False, help_text="When it was bought; now, if left out.")
    branch = Code(
        required=False, max_length=40, help_text="A branch's code; the key's own branch by default."
    )
    channel = Code(required=False, default="store", max_length=20)


class WhoAndWhat(WhatWasSold):
    """Whose order it is and what was bought: `amount` alone, or `lines`."""

    exactly_one = (("member", "phone", "external_id"), ("amount", "lines"))

    member = Code(required=False, max_length=12, help_text="Membership number.")
    phone = Phone(required=False)
    external_id = Code(required=False, help_text="Your own id of the member.")
    tenders = TenderShape(many=True, required=False, max_length=20)  # type: ignore[call-arg] # of the list


class OrderName(Strict):
    """How an order is called."""

    order = Code(help_text="The order's number: unique among the orders of one `source`.")
    source = Text(  # type: ignore[assignment] # a field of that name
        required=False,
        max_length=16,
        validators=[RegexValidator(SOURCE_NAME)],
        help_text="Who numbers the orders, where several tills or shops may use the same number: the same "
        "name at every retry, whatever key it is sent with. The order is then read and refunded with "
        "`source=api:<name>`; without it, `source=api`.",
    )


class PurchaseInput(WhoAndWhat, OrderName):
    """An order that was paid."""

    class Meta:
        list_serializer_class = EachByItself

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
    name = who(said)
    with named(name):
        member = member_by(actor, {"number" if name == "member" else name: said[name]})
    return member, told(
        actor,
        said,
        member.pk,
        order=order,
        branch_id=branch_for(actor, said.get("branch")),
        now=operation.now,
    )


def who(said: dict[str, Any]) -> str:
    """Return by which of their names a body names the member."""
    return next(name for name in ("member", "phone", "external_id") if name in said)


def told(
    actor: Actor, said: dict[str, Any], member_id: int, *, order: str, branch_id: int | None, now: datetime
) -> PurchaseMade:
    """Return the event that a valid body tells of, its member and branch being known.

    Raises `Forbidden`, `Invalid`, `AmountTooLarge`.
    """
    if "award" in said and not actor.may("change", "facts"):
        raise Forbidden(field="award")
    occurred_at: datetime | None = said.get("occurred_at")
    return PurchaseMade(
        merchant_id=actor.merchant.pk,
        member_id=member_id,
        occurred_at=occurred_at or now,
        stamped=occurred_at is None,
        source=f"{SOURCE}:{said['source']}" if said.get("source") else SOURCE,
        key=order,
        actor=actor.label,
        currency=said.get("currency", actor.merchant.currency).upper(),
        lines=_lines(said),
        branch_id=branch_id,
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
