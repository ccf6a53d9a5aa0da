"""Gift cards by hand: who may make one, for whom, and up to which worth one person decides it (RULES 44)."""

from datetime import date, datetime

from django.db.models import Sum

from accounts.access import Actor
from accounts.errors import Forbidden, Invalid, NeedsAnother
from accounts.models import Member, Merchant
from accounts.own_card import refuse_own_card
from ledger.errors import NoProgramme
from ledger.events import GiftCardIssued
from ledger.models import GiftCard
from ledger.models.gift_cards import GiftCardWhy
from ledger.posting import answer_of, post
from ledger.queries import terms_at
from ledger.receipt import Receipt
from ledger.second_person import settings_of
from programs.calendars import business_date, start_of_day_instant

FREE = (GiftCardWhy.GIVEN, GiftCardWhy.APOLOGY)


def issue_gift_card(
    *,
    actor: Actor,
    member: Member,
    value_minor: int,
    why: str,
    source: str,
    key: str,
    now: datetime,
    expires_on: date | None = None,
    order_ref: str = "",
) -> Receipt:
    """Make a card for a member. One that is sold names its order; nobody makes one for themselves.

    A card that is given away is worth no more than the points one person may give by hand. Raises
    ``Forbidden``, ``OwnCard``, ``NeedsAnother``, ``NoProgramme`` and ``Invalid``.
    """
    if not actor.may("change", "facts"):
        raise Forbidden
    event = GiftCardIssued(
        merchant_id=actor.merchant.pk,
        member_id=member.pk,
        occurred_at=now,
        source=source,
        key=key,
        actor=actor.label,
        value_minor=value_minor,
        why=why,
        expires_on=expires_on,
        order_ref=order_ref,
    )
    if known := answer_of(event):
        return known
    refuse_own_card(actor, member)
    if why == GiftCardWhy.SOLD and not order_ref:
        raise Invalid(field="order")
    if why != GiftCardWhy.SOLD:
        _refuse_too_much(actor, member, value_minor, now)
    return post(event, now=now)


def most_alone(merchant: Merchant, now: datetime) -> int:
    """What one person may give away in cards to one member on one day. Raises ``NoProgramme``."""
    terms = terms_at(merchant, now)
    if terms is None:
        raise NoProgramme
    return settings_of(merchant).limit_at(now) * terms.block_value_minor // terms.block_points


def _refuse_too_much(actor: Actor, member: Member, value_minor: int, now: datetime) -> None:
    """What one person gives one member on one day counts together."""
    most_minor, zone = most_alone(actor.merchant, now), actor.merchant.zone
    today = start_of_day_instant(business_date(now, zone), zone)
    given = GiftCard.objects.filter(member=member, actor=actor.label, issued_at__gte=today, why__in=FREE)
    before = given.aggregate(total=Sum("value_minor", default=0))["total"]
    if before + value_minor > most_minor:
        raise NeedsAnother(field="amount")
