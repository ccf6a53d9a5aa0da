"""Shopify: signed in base64; numbers beyond 2^53; amounts as texts; refunds that come by themselves.

https://shopify.dev: webhooks, and the Admin API of 2024-10 for orders, price rules and their discount codes.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.shops.asking import Api, Refused
from ledger.shops.reading import dig, items, key, minor, minor_or_none, moment, quantity, settled, text
from ledger.shops.source import TAKEN, Said, Shop, Source, Voucher, base64_signed, counted, digest_of
from ledger.shops.told import Gone, Happening, Ignored, Line, Order, Refund, Sent, Status, Told, Who

API: Final = "admin/api/2024-10"
NEXT: Final = re.compile(r'[?&]page_info=([\w%=-]+)[^>]*>;\s*rel="next"')
TOPIC: Final = "x-shopify-topic"
PER_PAGE: Final = 50
MOST_RULES: Final = 250
PAID: Final = frozenset({"paid", "partially_refunded"})
UNDONE: Final = frozenset({"refunded", "voided"})


class Shopify(Source):
    """Shopify's webhooks and Admin API."""

    code: ClassVar[str] = "shopify"
    title: ClassVar[str | Promise] = _("Shopify")
    makes_coupons: ClassVar[bool] = True
    kept_headers: ClassVar[tuple[str, ...]] = (TOPIC, "x-shopify-shop-domain", "x-shopify-webhook-id")
    steps: ClassVar[tuple[str | Promise, ...]] = (
        _("In Shopify open Settings, Notifications, Webhooks; create one webhook in JSON for each of: order creation, update, payment, cancellation and deletion, refund creation, checkout creation and update, all with the address above."),  # noqa: E501
        _("Copy the secret shown under the list of webhooks (or your app's client secret) into the field below."),  # noqa: E501
        _("Write the shop's address (your-shop.myshopify.com) and paste an Admin API access token with read_orders, write_price_rules and write_discounts."),  # noqa: E501
    )  # fmt: skip

    def proves(self, sent: Sent, secret: str) -> bool:
        """By the signature of the bytes."""
        return base64_signed(sent.raw, secret, sent.header("x-shopify-hmac-sha256"))

    def shop_id(self, said: Said, sent: Sent) -> str:
        """The shop's own domain."""
        return text(sent.header("x-shopify-shop-domain"), 80)

    def name(self, said: Said, sent: Sent) -> str:
        """``orders/create`` and the like."""
        return text(sent.header(TOPIC), 60)

    def order_key(self, said: Said) -> str:
        """The order's number; a refund names it."""
        return text(said.get("order_id") or said.get("id"), 64)

    def once(self, said: Said, sent: Sent) -> str:
        """The number of the delivery, which stays when it is sent again."""
        return (
            text(sent.header("x-shopify-webhook-id"), 100) or f"{self.name(said, sent)}:{digest_of(sent.raw)}"
        )

    def read(self, said: Said, headers: Mapping[str, str], shop: Shop) -> Told:
        """Told by its shape where that is possible: no header is signed."""
        topic = headers.get(TOPIC, "")
        if "order_id" in said and "transactions" in said:
            return _refund(said, text(said.get("order_id"), 64), shop)
        if topic.startswith(("checkouts/", "carts/")):
            return _cart(said, shop)
        if topic == "orders/delete" or set(said) == {"id"}:
            return Gone(key(said.get("id"), "order"))
        if "line_items" not in said or "financial_status" not in said or said.get("test") is True:
            return Ignored()
        return _order(said, shop)

    def wrapped(self, order: Said) -> dict[str, Any]:
        """A webhook brings it bare."""
        return dict(order)

    def fetch(self, api: Api, order_key: str) -> Said | None:
        """``GET /orders/{id}.json``."""
        found = dig(api.find(f"{API}/orders/{order_key}.json", headers=_headers(api)), "order")
        return found if isinstance(found, Mapping) else None

    def changed(self, api: Api, since: datetime, cursor: str) -> tuple[list[Said], str]:
        """Pages follow one another by a mark in a header."""
        query: dict[str, Any] = {"limit": PER_PAGE}
        if cursor:
            query["page_info"] = cursor
        else:
            query |= {"status": "any", "updated_at_min": since.isoformat(), "order": "updated_at asc"}
        found = api.ask("GET", f"{API}/orders.json", headers=_headers(api), query=query)
        after = NEXT.search(found.headers.get("link", ""))
        return items(found.said, "orders"), after[1] if after else ""

    def make_coupon(self, api: Api, voucher: Voucher) -> str:
        """A price rule of its own, and one code for it; the rule's number is the coupon's.

        Two calls: a rule that stands there already is of a making that broke off in between, and is taken up.
        """
        number = self.left_over(api, voucher)
        if not number:
            made = api.ask("POST", f"{API}/price_rules.json", headers=_headers(api), said=_rule(voucher)).said
            number = key(dig(made, "price_rule", "id"), "coupon")
        said = {"discount_code": {"code": voucher.code}}
        try:
            api.ask("POST", _codes_of(number), headers=_headers(api), said=said)
        except Refused as refused:
            if refused.status not in TAKEN or self.coupon_number(api, voucher.code) != number:
                raise
        return number

    def coupon_number(self, api: Api, code: str) -> str:
        """The rule of a code."""
        path, query = f"{API}/discount_codes/lookup.json", {"code": code}
        found = api.find(path, headers=_headers(api), query=query)
        return text(dig(found, "discount_code", "price_rule_id"))

    def left_over(self, api: Api, voucher: Voucher) -> str:
        """The rule with the coupon's title, among those that begin in its second: it has no other name."""
        since = _second(voucher.since)
        query = {"starts_at_min": since, "starts_at_max": since, "limit": MOST_RULES}
        found = api.ask("GET", f"{API}/price_rules.json", headers=_headers(api), query=query).said
        rules = items(found, "price_rules")
        return next((text(one.get("id")) for one in rules if one.get("title") == voucher.code), "")

    def was_used(self, api: Api, number: str) -> bool:
        """``usage_count`` of the rule's code."""
        found = api.find(_codes_of(number), headers=_headers(api))
        return any(counted(one.get("usage_count")) for one in items(found, "discount_codes"))

    def void_coupon(self, api: Api, number: str) -> None:
        """The rule goes, and its code with it."""
        try:
            api.ask("DELETE", f"{API}/price_rules/{number}.json", headers=_headers(api))
        except Refused as refused:
            if refused.status not in {404, 410}:
                raise


