"""Gift cards by hand: who may make one, for whom, and up to which worth one person decides it (RULES 44).

Above that worth a request waits for another owner or manager (``ledger.gift_deciding``), as points given by
hand do (``ledger.second_person``).
"""

from datetime import date, datetime

from django.db.models import Sum

from accounts.access import Actor
from accounts.errors import Forbidden, Invalid
from accounts.models import Member, Merchant
from accounts.own_card import refuse_own_card
from accounts.two_people import ALONE_WAITS
from ledger.errors import KeyConflict, NoProgramme
from ledger.events import GiftCardIssued
from ledger.families import person_of
from ledger.gift_deciding import event_of
from ledger.models import GiftCard, GiftCardRequest
from ledger.models.adjustments import RequestState
from ledger.models.gift_cards import GiftCardWhy
from ledger.posting import answer_of, post
from ledger.queries import terms_at
from ledger.receipt import Receipt
from ledger.second_person import one_at_a_time, settings_of
from ledger.validating import validate
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
) -> Receipt | GiftCardRequest:
    """Make a card for a member, once per key: at once, or a request that waits. Nobody makes their own.

    One that is sold names its order. What is given away at once is worth no more than the points one person
    may give by hand. A repetition has the first answer again, or the request as it stands now. Raises
    ``Forbidden``, ``OwnCard``, ``NoProgramme``, ``KeyConflict`` and ``Invalid``.
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
    if known := answer_of(event) or _asked_before(event):
        return known
    refuse_own_card(actor, member)
    if why == GiftCardWhy.SOLD:
        if not order_ref:
            raise Invalid(field="order")
        return post(event, now=now)
    validate(event, now=now)
    return _given_away(actor, member, event, now)


def _given_away(
    actor: Actor, member: Member, event: GiftCardIssued, now: datetime
) -> Receipt | GiftCardRequest:
    """Give a card now, or ask for it: what one person gives one member on one day is counted one by one."""
    with one_at_a_time(Member.objects.filter(pk=member.pk)):
        if known := answer_of(event) or _asked_before(event):
            return known
        before_minor = _given_alone(actor, member, now)
        if before_minor + event.value_minor <= most_alone(actor.merchant, now):
            return post(event, now=now)
        return GiftCardRequest.objects.create(
            merchant=actor.merchant, member=member, value_minor=event.value_minor, why=event.why,
            expires_on=event.expires_on, order_ref=event.order_ref, source=event.source, key=event.key,
            asked_by=actor.label, asked_at=now, ripe_at=now + ALONE_WAITS,
        )  # fmt: skip


def most_alone(merchant: Merchant, now: datetime) -> int:
    """What one person may give away in cards to one member on one day. Raises ``NoProgramme``."""
    terms = terms_at(merchant, now)
    if terms is None:
        raise NoProgramme
    return settings_of(merchant).limit_at(now) * terms.block_value_minor // terms.block_points


def _given_alone(actor: Actor, member: Member, now: datetime) -> int:
    """What this person gave this member today without a second one, in minor units."""
    zone = actor.merchant.zone
    today = start_of_day_instant(business_date(now, zone), zone)
    given = GiftCard.objects.filter(
        member=member, actor=actor.label, issued_at__gte=today, why__in=FREE, request__isnull=True
    )
    total: int = given.aggregate(total=Sum("value_minor", default=0))["total"]
    return total


def _asked_before(event: GiftCardIssued) -> Receipt | GiftCardRequest | None:
    """The request this key made, or the receipt of its card. Raises ``KeyConflict``."""
    request = (
        GiftCardRequest.objects.filter(merchant_id=event.merchant_id, source=event.source, key=event.key)
        .select_related("member__merchant")
        .first()
    )
    if request is None:
        return None
    if not _says_the_same(request, event):
        raise KeyConflict(field="key")
    if request.state != RequestState.POSTED:
        return request
    return answer_of(event_of(request, event.occurred_at))


def _says_the_same(request: GiftCardRequest, event: GiftCardIssued) -> bool:
    """Whether a key is used for what it was used for: the member's record may have been merged meanwhile."""
    names = ("value_minor", "why", "expires_on", "order_ref")
    asked_for, now_for = (person_of(pk, event.merchant_id) for pk in (request.member_id, event.member_id))
    return asked_for == now_for and all(getattr(request, name) == getattr(event, name) for name in names)
