"""A server that speaks Moyasar's format, and fails in the ways it does. It believes its own rows."""

import base64
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

KEY = "sk_test_1001"


@dataclass
class Till:
    """Payments and invoices by id. ``next_status`` is what the next charge becomes.

    ``hang_up``: take the charge and close the line without an answer. ``calls`` are the requests it saw.
    """

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    next_status: str = "paid"
    made_at: str = "2027-01-10T06:00:00.000Z"
    hang_up: bool = False
    is_down: bool = False
    redirect_to: str = ""
    flood: bool = False

    def payment(self, **facts: Any) -> dict[str, Any]:
        """A payment as Moyasar shows it."""
        made = {
            "id": str(uuid.uuid4()),
            "status": self.next_status,
            "amount": 2900,
            "fee": 0,
            "currency": "SAR",
            "refunded": 0,
            "refunded_at": None,
            "captured": 0,
            "invoice_id": None,
            "description": "Oasis shop",
            "created_at": self.made_at,
            "updated_at": self.made_at,
            "metadata": None,
            "source": {
                "type": "creditcard", "company": "visa", "name": "NOURA ALOTAIBI",
                "number": "XXXX-XXXX-XXXX-1111", "gateway_id": "moyasar_cc_x", "token": None,
                "message": "Succeeded!", "transaction_url": None,
            },
        }  # fmt: skip
        source = made["source"] | facts.pop("source", {})
        made |= facts | {"source": source}
        self.payments[str(made["id"])] = made
        return made

    def pay_on(self, invoice_id: str, *, token: str = "token_abc", **facts: Any) -> dict[str, Any]:
        """Somebody pays on a page."""
        page = self.invoices[invoice_id]
        said = {"invoice_id": invoice_id, "amount": page["amount"], "currency": page["currency"]}
        made = self.payment(**(said | facts), source={"token": token})
        page["payments"].append(made)
        return made

    def charge(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        given = said["given_id"]
        if given in self.payments:
            return 400, {"type": "invalid_request_error", "message": "given_id has already been taken"}
        url = "https://bank.example/3ds" if self.next_status == "initiated" else None
        facts = {"id": given, "amount": said["amount"], "currency": said["currency"]}
        message = "INSUFFICIENT FUNDS" if self.next_status == "failed" else "Succeeded!"
        return 201, self.payment(
            **facts, source={"type": "token", "transaction_url": url, "message": message}
        )

    def open_page(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        number = str(uuid.uuid4())
        url = f"https://checkout.moyasar.com/invoices/{number}"
        made = {"id": number, "status": "initiated", "url": url, "payments": [], **said}
        self.invoices[number] = made
        return 201, made


class _Answers(BaseHTTPRequestHandler):
    till: ClassVar[Till]

    def do_GET(self) -> None:
        _v1, kind, number = self.path.strip("/").split("/")
        self._answer("GET", lambda: self._found(kind, number))

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        made = self.till.charge if self.path.endswith("/payments") else self.till.open_page
        self._answer("POST", lambda: made(said))

    def _found(self, kind: str, number: str) -> tuple[int, dict[str, Any]]:
        found = (self.till.payments if kind == "payments" else self.till.invoices).get(number)
        return (200, found) if found else (404, {"type": "record_not_found", "message": "Object not found"})

    def _answer(self, method: str, made: Any) -> None:
        till = self.till
        till.calls.append((method, self.path))
        if till.is_down:
            return self._say(503, {"message": "down"})
        if till.redirect_to:
            self.send_response(302)
            self.send_header("Location", till.redirect_to)
            self.end_headers()
            return None
        expected = base64.b64encode(f"{KEY}:".encode()).decode()
        if self.headers["Authorization"] != f"Basic {expected}":
            return self._say(401, {"type": "authentication_error", "message": "Invalid authorization"})
        status, said = made()
        if till.hang_up and method == "POST":
            self.close_connection = True
            return None
        return self._say(status, {"x": "x" * 300_000} if till.flood else said)

    def _say(self, status: int, said: dict[str, Any]) -> None:
        raw = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_said: Any) -> None:
        """Keep quiet."""


@contextmanager
def serving() -> Iterator[tuple[Till, str]]:
    """Serve; gives the till and the address of its API."""
    till = Till()
    handler = type("Answers", (_Answers,), {"till": till})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield till, f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
