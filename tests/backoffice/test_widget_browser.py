"""The widget on a product page of another origin, under a policy that allows next to nothing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.cast import open_shop

PAGE = """<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>بن</title>
<script src="{server}/static/widget/points.js" data-shop="oasis" async></script></head>
<body><p id="one"><span data-walaa-price="120.00"></span></p>
<p id="two"><span data-walaa-price="3" data-walaa-language="en"></span></p>
<p id="none"><span data-walaa-price="call us"></span></p></body></html>"""
POLICY = "default-src 'none'; script-src {server}; connect-src {server}; base-uri 'none'"


@pytest.fixture
def product(live_server: Any) -> Iterator[str]:
    """A shop's own page, on another origin, with a strict policy."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/product" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY.format(server=live_server.url))
            self.end_headers()
            self.wfile.write(PAGE.format(server=live_server.url).encode())

        def log_message(self, *_said: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/product"
    server.shutdown()
    server.server_close()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_product_page_says_what_it_earns(new_page: Any, product: str) -> None:
    open_shop("oasis", "0501234567")
    page = new_page("ar")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(product)
    one, two = page.locator("#one span"), page.locator("#two span")
    one.filter(has_text="اكسب 120 نقطة").wait_for()
    two.filter(has_text="Earn 3 points").wait_for()
    assert (one.get_attribute("dir"), two.get_attribute("dir")) == ("rtl", "ltr")
    page.locator("#none span[hidden]").wait_for(state="attached")
    page.evaluate("document.querySelector('#one span').dataset.walaaPrice = '2'")  # another size was chosen
    one.filter(has_text="اكسب نقطتين").wait_for()
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert {url.partition("?")[0].rsplit("/", 1)[1] for url in asked} <= {
        "product", "points.js", "earn.json", "favicon.ico",
    }  # fmt: skip


def test_the_file_is_small_and_runs_under_any_policy() -> None:
    text = (Path(settings.BASE_DIR) / "static/widget/points.js").read_text(encoding="utf-8")
    assert len(text.encode()) < 3_000
    assert not [word for word in ("eval(", "innerHTML", "cookie=", "localStorage", "style") if word in text]
