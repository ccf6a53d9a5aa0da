"""Foodics: its signature is not established: a secret address is the proof, every order is fetched again.

https://apidocs.foodics.com: orders. All its times are UTC without a mark; a return is an order of its own
that names the first one; who only walked in is nobody.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.shops.asking import Api
from ledger.shops.reading import dig, items, key, minor, minor_or_none, moment, quantity, settled, text
from ledger.shops.source import Said, Shop, Source, digest_of, knows_token
from ledger.shops.told import Ignored, Line, Order, Refund, Sent, Status, Told, Who

STATES: Final = {"4": Status.COMPLETED, "3": Status.CANCELLED, "5": Status.CANCELLED, "7": Status.CANCELLED}
"""4 done, 3 declined, 5 returned, 7 void; whatever else is still under way."""
INCLUDED: Final = "branch,customer,charges,original_order,products.product.category,products.taxes,payments"


class Foodics(Source):
    """Foodics' webhooks and API."""

    code: ClassVar[str] = "foodics"
    title: ClassVar[str | Promise] = _("Foodics")
    api_url: ClassVar[str] = "https://api.foodics.com/v5"
    believes: ClassVar[bool] = False
    makes_secret: ClassVar[bool] = True
    channel: ClassVar[str] = "store"
    steps: ClassVar[tuple[str | Promise, ...]] = (
        _("Save first: the address is shown once, with a secret in it. Treat it like a password."),
        _("In Foodics' developer console paste the address as your app's webhook, and tick order.created and order.updated."),  # noqa: E501
        _("Write your business reference, and paste the business's access token: every order is fetched again before it counts."),  # noqa: E501
        _("Give your branches here the codes they have in Foodics (B01, B02, …), so that each sale finds its branch."),  # noqa: E501
    )  # fmt: skip

    def proves(self, sent: Sent, secret: str) -> bool:
        """By the secret in the address or the password."""
        return knows_token(sent, secret)

    def shop_id(self, said: Said, sent: Sent) -> str:
        """The business's reference."""
        return text(dig(said, "business", "reference"))

    def name(self, said: Said, sent: Sent) -> str:
        """``order.created`` and the like."""
        return text(said.get("event"), 60)

    def order_key(self, said: Said) -> str:
        """The order's id."""
        return text(dig(said, "order", "id"), 64)

    def once(self, said: Said, sent: Sent) -> str:
        """The order and when it changed."""
        when = text(dig(said, "order", "updated_at"), 30) or digest_of(sent.raw)[:32]
        return f"{self.name(said, sent)[:20]}:{self.order_key(said)[:40]}:{when}"

    def read(self, said: Said, headers: Mapping[str, str], shop: Shop) -> Told:
        """An order, or the return of one."""
        order = said.get("order")
        if not isinstance(order, Mapping):
            return Ignored()
        first = dig(order, "original_order", "id")
        if first:
            amount = abs(minor(order.get("total_price"), shop.currency, "total"))
            return Refund(key(first, "order"), key(order.get("id"), "order"), amount, (), _at(order, shop))
        return _order(order, shop)

    def wrapped(self, order: Said) -> dict[str, Any]:
        """As an update that somebody heard of."""
        return {"event": "order.updated", "order": dict(order)}

    def fetch(self, api: Api, order_key: str) -> Said | None:
        """``GET /orders/{id}``."""
        query = {"include": INCLUDED}
        found = dig(api.find(f"orders/{order_key}", headers=_headers(api), query=query), "data")
        return found if isinstance(found, Mapping) else None

    def changed(self, api: Api, since: datetime, cursor: str) -> tuple[list[Said], str]:
        """By the day on which they changed."""
        page = int(cursor or 1)
        day = since.astimezone(UTC).date().isoformat()
        query = {"filter[updated_after]": day, "sort": "updated_at", "include": INCLUDED, "page": page}
        said = api.ask("GET", "orders", headers=_headers(api), query=query).said
        return items(said, "data"), str(page + 1) if dig(said, "links", "next") else ""


def _headers(api: Api) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.token}"}


def _order(order: Said, shop: Shop) -> Order:
    updated = order.get("updated_at") or order.get("created_at")
    return Order(
        key=key(order.get("id"), "order"),
        status=STATES.get(text(order.get("status"), 4), Status.WAITING),
        currency=shop.currency,
        lines=_lines(order, shop.currency),
        occurred_at=_at(order, shop),
        updated_at=moment(updated, UTC) if updated else shop.received_at,
        who=_who(order.get("customer")),
        branch=text(dig(order, "branch", "reference"), 40),
    )


def _lines(order: Said, currency: str) -> tuple[Line, ...]:
    """What a product costs without VAT, and its VAT; the charge for delivery and tips apart."""
    apart = [Line(_charge(one, currency), key="charge", kind="shipping") for one in items(order, "charges")]
    goods = [
        Line(
            minor_or_none(one.get("tax_exclusive_total_price") or one.get("total_price"), currency)
            + _taxes(one, currency),
            key=text(one.get("id"), 64),
            name=text(dig(one, "product", "name")),
            sku=text(dig(one, "product", "sku"), 64),
            category=text(dig(one, "product", "category", "reference"), 60),
            quantity=quantity(one.get("quantity")),
        )
        for one in items(order, "products")
    ]
    return settled(minor(order.get("total_price"), currency, "total"), goods, apart)


def _charge(charge: Said, currency: str) -> int:
    bare = charge.get("tax_exclusive_amount")
    return minor_or_none(bare if bare is not None else charge.get("amount"), currency) + _taxes(
        charge, currency
    )


def _taxes(line: Said, currency: str) -> int:
    return sum(minor_or_none(dig(one, "pivot", "amount"), currency) for one in items(line, "taxes"))


def _at(order: Said, shop: Shop) -> datetime:
    """When it was closed: in UTC, though nothing says so."""
    at = order.get("closed_at") or order.get("created_at")
    return moment(at, UTC) if at else shop.received_at


def _who(customer: Any) -> Who | None:
    if not isinstance(customer, Mapping):
        return None
    phone, code = text(customer.get("phone"), 20), text(customer.get("dial_code"), 6)
    return Who(
        phone=f"+{code}{phone.lstrip('0')}" if code and phone else phone,
        email=text(customer.get("email"), 254),
        number=text(customer.get("id"), 40),
        given_name=text(customer.get("name"), 60),
    )


SOURCE: Final = Foodics()
