"""A server that speaks the APIs of the shops, as far as they are documented, and fails in their ways."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

PAGE = 2
"""Orders on one page."""


@dataclass
class Desk:
    """Orders and coupons of one shop; ``calls`` are the requests it saw.

    Told to hang up it does what it was asked to (``hang_up``), or not even that (``hangs_up_at`` an address).
    """

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    coupons: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    is_down: bool = False
    hang_up: bool = False
    hangs_up_at: str = ""
    refuses: int = 0
    address: str = ""

    def page(self, query: dict[str, list[str]]) -> tuple[list[dict[str, Any]], int, int]:
        """The orders of one page, its number and how many pages there are."""
        number = int(query.get("page", query.get("page_info", ["1"]))[0])
        rows = list(self.orders.values())
        return rows[(number - 1) * PAGE : number * PAGE], number, max(1, -(-len(rows) // PAGE))

    def make(self, said: dict[str, Any]) -> dict[str, Any] | None:
        """A coupon, if its code is free."""
        if any(one["code"] == said["code"] for one in self.coupons.values()):
            return None
        number = str(len(self.coupons) + 501)
        self.coupons[number] = {"id": int(number), **said}
        return self.coupons[number]


class _Answers(BaseHTTPRequestHandler):
    desk: ClassVar[Desk]

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer("POST", said)

    def do_DELETE(self) -> None:
        self._answer("DELETE", {})

    def _answer(self, method: str, said: dict[str, Any]) -> None:
        desk, address = self.desk, urlsplit(self.path)
        desk.calls.append((method, self.path))
        desk.headers.append({name.lower(): value for name, value in self.headers.items()})
        if desk.is_down:
            return self._say(503, {"error": "down"})
        if desk.refuses:
            return self._say(desk.refuses, {"error": "no"})
        if desk.hangs_up_at and method == "POST" and re.search(desk.hangs_up_at, address.path):
            self.close_connection = True
            return None
        status, found, more = self._found(method, address.path, parse_qs(address.query), said)
        if desk.hang_up and method == "POST":
            self.close_connection = True
            return None
        return self._say(status, found, more)

    def _found(
        self, method: str, path: str, query: dict[str, list[str]], said: dict[str, Any]
    ) -> tuple[int, Any, dict[str, str]]:
        for pattern, answer in ROUTES:
            match = re.fullmatch(pattern, f"{method} {path}")
            if match:
                found = answer(self.desk, match.groups(), query, said)
                return found if len(found) == 3 else (*found, {})
        return 404, {"error": "no such address"}, {}

    def _say(self, status: int, said: Any, more: dict[str, str] | None = None) -> None:
        raw = b"" if said is None else json.dumps(said, default=_plain).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_said: Any) -> None:
        """Keep quiet."""


def _plain(said: Any) -> Any:
    assert isinstance(said, Decimal)
    return str(said)


def _one(desk: Desk, number: str, wrap: Any) -> tuple[int, Any]:
    found = desk.orders.get(number)
    return (200, wrap(found)) if found else (404, {"message": "not found"})


def _salla_orders(desk: Desk, _path: Any, query: Any, _said: Any) -> Any:
    rows, number, last = desk.page(query)
    return 200, {"status": 200, "data": rows, "pagination": {"currentPage": number, "totalPages": last}}


def _woo_orders(desk: Desk, _path: Any, query: Any, _said: Any) -> Any:
    rows, _number, last = desk.page(query)
    return 200, rows, {"X-WP-TotalPages": str(last)}


def _shopify_orders(desk: Desk, _path: Any, query: Any, _said: Any) -> Any:
    rows, number, last = desk.page(query)
    link = f'<{desk.address}/x?page_info={number + 1}&limit=50>; rel="next"' if number < last else ""
    return 200, {"orders": rows}, {"Link": link} if link else {}


def _foodics_orders(desk: Desk, _path: Any, query: Any, _said: Any) -> Any:
    rows, number, last = desk.page(query)
    return 200, {"data": rows, "links": {"next": f"?page={number + 1}" if number < last else None}}


def _made(wrap: Any, taken: int) -> Any:
    def answer(desk: Desk, _path: Any, _query: Any, said: Any) -> Any:
        made = desk.make(said)
        return (201, wrap(made)) if made else (taken, {"message": "code taken"})

    return answer


def _rule(desk: Desk, _path: Any, _query: Any, said: Any) -> Any:
    """Rules have titles, and any two may have the same; a code is another call."""
    number = str(len(desk.coupons) + 501)
    desk.coupons[number] = {"id": int(number), "code": "", **said["price_rule"]}
    return 201, {"price_rule": desk.coupons[number]}


def _rules(desk: Desk, _path: Any, query: Any, _said: Any) -> Any:
    first, last = query["starts_at_min"][0], query["starts_at_max"][0]
    found = [one for one in desk.coupons.values() if first <= one["starts_at"] <= last]
    return 200, {"price_rules": found[: int(query["limit"][0])]}


def _rules_code(desk: Desk, path: Any, _query: Any, said: Any) -> Any:
    code = said["discount_code"]["code"]
    if any(one["code"] == code for one in desk.coupons.values()):
        return 422, {"errors": {"code": ["must be unique"]}}
    desk.coupons[path[0]]["code"] = code
    return 201, {"discount_code": {"code": code, "price_rule_id": int(path[0])}}


def _rules_codes(desk: Desk, path: Any, _query: Any, _said: Any) -> Any:
    found = desk.coupons.get(path[0])
    if found is None:
        return 404, {"errors": "Not Found"}
    codes = [{"code": found["code"], "usage_count": found.get("used", 0)}] if found["code"] else []
    return 200, {"discount_codes": codes}


def _lookup(desk: Desk, _path: Any, query: Any, _said: Any) -> Any:
    for one in desk.coupons.values():
        if one["code"] == query["code"][0]:
            return 200, {"discount_code": {"code": one["code"], "price_rule_id": one["id"]}}
    return 404, {"errors": "Not Found"}


def _coupon(wrap: Any) -> Any:
    def answer(desk: Desk, path: Any, _query: Any, _said: Any) -> Any:
        found = desk.coupons.get(path[0])
        return (200, wrap(found, found.get("used", 0))) if found else (404, {"message": "not found"})

    return answer


def _gone(desk: Desk, path: Any, _query: Any, _said: Any) -> Any:
    return (200, {}) if desk.coupons.pop(path[0], None) else (404, {})


ROUTES: list[tuple[str, Any]] = [
    (r"GET /admin/v2/orders", _salla_orders),
    (r"GET /admin/v2/orders/(\w+)", lambda desk, path, *_: _one(desk, path[0], lambda one: {"data": one})),
    (r"POST /admin/v2/coupons", _made(lambda made: {"data": made}, 422)),
    (r"GET /admin/v2/coupons", lambda desk, *_: (200, {"data": list(desk.coupons.values())})),
    (r"GET /admin/v2/coupons/(\d+)",
     _coupon(lambda one, used: {"data": one | {"statistics": {"num_of_usage": used}}})),
    (r"DELETE /admin/v2/coupons/(\d+)", _gone),
    (r"GET /v1/managers/store/orders", lambda desk, _p, query, _s: (200, {"orders": desk.page(query)[0]})),
    (r"GET /v1/managers/store/orders/(\w+)/view",
     lambda desk, path, *_: _one(desk, path[0], lambda one: {"status": "object", "order": one})),
    (r"POST /v1/managers/store/coupons/add", _made(lambda made: {"status": "object", "coupon": made}, 422)),
    (r"GET /v1/managers/store/coupons", lambda desk, *_: (200, {"coupons": list(desk.coupons.values())})),
    (r"DELETE /v1/managers/store/coupons/(\d+)", _gone),
    (r"GET /admin/api/[\d-]+/orders.json", _shopify_orders),
    (r"GET /admin/api/[\d-]+/orders/(\d+).json",
     lambda desk, path, *_: _one(desk, path[0], lambda one: {"order": one})),
    (r"POST /admin/api/[\d-]+/price_rules.json", _rule),
    (r"GET /admin/api/[\d-]+/price_rules.json", _rules),
    (r"POST /admin/api/[\d-]+/price_rules/(\d+)/discount_codes.json", _rules_code),
    (r"GET /admin/api/[\d-]+/price_rules/(\d+)/discount_codes.json", _rules_codes),
    (r"GET /admin/api/[\d-]+/discount_codes/lookup.json", _lookup),
    (r"DELETE /admin/api/[\d-]+/price_rules/(\d+).json", _gone),
    (r"GET /wp-json/wc/v3/orders", _woo_orders),
    (r"GET /wp-json/wc/v3/orders/(\d+)", lambda desk, path, *_: _one(desk, path[0], lambda one: one)),
    (r"POST /wp-json/wc/v3/coupons", _made(lambda made: made, 400)),
    (r"GET /wp-json/wc/v3/coupons", lambda desk, *_: (200, list(desk.coupons.values()))),
    (r"GET /wp-json/wc/v3/coupons/(\d+)", _coupon(lambda one, used: one | {"usage_count": used})),
    (r"DELETE /wp-json/wc/v3/coupons/(\d+)", _gone),
    (r"GET /v5/orders", _foodics_orders),
    (r"GET /v5/orders/([\w-]+)", lambda desk, path, *_: _one(desk, path[0], lambda one: {"data": one})),
]  # fmt: skip


@contextmanager
def serving() -> Iterator[Desk]:
    """Serve; gives the desk, which knows its address."""
    desk = Desk()
    handler = type("Answers", (_Answers,), {"desk": desk})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    desk.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
