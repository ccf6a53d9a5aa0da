"""Salla: signed in hex, or by a bearer token; clocks of Riyadh; an order comes before anybody reviewed it.

https://docs.salla.dev: orders, coupons, webhooks. What is sent again is told by its body: it has no number.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.crypto import constant_time_compare
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
    counted,
    digest_of,
    hex_signed,
    number_among,
)
from ledger.shops.told import Gone, Happening, Ignored, Line, Order, Sent, Status, Told, Unreadable, Who

STATES: Final = {
    **dict.fromkeys(("completed", "delivered"), Status.COMPLETED),
    **dict.fromkeys(("canceled", "cancelled", "restored", "refunded"), Status.CANCELLED),
}
"""Whatever else a shop calls a state, its order is still under way."""
PER_PAGE: Final = 30


class Salla(Source):
    """Salla's webhooks and Merchant API."""

    code: ClassVar[str] = "salla"
    title: ClassVar[str | Promise] = _("Salla")
    api_url: ClassVar[str] = "https://api.salla.dev/admin/v2"
    makes_coupons: ClassVar[bool] = True
    steps: ClassVar[tuple[str | Promise, ...]] = (
        _("In Salla's partner portal open your app, then Webhooks, and paste the address above."),
        _("Choose the security strategy Signature and copy its secret into the field below."),
        _("Tick: order.created, order.updated, order.status.updated, order.cancelled, order.refunded, order.deleted and abandoned.cart."),  # noqa: E501
        _("For coupons and for catching up, paste the shop's access token with the rights orders.read and marketing.read_write."),  # noqa: E501
    )  # fmt: skip

    def proves(self, sent: Sent, secret: str) -> bool:
        """By the signature; by the token where the shop chose that."""
        signature = sent.header("x-salla-signature")
        if signature:
            return hex_signed(sent.raw, secret, signature)
        kind, _space, token = sent.header("authorization").partition(" ")
        return constant_time_compare(token if kind.lower() == "bearer" else "", secret)

    def shop_id(self, said: Said, sent: Sent) -> str:
        """The merchant stands at the top."""
        return text(said.get("merchant"))

    def name(self, said: Said, sent: Sent) -> str:
        """``order.created`` and the like."""
        return text(said.get("event"), 60)

    def order_key(self, said: Said) -> str:
        """The order's id."""
        return text(_order_of(said).get("id"), 64) if self.name(said, Sent()).startswith("order.") else ""

    def once(self, said: Said, sent: Sent) -> str:
        """Merchant, event and body."""
        return f"{text(said.get('merchant'), 20)}:{self.name(said, sent)[:30]}:{digest_of(sent.raw)}"

    def read(self, said: Said, headers: Mapping[str, str], shop: Shop) -> Told:
        """Orders and carts; everything else does not concern points."""
        event, order = self.name(said, Sent()), _order_of(said)
        if event == "abandoned.cart":
            return _cart(said, shop)
        if not event.startswith("order."):
            return Ignored()
        if event == "order.deleted":
            return Gone(key(order.get("id"), "order"))
        if order.get("draft") is True or order.get("is_price_quote") is True:
            return Ignored()
        return _order(order, event, said, shop)

    def wrapped(self, order: Said) -> dict[str, Any]:
        """As an update that somebody heard of."""
        return {"event": "order.updated", "data": dict(order)}

    def fetch(self, api: Api, order_key: str) -> Said | None:
        """``GET /orders/{id}``."""
        found = dig(api.find(f"orders/{order_key}", headers=_headers(api)), "data")
        return found if isinstance(found, Mapping) else None

    def changed(self, api: Api, since: datetime, cursor: str) -> tuple[list[Said], str]:
        """Orders can be asked for by the day they were made: the weeks before are asked for too."""
        page = int(cursor or 1)
        day = (since - timedelta(days=14)).date().isoformat()
        query = {"from_date": day, "page": page, "per_page": PER_PAGE, "expanded": "true"}
        said = api.ask("GET", "orders", headers=_headers(api), query=query).said
        last = dig(said, "pagination", "totalPages")
        return items(said, "data"), str(page + 1) if isinstance(last, int) and page < last else ""

    def make_coupon(self, api: Api, voucher: Voucher) -> str:
        """``POST /coupons``: a fixed amount, once."""
        said = {
            "code": voucher.code,
            "type": "fixed",
            "amount": voucher.amount,
            "start_date": voucher.since.strftime("%Y-%m-%d"),
            "expiry_date": voucher.until.strftime("%Y-%m-%d"),
            "free_shipping": False,
            "exclude_sale_products": False,
            "minimum_amount": voucher.amount,
            "usage_limit": 1,
            "usage_limit_per_user": 1,
        }
        try:
            found = api.ask("POST", "coupons", headers=_headers(api), said=said).said
        except Refused as refused:
            known = self.coupon_number(api, voucher.code) if refused.status in TAKEN else ""
            if not known:
                raise
            return known
        return key(dig(found, "data", "id"), "coupon")

    def coupon_number(self, api: Api, code: str) -> str:
        """``GET /coupons?keyword=…``."""
        found = api.ask("GET", "coupons", headers=_headers(api), query={"keyword": code}).said
        return number_among(items(found, "data"), code)

    def was_used(self, api: Api, number: str) -> bool:
        """``statistics.num_of_usage`` of ``GET /coupons/{id}``."""
        found = api.find(f"coupons/{number}", headers=_headers(api))
        return counted(dig(found, "data", "statistics", "num_of_usage"))

    def void_coupon(self, api: Api, number: str) -> None:
        """``DELETE /coupons/{id}``."""
        try:
            api.ask("DELETE", f"coupons/{number}", headers=_headers(api))
        except Refused as refused:
            if refused.status not in {404, 410}:
                raise


