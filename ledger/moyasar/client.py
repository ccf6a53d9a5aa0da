"""Moyasar's API, as little of it as fees need. Every call is bounded in time and size and follows nobody.

https://docs.moyasar.com/api: amounts in minor units, the secret key as the user of HTTP Basic Auth. A payment
that is made with our ``given_id`` gets it as its own id, so asking twice charges once.

MoyasarError
├── Unreachable   no answer, or none that can be read: what was asked may have happened
└── Refused       an answer that says no: it did not happen
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from urllib3.util import make_headers

from accounts import outside

AN_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
PAID: Final = frozenset({"paid", "captured"})
OVER: Final = frozenset({"failed", "voided"})


class MoyasarError(Exception):
    """Something went wrong between Moyasar and us."""


class Unreachable(MoyasarError):
    """No answer, or none that can be read: what was asked may have happened."""


class Refused(MoyasarError):
    """An answer that says no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as Moyasar has it. ``url`` is where the member's bank wants them (3-D Secure)."""

    id: str
    status: str
    amount_minor: int
    currency: str
    refunded_minor: int
    made_at: datetime
    invoice_id: str = ""
    token: str = ""
    url: str = ""
    message: str = ""

    @property
    def is_paid(self) -> bool:
        """Whether the money came; a refund that followed does not undo that."""
        return self.status in PAID or self.status == "refunded"


@dataclass(frozen=True, slots=True)
class Invoice:
    """A page of Moyasar's on which somebody pays, and the ids of what was tried on it."""

    id: str
    url: str
    status: str
    payments: tuple[str, ...] = ()


class Moyasar:
    """One merchant's account at Moyasar."""

    def __init__(self, secret_key: str) -> None:
        self._headers = make_headers(basic_auth=f"{secret_key}:") | {"Accept": "application/json"}

    def charge(
        self, *, given_id: str, amount_minor: int, currency: str, token: str, what: str, back_to: str
    ) -> Payment:
        """Charge a card that Moyasar keeps, once per ``given_id``. Raises ``Refused``, ``Unreachable``."""
        said = {
            "given_id": given_id,
            "amount": amount_minor,
            "currency": currency,
            "description": what,
            "callback_url": back_to,
            "source": {"type": "token", "token": token},
        }
        return _payment(self._ask("POST", "payments", said))

    def payment(self, payment_id: str) -> Payment | None:
        """A payment, or None if there is none of this id. Raises ``Unreachable``, ``Refused``."""
        try:
            return _payment(self._ask("GET", f"payments/{_id(payment_id)}"))
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def open_page(
        self, *, amount_minor: int, currency: str, what: str, back_to: str, until: datetime
    ) -> Invoice:
        """Make a page on which the member pays, with a card that Moyasar may keep."""
        said = {
            "amount": amount_minor,
            "currency": currency,
            "description": what,
            "success_url": back_to,
            "back_url": back_to,
            "expired_at": until.astimezone(UTC).isoformat(),
        }
        return _invoice(self._ask("POST", "invoices", said))

    def page(self, invoice_id: str) -> Invoice:
        """A page and what was tried on it."""
        return _invoice(self._ask("GET", f"invoices/{_id(invoice_id)}"))

    def _ask(self, method: str, path: str, said: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = json.dumps(said).encode() if said is not None else None
        headers = self._headers | ({"Content-Type": "application/json"} if body else {})
        url = f"{settings.MOYASAR_URL}/{path}"
        try:
            answer = outside.call(method, url, headers=headers, body=body, foreign=False)
            status, found = answer.status, answer.said()
        except outside.OutsideError as error:
            raise Unreachable(str(error)) from error
        if not isinstance(found, dict):
            raise Unreachable("not an object")
        if 400 <= status < 500 and status not in {408, 429}:
            raise Refused(status, str(found.get("message", ""))[:200])
        if status not in {200, 201}:
            raise Unreachable(f"answered {status}")
        return found


def _payment(said: Mapping[str, Any]) -> Payment:
    try:
        source = said.get("source") or {}
        return Payment(
            id=_id(said["id"]),
            status=str(said["status"]),
            amount_minor=int(said["amount"]),
            currency=str(said["currency"]).upper(),
            refunded_minor=int(said.get("refunded") or 0),
            made_at=_moment(said["created_at"]),
            invoice_id=str(said.get("invoice_id") or "")[:64],
            token=str(source.get("token") or "")[:120],
            url=_web(source.get("transaction_url")),
            message=str(source.get("message") or "")[:200],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreachable("no payment") from error


def _invoice(said: Mapping[str, Any]) -> Invoice:
    try:
        tried = tuple(_id(one["id"]) for one in said.get("payments") or ())
        return Invoice(_id(said["id"]), _web(said["url"]), str(said["status"]), tried)
    except (KeyError, TypeError, ValueError) as error:
        raise Unreachable("no invoice") from error


def _id(said: Any) -> str:
    """An id that may stand in an address. Raises ``ValueError``."""
    if not isinstance(said, str) or not AN_ID.fullmatch(said):
        raise ValueError("not an id")
    return said


def _web(said: Any) -> str:
    """An address that a browser may be sent to, or nothing."""
    text = str(said or "")
    return text if text.startswith(("https://", "http://")) and len(text) <= 500 else ""


def _moment(said: str) -> datetime:
    moment = datetime.fromisoformat(said)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
