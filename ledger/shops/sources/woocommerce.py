"""WooCommerce: signed in base64 by the shop's own site; it never sends twice, so it is asked every night.

https://woocommerce.github.io/woocommerce-rest-api-docs: orders and coupons of wc/v3. Only times that end in
``_gmt`` say what they mean. Its first ping is a form, and unsigned.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.shops.asking import Api, Refused
from ledger.shops.reading import dig, items, key, minor, minor_or_none, moment, quantity, settled, text
from ledger.shops.source import (
    TAKEN,
    Said,
    Shop,
    Source,
    Voucher,
    base64_signed,
    counted,
    digest_of,
    number_among,
)
from ledger.shops.told import Gone, Ignored, Line, Order, Refund, Sent, Status, Told, Who

API: Final = "wp-json/wc/v3"
TOPIC: Final = "x-wc-webhook-topic"
PER_PAGE: Final = 50
UNDONE: Final = frozenset({"cancelled", "refunded", "failed", "trash"})


class WooCommerce(Source):
    """WooCommerce's webhooks and REST API."""

    code: ClassVar[str] = "woocommerce"
    title: ClassVar[str | Promise] = _("WooCommerce")
    makes_coupons: ClassVar[bool] = True
    kept_headers: ClassVar[tuple[str, ...]] = (TOPIC, "x-wc-webhook-source", "x-wc-webhook-id")
    steps: ClassVar[tuple[str | Promise, ...]] = (
        _("In WordPress open WooCommerce, Settings, Advanced, Webhooks; add one active webhook for each of: order created, order updated, order deleted, order restored, with the address above and API version 3."),  # noqa: E501
        _("Make up a long secret, write it in each webhook and in the field above."),
        _("Write your site's address and paste a REST API key with read and write rights as ck_…:cs_… : WooCommerce never sends a webhook twice, so the shop is asked every night."),  # noqa: E501
    )  # fmt: skip

    def is_ping(self, sent: Sent) -> bool:
        """``webhook_id=N`` as a form, unsigned."""
        if sent.header("x-wc-webhook-signature"):
            return False
        name, _is, number = sent.raw.partition(b"=")
        return name == b"webhook_id" and number.isdigit() and len(number) < 20

    def proves(self, sent: Sent, secret: str) -> bool:
        """By the signature of the bytes."""
        return base64_signed(sent.raw, secret, sent.header("x-wc-webhook-signature"))

    def shop_id(self, said: Said, sent: Sent) -> str:
        """The site's own address."""
        return text(sent.header("x-wc-webhook-source"), 80)

    def name(self, said: Said, sent: Sent) -> str:
        """``order.created`` and the like."""
        return text(sent.header(TOPIC), 60)

    def order_key(self, said: Said) -> str:
        """The order's id."""
        return text(said.get("id"), 64)

    def once(self, said: Said, sent: Sent) -> str:
        """The order and when it changed; the body tells two changes of one second apart."""
        when = text(said.get("date_modified_gmt"), 30)
        return f"{text(said.get('id'), 24)}:{when}:{digest_of(sent.raw)[:32]}"

    def read(self, said: Said, headers: Mapping[str, str], shop: Shop) -> Told:
        """A deleted order is only its number."""
        topic = headers.get(TOPIC, "")
        if topic.partition(".")[0] not in {"order", ""}:
            return Ignored()
        if topic == "order.deleted" or set(said) == {"id"}:
            return Gone(key(said.get("id"), "order"))
        if "line_items" not in said or text(said.get("status")) in {"checkout-draft", "auto-draft"}:
            return Ignored()
        return _order(said)

    def wrapped(self, order: Said) -> dict[str, Any]:
        """A webhook brings it bare."""
        return dict(order)

    def fetch(self, api: Api, order_key: str) -> Said | None:
        """``GET /orders/{id}``."""
        found = api.find(f"{API}/orders/{order_key}", headers=_headers(api))
        return found if isinstance(found, Mapping) else None

    def changed(self, api: Api, since: datetime, cursor: str) -> tuple[list[Said], str]:
        """By when they were modified, in GMT."""
        page = int(cursor or 1)
        query = {
            "modified_after": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "dates_are_gmt": "true", "orderby": "modified", "order": "asc", "per_page": PER_PAGE,
            "page": page,
        }  # fmt: skip
        found = api.ask("GET", f"{API}/orders", headers=_headers(api), query=query)
        last = found.headers.get("x-wp-totalpages", "")
        return items(found.said, "list"), str(page + 1) if last.isdigit() and page < int(last) else ""

    def make_coupon(self, api: Api, voucher: Voucher) -> str:
        """``POST /coupons``: money off the cart, once, alone, for the member's address if it is known.

        Alone: two on one order could take off more than it costs, or than the programme gives at once.
        """
        said: dict[str, Any] = {
            "code": voucher.code,
            "discount_type": "fixed_cart",
            "amount": voucher.amount,
            "minimum_amount": voucher.amount,
            "individual_use": True,
            "usage_limit": 1,
            "usage_limit_per_user": 1,
            "date_expires_gmt": voucher.until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "description": voucher.name,
        }
        if voucher.email:
            said["email_restrictions"] = [voucher.email]
        try:
            made = api.ask("POST", f"{API}/coupons", headers=_headers(api), said=said).said
        except Refused as refused:
            known = self.coupon_number(api, voucher.code) if refused.status in TAKEN else ""
            if not known:
                raise
            return known
        return key(made.get("id"), "coupon")

    def coupon_number(self, api: Api, code: str) -> str:
        """``GET /coupons?code=…``; codes are in small letters there."""
        found = api.ask("GET", f"{API}/coupons", headers=_headers(api), query={"code": code}).said
        return number_among(items(found, "list"), code)

    def was_used(self, api: Api, number: str) -> bool:
        """``usage_count`` of ``GET /coupons/{id}``."""
        return counted(dig(api.find(f"{API}/coupons/{number}", headers=_headers(api)), "usage_count"))

    def void_coupon(self, api: Api, number: str) -> None:
        """``DELETE /coupons/{id}``, for good."""
        try:
            api.ask("DELETE", f"{API}/coupons/{number}", headers=_headers(api), query={"force": "true"})
        except Refused as refused:
            if refused.status not in {404, 410}:
                raise


