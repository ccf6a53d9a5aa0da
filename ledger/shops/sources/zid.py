"""Zid: it signs nothing, so an address nobody guesses is the proof, and every order is fetched again.

https://docs.zid.sa: orders, coupons, webhooks. Amounts are texts of 14 decimals; orders of a marketplace
hide their customers, who are then nobody's. Its key is two: the app's authorization, the manager's token.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.shops.asking import Api, Refused
from ledger.shops.reading import dig, items, key, minor, minor_or_none, moment, quantity, settled, text
from ledger.shops.source import TAKEN, Said, Shop, Source, Voucher, digest_of, knows_token, number_among
from ledger.shops.told import Ignored, Line, Order, Sent, Status, Told, Who

STATES: Final = {
    "delivered": Status.COMPLETED,
    **dict.fromkeys(("cancelled", "canceled", "reversed", "refunded"), Status.CANCELLED),
}
PER_PAGE: Final = 50


class Zid(Source):
    """Zid's webhooks and Merchant API."""

    code: ClassVar[str] = "zid"
    title: ClassVar[str | Promise] = _("Zid")
    api_url: ClassVar[str] = "https://api.zid.sa/v1"
    believes: ClassVar[bool] = False
    makes_secret: ClassVar[bool] = True
    makes_coupons: ClassVar[bool] = True
    steps: ClassVar[tuple[str | Promise, ...]] = (
        _("Save first: the address is shown once, with a secret in it. Treat it like a password."),
        _("In Zid's partner dashboard create one webhook for each of order.create, order.status.update and order.payment_status.update, with this address as target_url."),  # noqa: E501
        _("Paste the app's Authorization token and the shop's X-Manager-Token, with a space between them: every order is fetched again before it counts."),  # noqa: E501
    )  # fmt: skip

    def proves(self, sent: Sent, secret: str) -> bool:
        """By the secret in the address or the password."""
        return knows_token(sent, secret)

    def shop_id(self, said: Said, sent: Sent) -> str:
        """``store_id`` of the envelope or of the order."""
        return text(said.get("store_id") or _order_of(said).get("store_id"))

    def name(self, said: Said, sent: Sent) -> str:
        """The event of the envelope; a bare order has none."""
        return text(said.get("event"), 60) or "order"

    def order_key(self, said: Said) -> str:
        """The order's number, which is a number or a text."""
        order = _order_of(said)
        return text(order.get("order_id") or order.get("id"), 64) if self._is_order(said) else ""

    def once(self, said: Said, sent: Sent) -> str:
        """Event, order and when it changed; the body where it does not say when."""
        order = _order_of(said)
        when = text(order.get("updated_at"), 30) or digest_of(sent.raw)
        return f"{self.name(said, sent)[:30]}:{text(order.get('id'), 24)}:{when}"

    def read(self, said: Said, headers: Mapping[str, str], shop: Shop) -> Told:
        """An order, wrapped or bare."""
        return _order(_order_of(said), shop) if self._is_order(said) else Ignored()

    def wrapped(self, order: Said) -> dict[str, Any]:
        """Bare, as it is."""
        return {"event": "order.update", "data": dict(order)}

    def fetch(self, api: Api, order_key: str) -> Said | None:
        """``GET /managers/store/orders/{id}/view``."""
        said = api.find(f"managers/store/orders/{order_key}/view", headers=_headers(api))
        found = dig(said, "order")
        return found if isinstance(found, Mapping) else None

    def changed(self, api: Api, since: datetime, cursor: str) -> tuple[list[Said], str]:
        """Its list is without goods: each order of it is fetched by itself later."""
        page = int(cursor or 1)
        query = {"page": page, "per_page": PER_PAGE, "date_from": since.date().isoformat()}
        said = api.ask("GET", "managers/store/orders", headers=_headers(api), query=query).said
        found = items(said, "orders")
        return found, str(page + 1) if len(found) == PER_PAGE else ""

    def make_coupon(self, api: Api, voucher: Voucher) -> str:
        """``POST /managers/store/coupons/add``: type f is a fixed amount."""
        said = {
            "name": voucher.name,
            "code": voucher.code,
            "discount_type": "f",
            "discount": voucher.amount,
            "free_shipping": 0,
            "free_cod": 0,
            "total": voucher.amount,
            "date_start": voucher.since.strftime("%Y-%m-%d"),
            "date_end": voucher.until.strftime("%Y-%m-%d"),
            "uses_total": 1,
            "uses_customer": 1,
            "coupon_status": 1,
            "apply_to": "all",
        }
        try:
            made = api.ask("POST", "managers/store/coupons/add", headers=_headers(api), said=said).said
        except Refused as refused:
            known = self.coupon_number(api, voucher.code) if refused.status in TAKEN else ""
            if not known:
                raise
            return known
        return key(dig(made, "coupon", "id"), "coupon")

    def coupon_number(self, api: Api, code: str) -> str:
        """``GET /managers/store/coupons?search_term=…``."""
        query = {"search_term": code}
        found = api.ask("GET", "managers/store/coupons", headers=_headers(api), query=query).said
        return number_among(items(found, "coupons"), code)

    def void_coupon(self, api: Api, number: str) -> None:
        """``DELETE /managers/store/coupons/{id}``."""
        try:
            api.ask("DELETE", f"managers/store/coupons/{number}", headers=_headers(api))
        except Refused as refused:
            if refused.status not in {404, 410}:
                raise

    def _is_order(self, said: Said) -> bool:
        return self.name(said, Sent()).partition(".")[0] == "order"