def _headers(api: Api) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.token}"}


def _order_of(said: Said) -> Said:
    """The order: news of a state carry it inside."""
    data = said.get("data")
    if not isinstance(data, Mapping):
        return {}
    inner = data.get("order")
    return inner if isinstance(inner, Mapping) and "amounts" not in data else data


def _order(order: Said, event: str, said: Said, shop: Shop) -> Order:
    currency = text(dig(order, "amounts", "total", "currency") or order.get("currency"), 3).upper()
    lines = _lines(order, currency)
    total = sum(line.amount_minor for line in lines)
    status = STATES.get(text(dig(order, "status", "slug"), 40), Status.WAITING)
    back = minor_or_none(dig(order, "payment_actions", "refund_action", "refund_amount", "amount"), currency)
    if dig(order, "payment_actions", "refund_action", "has_refund_amount") is not True:
        back = 0
    if event == "order.cancelled" or (event == "order.refunded" and not 0 < back < total):
        status = Status.CANCELLED
    return Order(
        key=key(order.get("id"), "order"),
        status=status,
        currency=currency,
        lines=lines,
        occurred_at=_clock(order.get("date"), shop.zone) or shop.received_at,
        updated_at=_told_at(order, said, shop),
        who=_who(dig(order, "customer")),
        refunded_minor=min(back, total),
        codes=tuple(
            filter(None, (text(one.get("code"), 40) for one in items(order, "amounts", "discounts")))
        ),
    )


def _lines(order: Said, currency: str) -> tuple[Line, ...]:
    """Goods with their VAT; shipping and the fee for paying at the door apart."""

    def amount(name: str) -> int:
        return minor_or_none(dig(order, "amounts", name, "amount"), currency)

    total = minor(dig(order, "amounts", "total", "amount"), currency, "total")
    taken = sum(minor_or_none(one.get("discount"), currency) for one in items(order, "amounts", "discounts"))
    shipping, door = amount("shipping_cost"), amount("cash_on_delivery")
    taxed_on_top = total > amount("sub_total") + shipping + door - taken
    rate = _rate(dig(order, "amounts", "tax", "percent")) if taxed_on_top else Decimal(1)
    apart = [
        Line(int((Decimal(fee) * rate).quantize(Decimal(1))), key=name, kind="shipping")
        for name, fee in (("shipping", shipping), ("cash_on_delivery", door))
    ]
    goods = [
        Line(
            minor_or_none(dig(one, "amounts", "total", "amount"), currency),
            key=text(one.get("id"), 64),
            name=text(one.get("name")),
            sku=text(one.get("sku"), 64),
            quantity=quantity(one.get("quantity")),
        )
        for one in items(order, "items")
    ]
    return settled(total, goods, apart)


def _rate(percent: Any) -> Decimal:
    try:
        return 1 + Decimal(minor(percent, "SAR")) / 10_000
    except Unreadable:
        return Decimal(1)


def _told_at(order: Said, said: Said, shop: Shop) -> datetime:
    """When this was so: by the order's own clock or by the news', whichever is later."""
    told = [_clock(order.get("updated_at"), shop.zone)]
    if said.get("created_at"):
        told.append(moment(said.get("created_at"), shop.zone))
    return max((one for one in told if one is not None), default=shop.received_at)


def _clock(said: Any, zone: tzinfo) -> datetime | None:
    """``{"date": "2025-08-24 01:58:15.000000", "timezone": "Asia/Riyadh"}``: a time without a mark."""
    if not isinstance(said, Mapping) or not said.get("date"):
        return None
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo(text(said.get("timezone"), 40) or "Asia/Riyadh")
    return moment(said.get("date"), zone)


def _who(customer: Any) -> Who | None:
    """The phone is a number without its country and without its first 0."""
    if not isinstance(customer, Mapping):
        return None
    mobile, code = text(customer.get("mobile"), 20).lstrip("0"), text(customer.get("mobile_code"), 6)
    return Who(
        phone=mobile if mobile.startswith("+") else f"{code}{mobile}" if mobile else "",
        email=text(customer.get("email"), 254),
        number=text(customer.get("id"), 40),
        given_name=text(customer.get("first_name"), 60),
        family_name=text(customer.get("last_name"), 60),
    )


def _cart(said: Said, shop: Shop) -> Told:
    cart = said.get("data")
    who = _who(dig(cart, "customer"))
    if who is None:
        return Ignored()
    currency = text(dig(cart, "total", "currency"), 3).upper() or shop.currency
    worth = minor_or_none(dig(cart, "total", "amount"), currency) if currency == shop.currency else 0
    at = _clock(dig(cart, "updated_at"), shop.zone) or _clock(dig(cart, "created_at"), shop.zone)
    return Happening("cart", key(dig(cart, "id"), "cart"), who, at or shop.received_at, max(0, worth))


SOURCE: Final = Salla()
