"""Shops and their members for figures: the blueprint's programme, live, and people."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from accounts.joining import new_member
from accounts.models import Member, Merchant
from programs.publishing import create_blueprint, publish

FOUNDED: Final = datetime(2026, 1, 1, tzinfo=UTC)


def make(*, members: int, merchants: int = 1) -> dict[str, list[Any]]:
    """Open ``merchants`` shops that share ``members`` people; the pairs (shop, person)."""
    shops = [_shop(f"shop-{number}") for number in range(merchants)]
    people = [
        new_member(merchant=shops[number % merchants], now=FOUNDED, source="bench")
        for number in range(members)
    ]
    for number, person in enumerate(people):  # of a million random words two would be the same
        person.number, person.referral_code = f"M-{number:07}B", f"{number:07}B"
    made = Member.objects.bulk_create(people, batch_size=1_000)
    return {"members": [[person.merchant_id, person.pk] for person in made]}


def _shop(slug: str) -> Merchant:
    merchant = Merchant.objects.create(slug=slug, name_ar=slug, name_en=slug)
    early = FOUNDED - timedelta(days=400)
    publish(version=create_blueprint(merchant=merchant), actor="bench", effective_from=early, now=early)
    return merchant


def people() -> list[tuple[int, int]]:
    """Every (merchant, member) there is, in the order of their ids."""
    return list(Member.objects.order_by("pk").values_list("merchant_id", "pk"))
