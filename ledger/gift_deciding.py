"""Yes or no to a gift card above what one person may give away: two people, as for points (RULES 44)."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.access import Actor, for_write
from accounts.errors import AlreadyDecided
from accounts.models import Staff
from accounts.own_card import refuse_own_card, same_person
from accounts.two_people import deciders, is_alone, prove_two
from ledger.events import GiftCardIssued
from ledger.models import GiftCardRequest
from ledger.models.adjustments import RequestState
from ledger.posting import post
from ledger.receipt import Receipt

SOURCE = "request"


def approve_gift_card(*, actor: Actor, request_id: int, now: datetime, code: str = "") -> Receipt:
    """Make the card that was asked for, once. ``code`` proves a second factor where one person decides alone.

    Raises ``NotFound``, ``Forbidden``, ``AlreadyDecided``, ``NeedsAnother``, ``NotRipe``, ``OwnCard``,
    ``WrongCode``, ``NoSecondFactor`` and whatever posting raises; the request then still waits.
    """
    with transaction.atomic():
        request = _waiting(actor, request_id)
        refuse_own_card(actor, request.member)
        proved = prove_two(
            actor, request.asked_by, _deciders(request), ripe_at=request.ripe_at, now=now, code=code
        )
        receipt = post(event_of(request, now), now=now)
        request.card_id = receipt.gift_card_id
        request.second_factor_at = now if proved else None
        _decide(request, RequestState.POSTED, actor, now)
    return receipt


def decline_gift_card(*, actor: Actor, request_id: int, now: datetime) -> GiftCardRequest:
    """Refuse a card, or withdraw one's own. Raises ``NotFound``, ``Forbidden``, ``AlreadyDecided``."""
    with transaction.atomic():
        request = _waiting(actor, request_id)
        own = request.asked_by == actor.label
        _decide(request, RequestState.WITHDRAWN if own else RequestState.REFUSED, actor, now)
    return request


def gift_requests(actor: Actor) -> QuerySet[GiftCardRequest]:
    """The requests of the actor's merchant, the newest first."""
    rows = GiftCardRequest.objects.filter(merchant=actor.merchant)
    return rows.select_related("member", "merchant", "card").order_by("-asked_at", "-id")


def gifts_waiting(merchant_id: int) -> int:
    """How many gift cards wait for a second person at a merchant."""
    return GiftCardRequest.objects.filter(merchant=merchant_id, state=RequestState.WAITING).count()


def gives_alone(request: GiftCardRequest, actor: Actor) -> bool:
    """Whether nobody but this actor could: then a day and a second factor stand for the other person."""
    return is_alone(actor, request.asked_by, _deciders(request))


def event_of(request: GiftCardRequest, now: datetime) -> GiftCardIssued:
    """What a yes posts: under the request's own key, so that two approvers at once make one card."""
    return GiftCardIssued(
        merchant_id=request.merchant_id,
        member_id=request.member_id,
        occurred_at=now,
        source=SOURCE,
        key=f"request-{request.pk}",
        actor=request.asked_by,
        value_minor=request.value_minor,
        why=request.why,
        expires_on=request.expires_on,
        order_ref=request.order_ref,
    )


def _waiting(actor: Actor, request_id: int) -> GiftCardRequest:
    """Hold the request; one that was decided meanwhile is not decided again."""
    rows = GiftCardRequest.objects.select_for_update(of=("self",)).select_related("member__merchant")
    request = for_write(actor, rows, room="facts", pk=request_id)
    if request.state != RequestState.WAITING:
        raise AlreadyDecided(state=str(request.get_state_display()))
    return request


def _decide(request: GiftCardRequest, state: RequestState, actor: Actor, now: datetime) -> None:
    request.state, request.decided_by, request.decided_at = state, actor.label, now
    request.save(update_fields=["state", "decided_by", "decided_at", "card", "second_factor_at"])


def _deciders(request: GiftCardRequest) -> QuerySet[Staff]:
    """Everybody who could say yes: owners and managers, without the one whose card it becomes."""
    own = same_person(request.member)
    people = deciders(request.merchant_id)
    return people.exclude(own) if own is not None else people
