"""A shop that gives to causes, and has partners and events."""

from datetime import datetime, timedelta
from typing import Any

from ledger.events import PlaceMoved, PlaceTaken, PointsDonated
from ledger.models import Place
from ledger.posting import post
from ledger.receipt import Receipt
from programs.models import (
    Cause,
    EventState,
    Giving,
    MemberEvent,
    Partner,
    PartnerOffer,
    Reward,
    RewardKind,
)
from programs.publishing import publish
from programs.queries import forget_terms
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.books import Books


def open_giving_shop(slug: str = "oasis", phone: str = "0501234567", **giving: Any) -> Shop:
    """Open a shop with two causes, whose terms give 2.5 % and take points."""
    shop = open_shop(slug, phone, live=False)
    for code, name_ar, name_en, licence in (
        ("orphans", "كفالة الأيتام", "Orphan care", "NCNP-1001"),
        ("water", "سقيا الماء", "Water for all", "NCNP-2002"),
    ):
        Cause.objects.create(
            merchant=shop.merchant, code=code, name_ar=name_ar, name_en=name_en, licence=licence
        )
    Giving.objects.create(version=shop.version, **({"share_percent": "2.50"} | giving))
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return shop


def give(books: Books, points: int, cause: str = "orphans", *, key: str | None = None) -> Receipt:
    """Give points to a cause."""
    said = books.said("gift", key, None)
    return post(PointsDonated(**said, points=points, cause_code=cause), now=books.now)


def invite(shop: Shop, now: datetime, **facts: Any) -> MemberEvent:
    """Invite to an evening in two weeks."""
    said = {
        "code": "tasting", "name_ar": "أمسية قهوة", "name_en": "Coffee evening",
        "place_ar": "فرع العليا", "place_en": "Olaya branch",
        "starts_at": now + timedelta(days=14), "ends_at": now + timedelta(days=14, hours=3),
        "places": 2, "state": EventState.OPEN,
    }  # fmt: skip
    return MemberEvent.objects.create(merchant=shop.merchant, **(said | facts))


def sign_up(books: Books, code: str = "tasting", *, key: str | None = None) -> Receipt:
    """Sign up to an event."""
    return post(PlaceTaken(**books.said("sign-up", key, None), event_code=code), now=books.now)


def leave(books: Books, place: Place | int, *, key: str | None = None) -> Receipt:
    """Cancel a sign-up."""
    pk = place if isinstance(place, int) else place.pk
    return post(PlaceMoved(**books.said("place", key, None), place_id=pk), now=books.now)


def begin_giving(shop: Shop, now: datetime) -> MemberEvent:
    """Let a shop whose terms are published already give to a cause, and invite to an evening."""
    Cause.objects.create(
        merchant=shop.merchant, code="orphans", name_ar="كفالة الأيتام", name_en="Orphan care", licence="1"
    )
    Giving.objects.bulk_create([Giving(version=shop.version, share_percent="2.50")])
    forget_terms()
    return invite(shop, now, code="evening")


def voucher_for(shop: Shop, guest: Shop, books: Books) -> str:
    """A voucher of one shop that the other honours; its code."""
    Reward.objects.bulk_create([
        Reward(
            version=shop.version, code="wash", name_ar="غسيل", name_en="Car wash", points=100,
            kind=RewardKind.PARTNER,
        )
    ])  # fmt: skip
    forget_terms()
    said = {"asked_by": "test", "asked_at": books.now, "state": "active"}
    partner = Partner.objects.create(
        merchant=shop.merchant, shop=guest.merchant, name_ar="ش", name_en="P", **said
    )
    PartnerOffer.objects.create(
        merchant=shop.merchant, partner=partner, reward_code="wash", owed_minor=900, **said
    )
    return str(books.issue(reward_code="wash").code)
