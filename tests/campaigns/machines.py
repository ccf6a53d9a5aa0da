"""A merchant's machine: a real server that checks what it is told by the package of Standard Webhooks."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from django.utils import timezone
from standardwebhooks import Webhook

from accounts import outbox
from accounts.access import system_actor
from campaigns.tasks import send_webhooks
from campaigns.webhooks import keeping
from campaigns.webhooks.models import Topic, WebhookEndpoint
from tests.cast import Shop

EVERYTHING = list(Topic.values)
Answer = tuple[int, dict[str, str], bytes]
FINE: Answer = (200, {}, b"thanks")


@dataclass
class Machine:
    """What it was told, in the order it came. ``answers`` says what it answers to a message."""

    url: str = ""
    secrets: list[str] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    signatures: list[int] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answers: Callable[[dict[str, Any]], Answer] = field(default=lambda _said: FINE)
    drips: bool = False

    @property
    def types(self) -> list[str]:
        """What kinds of news came."""
        return [said["type"] for said in self.told]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """What was said under one topic."""
        return [said["data"] for said in self.told if said["type"] == kind]

    def hears(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """Check a message with every secret it knows, and note it. Raises ``WebhookVerificationError``."""
        for secret in self.secrets:
            Webhook(secret).verify(body, headers)
        said: dict[str, Any] = json.loads(body)
        self.told.append(said)
        self.ids.append(headers["webhook-id"])
        self.signatures.append(len(headers["webhook-signature"].split(" ")))
        return said


class Listening(BaseHTTPRequestHandler):
    """The door of a machine."""

    machine: ClassVar[Machine]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.machine.paths.append(self.path)
        said = self.machine.hears({name.lower(): value for name, value in self.headers.items()}, body)
        status, headers, answer = self.machine.answers(said)
        if self.machine.drips:
            self._drip()
            return
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(answer))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _letter in range(400):
            try:
                self.wfile.write(b"X-A: b\r\n")
            except OSError:
                return
            threading.Event().wait(0.02)

    def log_message(self, *_said: Any) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[Machine]:
    """A machine on a port of its own."""
    machine = Machine()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (Listening,), {"machine": machine}))
    machine.url = f"http://127.0.0.1:{server.server_address[1]}/walaa"
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield machine
    finally:
        server.shutdown()
        server.server_close()


def listens(shop: Shop, machine: Machine, topics: list[str] = EVERYTHING, path: str = "") -> WebhookEndpoint:
    """Let a shop tell a machine."""
    actor = system_actor(shop.merchant)
    made = keeping.create(actor=actor, url=machine.url + path, topics=topics, now=timezone.now())
    machine.secrets = [made.shown_secret]
    return made


def hear() -> None:
    """Let the news arrive at whoever listens within the house."""
    while outbox.relay(now=timezone.now()):
        pass


def tell() -> None:
    """Let the news arrive, and send what is due."""
    hear()
    send_webhooks()


def orders(machine: Machine) -> list[str]:
    """The orders it heard of, in the order it heard of them."""
    return [said["order"] for said in machine.of("points.earned")]