def _headers(api: Api) -> dict[str, str]:
    return {"X-Shopify-Access-Token": api.token}


def _codes_of(number: str) -> str:
    return f"{API}/price_rules/{number}/discount_codes.json"


def _second(moment: datetime) -> str:
    """A moment as Shopify keeps it: it knows no parts of a second."""
    return moment.replace(microsecond=0).isoformat()


def _rule(voucher: Voucher) -> dict[str, Any]:
    rule = {
        "title": voucher.code,
        "target_type": "line_item",
        "target_selection": "all",
        "allocation_method": "across",
        "value_type": "fixed_amount",
        "value": f"-{voucher.amount}",
        "customer_selection": "all",
        "usage_limit": 1,
        "once_per_customer": True,
        "prerequisite_subtotal_range": {"greater_than_or_equal_to": voucher.amount},
        "starts_at": _second(voucher.since),
        "ends_at": _second(voucher.until),
    }
    return {"price_rule": rule}


def _order(order: Said, shop: Shop) -> Order:
    currency = text(order.get("currency"), 3).upper()
    number = key(order.get("id"), "order")
    made = _at(order.get("created_at"), shop)
    return Order(
        key=number,
        status=_status(order),
        currency=currency,
        lines=_lines(order, currency),
        occurred_at=_at(order.get("processed_at") or order.get("created_at"), shop),
        updated_at=_at(order.get("updated_at"), shop) if order.get("updated_at") else made,
        who=_who(order),
        refunds=tuple(
            back
            for one in items(order, "refunds")
            if isinstance(back := _refund(one, number, shop, currency), Refund)
        ),
        codes=tuple(filter(None, (text(one.get("code"), 40) for one in items(order, "discount_codes")))),
    )


