"""Shops and their members for figures: the blueprint's programme, live, and people."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from accounts.joining import new_member
from accounts.models import Member, Merchant
from programs.publishing import create_blueprint, publish

FOUNDED: Final = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE: Final = 20_000


def make(*, members: int, merchants: int = 1) -> dict[str, list[Any]]:
    """Open ``merchants`` shops that share ``members`` people; the pairs (shop, person)."""
    shops = [_shop(f"shop-{number}") for number in range(merchants)]
    for first in range(0, members, AT_ONCE):
        numbers = range(first, min(members, first + AT_ONCE))
        Member.objects.bulk_create([_person(shops[n % merchants], n) for n in numbers], batch_size=1_000)
    return {"members": [list(pair) for pair in people()]}


def _person(shop: Merchant, number: int) -> Member:
    person = new_member(merchant=shop, now=FOUNDED, source="bench")
    person.number, person.referral_code = f"M-{number:07}B", f"{number:07}B"  # random ones would collide
    return person


def _shop(slug: str) -> Merchant:
    merchant = Merchant.objects.create(slug=slug, name_ar=slug, name_en=slug)
    early = FOUNDED - timedelta(days=400)
    publish(version=create_blueprint(merchant=merchant), actor="bench", effective_from=early, now=early)
    return merchant


def people() -> list[tuple[int, int]]:
    """Every (merchant, member) there is, in the order of their ids."""
    return list(Member.objects.order_by("pk").values_list("merchant_id", "pk"))