def _headers(api: Api) -> dict[str, str]:
    partner, _space, manager = api.token.partition(" ")
    return {
        "Authorization": f"Bearer {partner}",
        "X-Manager-Token": manager or partner,
        "Accept-Language": "en",
    }


def _order_of(said: Said) -> Said:
    data = said.get("data")
    return data if isinstance(data, Mapping) else said


def _order(order: Said, shop: Shop) -> Order:
    currency = text(order.get("currency_code"), 3).upper()
    state = text(dig(order, "order_status", "code"), 40).lower()
    paid = text(order.get("payment_status"), 20).lower() == "paid"
    hidden = order.get("is_marketplace_order") is True
    made = order.get("created_at")
    return Order(
        key=key(order.get("id"), "order"),
        status=STATES.get(state, Status.PAID if paid else Status.WAITING),
        currency=currency,
        lines=_lines(order, currency),
        occurred_at=moment(made, shop.zone) if made else shop.received_at,
        updated_at=moment(order.get("updated_at") or made, shop.zone) if made else shop.received_at,
        who=None if hidden else _who(order.get("customer")),
        codes=_codes(order),
    )


def _lines(order: Said, currency: str) -> tuple[Line, ...]:
    """Products by what they cost; what is paid in all comes from the order or its invoice."""
    invoice = {text(one.get("code"), 40): one.get("value") for one in items(order, "payment", "invoice")}
    total = order.get("order_total")
    total = invoice.get("total") if total is None else total
    fees = (("shipping", invoice.get("shipping")), ("cod", invoice.get("cod_fee")))
    apart = [Line(minor_or_none(fee, currency), key=name, kind="shipping") for name, fee in fees]
    goods = [
        Line(
            minor_or_none(one.get("total") if one.get("total") is not None else one.get("price"), currency),
            key=text(one.get("id"), 64),
            name=text(one.get("name")),
            sku=text(one.get("sku"), 64),
            quantity=quantity(one.get("quantity")),
        )
        for one in items(order, "products")
    ]
    return settled(minor(total, currency, "total"), goods, apart)


def _codes(order: Said) -> tuple[str, ...]:
    coupon = order.get("coupon")
    return tuple(filter(None, (text(dig(coupon, "code") or order.get("coupon_code"), 40),)))


def _who(customer: Any) -> Who | None:
    if not isinstance(customer, Mapping):
        return None
    phone = text(customer.get("mobile"), 20)
    return Who(
        phone=f"+{phone}" if phone.startswith("966") else phone,
        email=text(customer.get("email"), 254),
        number=text(customer.get("id"), 40),
        given_name=text(customer.get("name"), 60),
    )


SOURCE: Final = Zid()
