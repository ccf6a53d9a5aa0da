"""Dealings of causes, partners and events, for the counts of reads."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from ledger.causes.choosing import choose_cause
from ledger.events import PlaceMoved, PlaceTaken, PointsDonated
from ledger.posting import post
from ledger.receipt import Receipt
from programs.models import (
    Cause,
    EventState,
    MemberEvent,
    Partner,
    PartnerOffer,
    ProgrammeVersion,
    Reward,
    RewardKind,
)
from programs.queries import forget_terms
from tests.ledger.books import Books

Deal = Callable[[], Receipt]
NUMBERS = count(1)
GIVING: dict[str, Any] = {"giving": {"share_percent": "2.50"}}


def a_sale_that_gives(books: Books) -> Deal:
    choose_cause(member=books.member, code="orphans", actor="test", now=books.now)
    return lambda: books.buy(1000)


def a_gift(books: Books) -> Deal:
    event = PointsDonated(**books.said("gift", None, None), points=100, cause_code="orphans")
    return lambda: post(event, now=books.now)


def evening(books: Books) -> MemberEvent:
    return MemberEvent.objects.create(
        merchant=books.merchant, code=f"evening-{next(NUMBERS)}", name_ar="أمسية", name_en="Evening",
        place_ar="هنا", place_en="Here", places=5, points=50, state=EventState.OPEN,
        starts_at=books.now + timedelta(days=9), ends_at=books.now + timedelta(days=10),
    )  # fmt: skip


def a_sign_up(books: Books) -> Deal:
    event = PlaceTaken(**books.said("sign-up", None, None), event_code=evening(books).code)
    return lambda: post(event, now=books.now)


def a_place_left(books: Books) -> Deal:
    taken = post(
        PlaceTaken(**books.said("sign-up", None, None), event_code=evening(books).code), now=books.now
    )
    event = PlaceMoved(**books.said("place", None, None), place_id=taken.place_id or 0)
    return lambda: post(event, now=books.now)


def _partner(books: Books) -> Partner:
    """A partner who honours a reward of the terms in force."""
    version = ProgrammeVersion.objects.get(programme__merchant=books.merchant)
    if not Reward.objects.filter(version=version, code="wash").exists():
        reward = Reward(
            version=version, code="wash", name_ar="غسيل", name_en="Wash", points=100, kind=RewardKind.PARTNER
        )
        Reward.objects.bulk_create([reward])
        forget_terms()
        said = {"asked_by": "test", "asked_at": books.now, "state": "active"}
        partner = Partner.objects.create(merchant=books.merchant, name_ar="ش", name_en="P", **said)
        PartnerOffer.objects.create(
            merchant=books.merchant, partner=partner, reward_code="wash", owed_minor=900, **said
        )
        books.earn(10)
    return Partner.objects.get(merchant=books.merchant)


def a_partners_voucher(books: Books) -> Deal:
    _partner(books)
    return lambda: books.issue(reward_code="wash")


def a_voucher_honoured(books: Books) -> Deal:
    partner = _partner(books)
    code = books.issue(reward_code="wash").code
    return lambda: books.close(code, partner_id=partner.pk)


def causes_of(books_merchant: Any) -> None:
    """Name a cause."""
    Cause.objects.create(
        merchant=books_merchant, code="orphans", name_ar="كفالة الأيتام", name_en="Orphan care", licence="1"
    )
