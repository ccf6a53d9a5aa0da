"""What a source of orders has to answer: how it proves itself, what it says, and how its API is spoken to.

Adding a source is adding one file to ``ledger/shops/sources/``: a subclass, and ``SOURCE``, one of it.
Everything else is asked of this.
"""

import base64
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, ClassVar, Final

from django.utils.crypto import constant_time_compare
from django.utils.functional import Promise

from ledger.shops.asking import Api
from ledger.shops.reading import text
from ledger.shops.told import Sent, Told

Said = Mapping[str, Any]

TAKEN: Final = frozenset({400, 409, 422})
"""How a shop says that there is such a code already."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What a reader must know besides: the merchant's money and clock, and when the news came."""

    currency: str
    zone: tzinfo
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Voucher:
    """A coupon to be made at the shop: money off one order, once, from ``since`` until ``until``.

    Only for an order of ``amount`` at least: a smaller one would burn more than it takes off (RULES 17).
    """

    code: str
    amount: str
    since: datetime
    until: datetime
    name: str
    email: str = ""


class Source(ABC):
    """One kind of shop. ``believes``: what is proved may be believed; otherwise it is fetched again first.

    ``makes_secret``: the shop signs nothing, so the secret is one of ours and stands in the address.
    ``api_url``: where its API is; empty where every shop has an address of its own.
    """

    code: ClassVar[str]
    title: ClassVar[str | Promise]
    steps: ClassVar[tuple[str | Promise, ...]]
    believes: ClassVar[bool] = True
    makes_secret: ClassVar[bool] = False
    makes_coupons: ClassVar[bool] = False
    api_url: ClassVar[str] = ""
    kept_headers: ClassVar[tuple[str, ...]] = ()
    channel: ClassVar[str] = "online"

    def is_ping(self, sent: Sent) -> bool:
        """Whether this only asks if somebody is there: answered yes, kept nowhere."""
        return False

    @abstractmethod
    def proves(self, sent: Sent, secret: str) -> bool:
        """Whether who sent this knows ``secret``. Compares in constant time."""

    def shop_id(self, said: Said, sent: Sent) -> str:
        """The shop's own number, as far as this says."""
        return ""

    @abstractmethod
    def name(self, said: Said, sent: Sent) -> str:
        """What happened, in the source's word."""

    @abstractmethod
    def order_key(self, said: Said) -> str:
        """The number of the order it is about, or nothing."""

    @abstractmethod
    def once(self, said: Said, sent: Sent) -> str:
        """The name of this very news: the same when it is sent again."""

    @abstractmethod
    def read(self, said: Said, headers: Mapping[str, str], shop: Shop) -> Told:
        """What it says. Pure. Raises ``Unreadable``."""

    @abstractmethod
    def wrapped(self, order: Said) -> dict[str, Any]:
        """An order of the API as a webhook would have brought it."""

    @abstractmethod
    def fetch(self, api: Api, order_key: str) -> Said | None:
        """Ask for one order again. Raises ``accounts.outside`` errors and ``Refused``."""

    @abstractmethod
    def changed(self, api: Api, since: datetime, cursor: str) -> tuple[list[Said], str]:
        """A page of the orders that changed since, and what the next is asked with: nothing at the end."""

    def make_coupon(self, api: Api, voucher: Voucher) -> str:
        """Make a coupon there; returns its number. A code that is taken already is ours."""
        raise NotImplementedError

    def coupon_number(self, api: Api, code: str) -> str:
        """The number of the coupon with this code, or nothing."""
        raise NotImplementedError

    def left_over(self, api: Api, voucher: Voucher) -> str:
        """The number of what a making that broke off left there without its code, or nothing."""
        return ""

    def was_used(self, api: Api, number: str) -> bool:
        """Whether a coupon paid for an order already; False where the shop does not say, or it is gone."""
        return False

    def void_coupon(self, api: Api, number: str) -> None:
        """Take a coupon back; one that is gone is no error."""
        raise NotImplementedError


def hex_signed(raw: bytes, secret: str, said: str) -> bool:
    """Whether ``said`` is the hex HMAC-SHA256 of the very bytes."""
    return constant_time_compare(hmac.digest(secret.encode(), raw, "sha256").hex(), said)


def base64_signed(raw: bytes, secret: str, said: str) -> bool:
    """Whether ``said`` is the base64 HMAC-SHA256 of the very bytes."""
    digest = base64.b64encode(hmac.digest(secret.encode(), raw, "sha256")).decode()
    return constant_time_compare(digest, said)


def knows_token(sent: Sent, secret: str) -> bool:
    """Whether the secret stands in the address, or is the password of HTTP Basic Auth."""
    return constant_time_compare(sent.token or _password(sent.header("authorization")), secret)


def number_among(coupons: Iterable[Said], code: str) -> str:
    """The number of the coupon with this code: the answer to its making may have been lost."""
    return next((text(one.get("id")) for one in coupons if text(one.get("code")).lower() == code.lower()), "")


def counted(said: Any) -> bool:
    """Whether a number that a shop counts is above nothing."""
    return text(said, 12).isdigit() and int(text(said, 12)) > 0


def digest_of(raw: bytes) -> str:
    """The name of a body."""
    return hashlib.sha256(raw).hexdigest()


def _password(said: str) -> str:
    kind, _space, coded = said.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(coded, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
