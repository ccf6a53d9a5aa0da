"""The door: what is proved is kept once, everything else leaves no row."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery import Celery
from django.test import Client

from accounts.access import staff_actor
from accounts.errors import Forbidden, Invalid
from accounts.models import Staff
from ledger.models import ShopLink, ShopNews
from ledger.shops import source as source_module
from ledger.shops.links import Pasted, save_link
from ledger.shops.source import base64_signed, hex_signed
from ledger.shops.sources import sources
from loyalty_site.webhooks.nudging import nudge
from tests.cast import Cast, Shop
from tests.shops.scene import PAYLOADS, SECRET, link, owner_of, raw_of, sample, work

VECTORS = json.loads((PAYLOADS / "signature_vectors.json").read_text())
SIGNED = ("salla", "shopify", "woocommerce")
SECRETIVE = ("zid", "foodics")


def test_known_answers() -> None:
    raw, secret = VECTORS["raw_body"].encode(), VECTORS["secret"]
    assert hex_signed(raw, secret, VECTORS["salla_X-Salla-Signature"])
    assert base64_signed(raw, secret, VECTORS["shopify_or_woo_base64"])
    spaced = json.dumps(json.loads(raw)).encode()
    assert not hex_signed(spaced, secret, VECTORS["salla_X-Salla-Signature"])
    assert not base64_signed(raw + b" ", secret, VECTORS["shopify_or_woo_base64"])


def test_the_known_answer_opens_the_door_and_one_changed_byte_does_not(shop: Shop) -> None:
    link(shop, "salla", secret=VECTORS["secret"])
    raw, signature = VECTORS["raw_body"].encode(), VECTORS["salla_X-Salla-Signature"]

    def post(body: bytes, **headers: str) -> int:
        answer = Client().post(
            "/webhooks/salla/oasis/", body, content_type="application/json", headers=headers
        )
        return answer.status_code

    for wrong in (
        raw[:-1] + b" ",
        raw.replace(b"1305146709", b"1305146708"),
        json.dumps(json.loads(raw)).encode(),
    ):
        assert post(wrong, **{"x-salla-signature": signature}) == 401
    for headers in ({}, {"x-salla-signature": "x"}, {"x-salla-signature": signature[:-1] + "0"},
                    {"x-salla-signature": "é" * 64}, {"authorization": "Bearer wrong"}):  # fmt: skip
        assert post(raw, **headers) == 401
    assert not ShopNews.objects.exists()
    assert post(raw, **{"x-salla-signature": signature}) == 200
    assert ShopNews.objects.get().body == VECTORS["raw_body"]


@pytest.mark.parametrize("source", [*SIGNED, *SECRETIVE])
def test_wrong_missing_and_foreign_proofs_leave_no_row(stage: Cast, source: str) -> None:
    ours, theirs = link(stage.shop, source), link(stage.rival, source, secret="their-own-secret")
    said = {"event": "order.created", "id": 1, "order": {"id": "a"}, "data": {"id": 1}}
    for wrong in ("", "not-the-secret", theirs.secret):
        assert ours.send(said, secret=wrong, token=wrong or "x").status_code == 401
    assert ours.send(said, slug="mirage").status_code == 401, "a rival's slug"
    assert ours.send(said, slug="nobody").status_code == 401
    assert Client().get(f"/webhooks/{source}/oasis/").status_code == 405
    assert not ShopNews.objects.exists()
    assert ours.send(said).status_code == 200
    assert ShopNews.objects.get().merchant == stage.shop.merchant


def test_an_unknown_source_is_not_found(shop: Shop) -> None:
    assert Client().post("/webhooks/nobody/oasis/", b"{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize("source", [*SIGNED, *SECRETIVE])
def test_what_is_sent_again_is_one_row(shop: Shop, source: str) -> None:
    told = link(shop, source)
    said = {"event": "order.created", "id": 7, "order": {"id": "a", "updated_at": "2026-11-15 09:00:00"},
            "data": {"id": 7, "updated_at": "2026-11-15 09:00:00"},
            "date_modified_gmt": "2026-11-15T09:00:00"}  # fmt: skip
    for _time in range(3):
        assert told.send(said, x_shopify_webhook_id="d1b1ad13").status_code == 200
    assert ShopNews.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"1", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1', b"\xff\xfe",
    b'{"a":' * 1000 + b"1" + b"}" * 1000,
     b'{"a":' + b"[" * 60 + b"]" * 60 + b"}", b'{"a": ' + b"9" * 5000 + b"}"],
)  # fmt: skip
def test_a_proved_body_that_cannot_be_read_is_refused(shop: Shop, body: bytes) -> None:
    answer = link(shop, "salla").send(body)
    assert answer.status_code == 422, answer.content
    assert not ShopNews.objects.exists()


def test_ten_megabytes_are_too_much(shop: Shop) -> None:
    assert link(shop, "salla").send(b'{"a":"' + b"x" * 10_000_000 + b'"}').status_code == 413
    assert not ShopNews.objects.exists()


def test_a_changed_secret_is_honoured_for_an_hour(shop: Shop, clock: time_machine.Traveller) -> None:
    told = link(shop, "shopify")
    link(shop, "shopify", secret="another-secret")
    assert told.send({"id": 1}).status_code == 200
    assert told.send({"id": 2}, secret="another-secret").status_code == 200
    clock.shift(timedelta(hours=1, seconds=1))
    assert told.send({"id": 3}).status_code == 401
    assert told.send({"id": 4}, secret="another-secret").status_code == 200
    assert ShopNews.objects.count() == 3


def test_salla_may_prove_itself_by_its_token(shop: Shop) -> None:
    link(shop, "salla")
    said = {"event": "order.created", "data": {"id": 1}}
    sent = {"x-salla-security-strategy": "Token", "authorization": f"Bearer {SECRET}"}
    answer = Client().post(
        "/webhooks/salla/oasis/", raw_of(said), content_type="application/json", headers=sent
    )
    assert answer.status_code == 200


def test_zid_may_prove_itself_by_a_password(shop: Shop) -> None:
    told = link(shop, "zid")
    import base64

    coded = base64.b64encode(f"walaa:{told.secret}".encode()).decode()
    for sent, status in ((f"Basic {coded}", 200), ("Basic !!", 401), ("Basic eDp5", 401)):
        answer = Client().post(
            "/webhooks/zid/oasis/",
            b'{"id": 1}',
            content_type="application/json",
            headers={"authorization": sent},
        )
        assert answer.status_code == status


def test_woocommerce_asks_whether_somebody_is_there(shop: Shop) -> None:
    link(shop, "woocommerce")
    answer = Client().post(
        "/webhooks/woocommerce/oasis/", b"webhook_id=3", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    forged = b"webhook_id=3&status=completed"
    answer = Client().post(
        "/webhooks/woocommerce/oasis/", forged, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 401
    assert not ShopNews.objects.exists()


def test_news_of_another_shop_are_refused(shop: Shop) -> None:
    body = sample("salla_order_created", "body")
    assert link(shop, "salla", shop_id="999").send(body).status_code == 422
    assert not ShopNews.objects.exists()
    assert link(shop, "salla", shop_id="1874450306").send(body).status_code == 200


def test_a_shop_that_is_switched_off_is_not_there(shop: Shop) -> None:
    assert link(shop, "salla", is_on=False).send({"event": "order.created"}).status_code == 401


def test_only_an_owner_links_and_secrets_are_sealed(shop: Shop) -> None:
    manager = staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff["manager"]))
    salla: Any = sources()["salla"]
    with pytest.raises(Forbidden):
        save_link(actor=manager, source=salla, pasted=Pasted(secret=SECRET), now=shop.member.joined_at)
    for wrong in (
        Pasted(secret="short"),
        Pasted(secret="x" * 300),
        Pasted(secret=SECRET, api_token="x" * 3000),
        Pasted(secret=SECRET, shop_id="x\x00"),
    ):
        with pytest.raises(Invalid):
            save_link(actor=owner_of(shop), source=salla, pasted=wrong, now=shop.member.joined_at)
    link(shop, "salla", api_token="a-token-of-the-shop")
    row = ShopLink.objects.get()
    assert SECRET not in row.secret
    assert "a-token" not in row.api_token


def test_adding_a_source_is_adding_one_file(
    shop: Shop, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A made-up shop: one file in the folder of sources, and its orders come in."""
    from ledger.shops import sources as package

    (tmp_path / "bazaar.py").write_text(BAZAAR)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    sources.cache_clear()
    try:
        assert source_module.Source in type(sources()["bazaar"]).__mro__
        told = link(shop, "bazaar")
        order = {"nr": 17, "phone": "0501234567", "sum": "120.00"}
        answer = Client().post(
            "/webhooks/bazaar/oasis/",
            raw_of(order),
            content_type="application/json",
            headers={"x-bazaar": SECRET},
        )
        assert answer.status_code == 200
        work()
        assert told.purchase.total_minor == 12_000
        assert told.balance == (120, 0)
    finally:
        sources.cache_clear()


BAZAAR = '''
"""A bazaar that nobody has heard of."""
from ledger.shops.reading import key, minor, settled, text
from ledger.shops.source import Source
from ledger.shops.told import Line, Order, Status, Who

class Bazaar(Source):
    code, title, steps = "bazaar", "Bazaar", ()
    def proves(self, sent, secret):
        return sent.header("x-bazaar") == secret
    def name(self, said, sent):
        return "order"
    def order_key(self, said):
        return text(said.get("nr"))
    def once(self, said, sent):
        return self.order_key(said)
    def read(self, said, headers, shop):
        sum_minor = minor(said.get("sum"), shop.currency)
        lines = settled(sum_minor, [Line(sum_minor)])
        who = Who(phone=text(said.get("phone")))
        at = shop.received_at
        return Order(key(said.get("nr"), "order"), Status.PAID, shop.currency, lines, at, at, who)
    def wrapped(self, order):
        return dict(order)
    def fetch(self, api, order_key):
        return None
    def changed(self, api, since, cursor):
        return [], ""

SOURCE = Bazaar()
'''


def test_a_broker_that_is_away_costs_nobody_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)

    @away.task(name="look")
    def look() -> None:
        """Never called."""

    nudge(look)
    assert "nobody could be called" in caplog.text
