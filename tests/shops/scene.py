"""A shop linked to a source, the ways in which that source speaks, and the worker that reads it."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.access import staff_actor
from accounts.models import Staff
from ledger.models import Balance, Purchase, ShopLink, ShopNews
from ledger.shops.links import Pasted, save_link
from ledger.shops.sources import sources
from ledger.shops.working import work_news
from tests.cast import Shop

SECRET = "whsec_test"
PAYLOADS = Path(__file__).parent / "payloads"


def sample(name: str, *path: str) -> Any:
    """A part of a real sample."""
    found = json.loads((PAYLOADS / f"{name}.json").read_text())
    for step in path:
        found = found[step]
    return found


def raw_of(said: Any) -> bytes:
    """The bytes a shop sends."""
    return json.dumps(said, ensure_ascii=False).encode()


@dataclass
class Told:
    """One merchant's shop at one source, and what it sends."""

    shop: Shop
    source: str
    link: ShopLink
    secret: str = SECRET

    def send(
        self,
        said: Any,
        *,
        slug: str = "",
        token: str | None = None,
        secret: str | None = None,
        **headers: str,
    ) -> Any:
        """Tell something, proved in the source's own way."""
        raw = said if isinstance(said, bytes) else raw_of(said)
        proof = proof_of(self.source, raw, self.secret if secret is None else secret)
        token = (self.secret if token is None else token) if sources()[self.source].makes_secret else ""
        address = f"/webhooks/{self.source}/{slug or self.shop.merchant.slug}/" + (
            f"{token}/" if token else ""
        )
        sent = proof | {name.replace("_", "-"): value for name, value in headers.items()}
        return Client().post(address, raw, content_type="application/json", headers=sent)

    def tell(self, said: Any, **headers: str) -> ShopNews:
        """Tell something, have it worked on, and return what became of it."""
        answer = self.send(said, **headers)
        assert answer.status_code == 200, answer.content
        work()
        return ShopNews.objects.filter(link=self.link).latest("pk")

    @property
    def purchase(self) -> Purchase:
        return Purchase.objects.get(merchant=self.shop.merchant, source=self.source)

    @property
    def balance(self) -> tuple[int, int]:
        """Points to spend, and points that wait."""
        row = Balance.objects.get(pk=self.shop.member.pk)
        return row.available, row.pending


def proof_of(source: str, raw: bytes, secret: str) -> dict[str, str]:
    """The headers by which a source proves itself."""
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    if source == "salla":
        return {"x-salla-security-strategy": "Signature", "x-salla-signature": digest.hex()}
    signed = base64.b64encode(digest).decode()
    if source == "shopify":
        return {"x-shopify-hmac-sha256": signed}
    return {"x-wc-webhook-signature": signed} if source == "woocommerce" else {}


def link(shop: Shop, source: str, **pasted: Any) -> Told:
    """Link a shop as its owner does."""
    row, made = save_link(
        actor=owner_of(shop), source=sources()[source],
        pasted=Pasted(**({"secret": SECRET} | pasted)), now=timezone.now(),
    )  # fmt: skip
    return Told(shop, source, row, made or pasted.get("secret", SECRET))


def owner_of(shop: Shop) -> Any:
    """Our owner, as an actor."""
    return staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff["owner"]))


def work(*, wait: timedelta = timedelta(0)) -> int:
    """Let the worker look."""
    return work_news(clock=lambda: timezone.now() + wait)