def _status(order: Said) -> Status:
    money = text(order.get("financial_status"), 30)
    if order.get("cancelled_at") or money in UNDONE:
        return Status.CANCELLED
    if money not in PAID:
        return Status.WAITING
    return Status.COMPLETED if order.get("fulfillment_status") == "fulfilled" else Status.PAID


def _lines(order: Said, currency: str) -> tuple[Line, ...]:
    """Goods less what was taken off each; taxes on top reach them by the total."""
    on_top = order.get("taxes_included") is False
    apart = [
        Line(_price(one, currency, on_top), key="shipping", kind="shipping")
        for one in items(order, "shipping_lines")
    ]
    apart.append(Line(minor_or_none(order.get("total_tip_received"), currency), key="tip", kind="tip"))
    goods = [
        Line(
            max(0, _price(one, currency, on_top)),
            key=text(one.get("id"), 64),
            kind="gift_card" if one.get("gift_card") is True else "goods",
            name=text(one.get("title")),
            sku=text(one.get("sku"), 64),
            category=text(one.get("product_type"), 60),
            quantity=quantity(one.get("quantity")),
        )
        for one in items(order, "line_items")
    ]
    return settled(minor(order.get("total_price"), currency, "total"), goods, apart)


def _price(line: Said, currency: str, on_top: bool) -> int:
    """What a line costs: its pieces less its discounts, with its own taxes where they come on top."""
    whole = minor(line.get("price"), currency) * quantity(line.get("quantity"))
    off = sum(minor(one.get("amount"), currency) for one in items(line, "discount_allocations"))
    taxes = sum(minor_or_none(one.get("price"), currency) for one in items(line, "tax_lines"))
    return whole - off + (taxes if on_top else 0)


def _refund(said: Said, order_key: str, shop: Shop, currency: str = "") -> Told:
    """What went back, by money; of which lines, where they sum to it."""
    currency = currency or shop.currency
    gone = [one for one in items(said, "transactions") if one.get("kind") == "refund"]
    paid = [minor(one.get("amount"), currency) for one in gone if one.get("status") in {"success", None}]
    amount = sum(paid)
    lines = tuple(
        (text(one.get("line_item_id"), 64), back)
        for one in items(said, "refund_line_items")
        if (back := minor_or_none(one.get("subtotal"), currency) + _taxes(one, currency)) > 0
    )
    if amount <= 0:
        return Ignored()
    whole = sum(part for _line, part in lines) == amount
    at = _at(said.get("created_at") or said.get("processed_at"), shop)
    return Refund(order_key, key(said.get("id"), "refund"), amount, lines if whole else (), at)


def _taxes(line: Said, currency: str) -> int:
    """The taxes of a line that came back; with taxes included its subtotal holds them already."""
    on_top = dig(line, "line_item", "taxes_included") is False
    return minor_or_none(line.get("total_tax"), currency) if on_top else 0


def _who(said: Said) -> Who | None:
    """The customer: whoever pays, not whoever opens the door to a gift."""
    payer = said.get("billing_address") or said.get("shipping_address")
    places = (said, said.get("customer"), payer)
    phone = next((found for one in places if (found := text(dig(one, "phone"), 30))), "")
    email = text(said.get("email") or dig(said, "customer", "email"), 254)
    number = text(dig(said, "customer", "id"), 40)
    if not (phone or email or number):
        return None
    return Who(
        phone=phone,
        email=email,
        number=number,
        given_name=text(dig(said, "customer", "first_name"), 60),
        family_name=text(dig(said, "customer", "last_name"), 60),
    )


def _cart(said: Said, shop: Shop) -> Told:
    who = _who(said)
    if who is None or said.get("completed_at"):
        return Ignored()
    currency = text(said.get("currency"), 3).upper()
    worth = minor_or_none(said.get("total_price"), currency) if currency == shop.currency else 0
    number = key(said.get("token") or said.get("id"), "cart")
    return Happening("cart", number, who, _at(said.get("updated_at"), shop), max(0, worth))


def _at(said: Any, shop: Shop) -> datetime:
    return moment(said, UTC) if said else shop.received_at


SOURCE: Final = Shopify()