def _headers(api: Api) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(api.token.encode()).decode()}


def _order(order: Said) -> Order:
    currency, number = text(order.get("currency"), 3).upper(), key(order.get("id"), "order")
    return Order(
        key=number,
        status=_status(order),
        currency=currency,
        lines=_lines(order, currency),
        occurred_at=moment(order.get("date_created_gmt"), UTC),
        updated_at=moment(order.get("date_modified_gmt") or order.get("date_created_gmt"), UTC),
        who=_who(order),
        refunds=tuple(
            Refund(number, key(one.get("id"), "refund"), -minor(one.get("total"), currency))
            for one in items(order, "refunds")
            if minor(one.get("total"), currency) < 0
        ),
        codes=tuple(filter(None, (text(one.get("code"), 40) for one in items(order, "coupon_lines")))),
    )


def _status(order: Said) -> Status:
    state = text(order.get("status"), 40)
    if state in UNDONE:
        return Status.CANCELLED
    if state == "completed":
        return Status.COMPLETED
    return Status.PAID if state == "processing" and order.get("date_paid_gmt") else Status.WAITING


def _lines(order: Said, currency: str) -> tuple[Line, ...]:
    """Totals are after discounts and before tax, so each line's tax is added to it."""
    apart = [
        Line(_with_tax(one, currency), key="shipping", kind="shipping")
        for one in items(order, "shipping_lines")
    ]
    goods = [
        Line(
            _with_tax(one, currency),
            key=text(one.get("id"), 64),
            name=text(one.get("name")),
            sku=text(one.get("sku"), 64),
            quantity=quantity(one.get("quantity")),
        )
        for one in items(order, "line_items")
    ]
    return settled(minor(order.get("total"), currency, "total"), goods, apart)


def _with_tax(line: Said, currency: str) -> int:
    return minor_or_none(line.get("total"), currency) + minor_or_none(line.get("total_tax"), currency)


def _who(order: Said) -> Who | None:
    billing, number = order.get("billing"), text(order.get("customer_id"), 40)
    if not isinstance(billing, Mapping):
        return None
    return Who(
        phone=text(dig(billing, "phone"), 30),
        email=text(dig(billing, "email"), 254),
        number="" if number == "0" else number,
        given_name=text(dig(billing, "first_name"), 60),
        family_name=text(dig(billing, "last_name"), 60),
    )


SOURCE: Final = WooCommerce()
