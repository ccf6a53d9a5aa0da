"""Calling what stands outside: bounded in time and size, following nobody, never into our own network.

Addresses that a merchant typed are *foreign*: https only, and every address that their name resolves to must
be a public one; the call goes to the very address that was looked at, so a name that changes its mind between
the look and the call (DNS rebinding) gains nothing. ``OUTSIDE_TRUSTED`` names hosts ("shop.internal:8443")
that the person who runs the server lets everybody call.

OutsideError
├── Unreachable   no answer, or none that can be read: what was asked may have happened
└── Unsafe        an address that must not be called: nothing was sent
"""

import ipaddress
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from threading import Event, Timer
from typing import Any, Final

from django.conf import settings
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

CONNECT_SECONDS: Final = 4.0
READ_SECONDS: Final = 8.0
WHOLE_SECONDS: Final = 15.0
MOST_BYTES: Final = 256 * 1024
PORTS: Final = {"http": 80, "https": 443}
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutsideError(Exception):
    """Something went wrong between somebody outside and us."""


class Unreachable(OutsideError):
    """No answer, or none that can be read: what was asked may have happened."""


class Unsafe(OutsideError):
    """An address that must not be called; the message is one word that says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def said(self) -> Any:
        """The body as JSON; an empty one is an empty object. Raises ``Unreachable``."""
        try:
            return json.loads(self.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise Unreachable("not JSON") from error


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    foreign: bool = True,
    most_bytes: int = MOST_BYTES,
    whole_seconds: float = WHOLE_SECONDS,
) -> Answer:
    """Ask once and return the answer, whatever its status. Raises ``Unreachable``, ``Unsafe``.

    ``foreign``: the address was not written by us or by the person who runs the server.
    """
    address = _parsed(url)
    at = _looked_up(address) if foreign and not _is_trusted(address) else None
    sent = {"Host": address.netloc or "", **(headers or {})}
    try:
        with _line(address, at, whole_seconds) as line:
            line.request(method, address.request_uri, body=body, headers=sent, preload_content=False)
            answer = line.getresponse()
            told = {name.lower(): value for name, value in answer.headers.items()}
            found = Answer(answer.status, told, _bounded(answer, most_bytes))
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise Unreachable(type(error).__name__) from error
    return found


def refuse_unsafe(url: str) -> None:
    """Look an address up that somebody typed. Raises ``Unsafe``, ``Unreachable`` (no such name)."""
    address = _parsed(url)
    if not _is_trusted(address):
        _looked_up(address)


def is_public(ip: IP) -> bool:
    """Whether an address is one of the open internet, and carries no other address inside."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return ip.is_global and not ip.is_multicast


def _parsed(url: str) -> Url:
    try:
        address = parse_url(url)
    except LocationParseError as error:
        raise Unsafe("address") from error
    if address.scheme not in PORTS or not address.host or address.auth:
        raise Unsafe("address")
    return address


def _is_trusted(address: Url) -> bool:
    return f"{address.host}:{_port(address)}" in settings.OUTSIDE_TRUSTED


def _port(address: Url) -> int:
    return address.port or PORTS[address.scheme or "https"]


def _looked_up(address: Url) -> str:
    """The public address to call. Raises ``Unsafe`` if any that the name has is not, ``Unreachable``."""
    if address.scheme != "https":
        raise Unsafe("not_https")
    host = (address.host or "").strip("[]")
    try:
        found = socket.getaddrinfo(host, _port(address), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("no such name") from error
    ips = [ipaddress.ip_address(str(where[0]).partition("%")[0]) for *_kind, where in found]
    if not ips or not all(is_public(ip) for ip in ips):
        raise Unsafe("private_address")
    return str(ips[0])


@contextmanager
def _line(address: Url, at: str | None, seconds: float) -> Iterator[HTTPConnection]:
    """A connection to the address that was looked at, under the name asked for. Raises ``Unreachable``.

    It is cut when its time is over: the read time-out alone would let an answer drip for hours, and what came
    over a line until it was cut reads like a whole answer.
    """
    host = (address.host or "").strip("[]")
    if address.scheme == "https":
        line: HTTPConnection = HTTPSConnection(
            at or host, _port(address), timeout=CONNECT_SECONDS, server_hostname=host, assert_hostname=host
        )
    else:
        line = HTTPConnection(at or host, _port(address), timeout=CONNECT_SECONDS)
    line.connect()
    open_line: socket.socket = line.sock
    open_line.settimeout(READ_SECONDS)
    line.timeout = READ_SECONDS
    is_cut = Event()
    end = Timer(seconds, _cut, [open_line, is_cut])
    end.daemon = True
    end.start()
    try:
        yield line
        if is_cut.is_set():
            raise Unreachable("too slow")
    finally:
        end.cancel()
        line.close()


def _cut(open_line: socket.socket, is_cut: Event) -> None:
    is_cut.set()
    with suppress(OSError):
        open_line.shutdown(socket.SHUT_RDWR)


def _bounded(answer: BaseHTTPResponse, most: int) -> bytes:
    """The body, if it is small. Raises ``Unreachable``."""
    raw = b""
    while part := answer.read1(65_536):
        raw += part
        if len(raw) > most:
            raise Unreachable("too much")
    return raw
