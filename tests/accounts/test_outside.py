"""Calls to addresses that others chose: bounded, following nobody, never into our own network."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from accounts import outside
from accounts.outside import Unreachable, Unsafe, call, is_public, refuse_unsafe


class Outsider(BaseHTTPRequestHandler):
    """Says what the path asks for; notes what it was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/plain")
            self.end_headers()
        elif self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _letter in range(200):
                try:
                    self.wfile.write(b"X-A: b\r\n")
                except OSError:
                    return
                threading.Event().wait(0.05)
        else:
            body = b"x" * 300_000 if self.path == "/big" else b'{"fine": true}'
            self.send_response(418 if self.path == "/teapot" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - its name there

    def log_message(self, *_said: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Kind", (Outsider,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def host(settings: Settings) -> Iterator[tuple[str, list[str]]]:
    with serving() as (where, asked):
        settings.OUTSIDE_TRUSTED = [where]
        yield where, asked


def test_an_answer_comes_back_whatever_its_status(host: tuple[str, list[str]]) -> None:
    answer = call("POST", f"http://{host[0]}/teapot?a=1", body=b"{}")
    assert (answer.status, answer.said()) == (200, {"fine": True})
    assert call("GET", f"http://{host[0]}/teapot").status == 418
    assert host[1] == ["/teapot?a=1", "/teapot"]


def test_a_redirect_is_an_answer_and_is_not_followed(host: tuple[str, list[str]]) -> None:
    answer = call("GET", f"http://{host[0]}/elsewhere")
    assert (answer.status, answer.headers["location"]) == (302, "/plain")
    assert host[1] == ["/elsewhere"]


def test_too_much_and_too_slow_end(host: tuple[str, list[str]]) -> None:
    with pytest.raises(Unreachable):
        call("GET", f"http://{host[0]}/big")
    with pytest.raises(Unreachable):
        call("GET", f"http://{host[0]}/drip", whole_seconds=0.3)


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[fe80::1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://localhost/",
        "http://93.184.216.34/",
        "https://user:secret@example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "nothing",
    ],
)
def test_what_is_not_on_the_open_internet_is_not_called(address: str) -> None:
    with pytest.raises(Unsafe):
        call("GET", address)
    with pytest.raises(Unsafe):
        refuse_unsafe(address)


def test_a_name_with_one_private_address_is_refused_and_a_public_one_is_called_where_it_was_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The resolver is the one thing here that no test can own: it is told what to answer."""
    names = {"mixed.example": ["93.184.216.34", "10.0.0.1"], "fine.example": ["93.184.216.34"]}
    seen: list[tuple[Any, ...]] = []

    def resolver(host: str, *_rest: Any, **_more: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in names[host]]

    def connection(*named: Any, **_more: Any) -> Any:
        seen.append(named)
        raise OSError("as far as we go")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr(outside, "HTTPSConnection", connection)
    with pytest.raises(Unsafe, match="private_address"):
        call("GET", "https://mixed.example/")
    with pytest.raises(Unreachable):
        call("GET", "https://fine.example/")
    assert seen == [("93.184.216.34", 443)]


@pytest.mark.parametrize("ip", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public(ip: str) -> None:
    assert is_public(ipaddress.ip_address(ip))


def test_who_runs_the_server_may_trust_a_host_and_only_that(settings: Settings) -> None:
    with serving() as (where, _asked), serving() as (other, _other):
        settings.OUTSIDE_TRUSTED = [where]
        assert call("GET", f"http://{where}/").status == 200
        with pytest.raises(Unsafe):
            call("GET", f"http://{other}/")
