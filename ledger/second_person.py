"""Points given or taken by hand above the limit: one person asks, another decides (RULES 44).

Up to the merchant's limit an adjustment is posted at once; what one person moved for one member on one day
counts together, so that ten small ones are one large one. Above it a request waits for another owner or
manager. Where nobody else could decide, the one who can waits 24 hours and proves a second factor. Another
account of the same person is no other person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet, Sum

from accounts.access import Actor, for_write
from accounts.errors import AlreadyDecided, Forbidden
from accounts.models import Member, Merchant, Staff
from accounts.own_card import refuse_own_card, same_person
from accounts.two_people import ALONE_WAITS, deciders, is_alone, prove_two
from ledger.errors import Busy, KeyConflict
from ledger.events import PointsAdjusted
from ledger.families import person_of
from ledger.models import AdjustmentRequest, BookSettings, Movement
from ledger.models.adjustments import RequestState
from ledger.models.movements import MovementKind
from ledger.posting import answer_of, post
from ledger.receipt import Receipt
from ledger.validating import validate
from programs.calendars import business_date

SOURCE = "request"


def settings_of(merchant: Merchant) -> BookSettings:
    """How this merchant keeps its books; the defaults, unsaved, when nobody chose otherwise."""
    return BookSettings.objects.filter(merchant=merchant).first() or BookSettings(merchant=merchant)


def adjust(
    *,
    actor: Actor,
    member: Member,
    points: int,
    reason: str,
    source: str,
    key: str,
    now: datetime,
    expires: bool = True,
) -> Receipt | AdjustmentRequest:
    """Give or take points by hand, once per key: posted at once, or a request that waits.

    A repetition has the first answer again, or the request as it stands now. Raises ``OwnCard``,
    ``KeyConflict`` and whatever posting raises.
    """
    if not actor.may("change", "facts"):
        raise Forbidden
    said = {"points": points, "reason": reason, "expires": expires}
    event = _event(member, actor.label, source, key, now, **said)
    validate(event, now=now)
    known = answer_of(event) or _asked_before(event)
    if known is not None:
        return known
    if points > 0:
        refuse_own_card(actor, member)
    with one_at_a_time(Member.objects.filter(pk=member.pk)):
        known = answer_of(event) or _asked_before(event)
        if known is not None:
            return known
        limit = settings_of(actor.merchant).limit_at(now)
        if abs(points) + moved_by_hand(actor, member, points, now) <= limit:
            return post(event, now=now)
        return AdjustmentRequest.objects.create(
            merchant=actor.merchant, member=member, source=source, key=key, asked_by=actor.label,
            asked_at=now, ripe_at=now + ALONE_WAITS, **said,
        )  # fmt: skip


def approve(*, actor: Actor, request_id: int, now: datetime, code: str = "") -> Receipt:
    """Post what was asked for, once. ``code`` proves a second factor where one person decides alone.

    Raises ``NotFound``, ``Forbidden``, ``AlreadyDecided``, ``NeedsAnother``, ``NotRipe``, ``OwnCard``,
    ``WrongCode``, ``NoSecondFactor`` and whatever posting raises; the request then still waits.
    """
    with transaction.atomic():
        request = _waiting(actor, request_id)
        proved = _refuse_alone(actor, request, now=now, code=code)
        receipt = post(_event_of(request, now), now=now)
        request.movement_id = receipt.movement_id
        request.second_factor_at = now if proved else None
        _decide(request, RequestState.POSTED, actor, now)
    return receipt


def decline(*, actor: Actor, request_id: int, now: datetime) -> AdjustmentRequest:
    """Refuse a request, or withdraw one's own. Raises ``NotFound``, ``Forbidden``, ``AlreadyDecided``."""
    with transaction.atomic():
        request = _waiting(actor, request_id)
        own = request.asked_by == actor.label
        _decide(request, RequestState.WITHDRAWN if own else RequestState.REFUSED, actor, now)
    return request


def requests(actor: Actor) -> QuerySet[AdjustmentRequest]:
    """The requests of the actor's merchant, the newest first."""
    rows = AdjustmentRequest.objects.filter(merchant=actor.merchant).select_related("member", "movement")
    return rows.order_by("-asked_at", "-id")


def waiting_count(merchants: Any) -> int:
    """How many requests wait at these merchants (ids or a queryset)."""
    return AdjustmentRequest.objects.filter(merchant__in=merchants, state=RequestState.WAITING).count()


def decides_alone(request: AdjustmentRequest, actor: Actor) -> bool:
    """Whether nobody but this actor could: then a day and a second factor stand for the other person."""
    return is_alone(actor, request.asked_by, _deciders(request))


def moved_by_hand(actor: Actor, member: Member, points: int, now: datetime) -> int:
    """How many points the actor alone gave (or took, by the sign) this member on this day."""
    same_way = Q(points__gt=0) if points > 0 else Q(points__lt=0)
    rows = by_hand(actor, business_date(now, member.merchant.zone)).filter(same_way, member=member)
    moved: int = rows.aggregate(total=Sum("points"))["total"] or 0
    return abs(moved)


def by_hand(actor: Actor, day: Any) -> QuerySet[Movement]:
    """What the actor moved by hand on a day without a second person."""
    return Movement.objects.filter(
        merchant=actor.merchant,
        business_date=day,
        kind=MovementKind.ADJUST,
        actor=actor.label,
        request__isnull=True,
    )


@contextmanager
def one_at_a_time(rows: QuerySet[Any]) -> Iterator[None]:
    """Hold these rows for a transaction. They are taken before any balance, and no posting takes them.

    The lock lets foreign keys to the rows be written. Raises ``Busy`` when it cannot be had.
    """
    try:
        with transaction.atomic():
            list(rows.select_for_update(no_key=True).values_list("pk"))
            yield
    except OperationalError as error:
        raise Busy from error


def _event(member: Member, actor: str, source: str, key: str, now: datetime, **said: Any) -> PointsAdjusted:
    return PointsAdjusted(
        merchant_id=member.merchant_id,
        member_id=member.pk,
        occurred_at=now,
        source=source,
        key=key,
        actor=actor,
        **said,
    )


def _event_of(request: AdjustmentRequest, now: datetime) -> PointsAdjusted:
    """What a yes posts: under the request's own key, so that two approvers at once post once."""
    said = {"points": request.points, "reason": request.reason, "expires": request.expires}
    return _event(request.member, request.asked_by, SOURCE, f"request-{request.pk}", now, **said)


def _asked_before(event: PointsAdjusted) -> Receipt | AdjustmentRequest | None:
    """The request this key made, or the receipt of its posting. Raises ``KeyConflict``."""
    request = (
        AdjustmentRequest.objects.filter(merchant_id=event.merchant_id, source=event.source, key=event.key)
        .select_related("member__merchant")
        .first()
    )
    if request is None:
        return None
    same = (request.points, request.reason, request.expires) == (event.points, event.reason, event.expires)
    asked_for, now_for = (person_of(pk, event.merchant_id) for pk in (request.member_id, event.member_id))
    if not same or asked_for != now_for:
        raise KeyConflict(field="key")
    if request.state != RequestState.POSTED:
        return request
    return answer_of(_event_of(request, event.occurred_at))


def _waiting(actor: Actor, request_id: int) -> AdjustmentRequest:
    """Hold the request; one that was decided meanwhile is not decided again."""
    rows = AdjustmentRequest.objects.select_for_update(of=("self",)).select_related("member__merchant")
    request = for_write(actor, rows, room="facts", pk=request_id)
    if request.state != RequestState.WAITING:
        raise AlreadyDecided(state=str(request.get_state_display()))
    return request


def _refuse_alone(actor: Actor, request: AdjustmentRequest, *, now: datetime, code: str) -> bool:
    """Insist on two people, neither of whom credits their own card: says whether one proved to be alone."""
    if request.points > 0:
        refuse_own_card(actor, request.member)
    return prove_two(actor, request.asked_by, _deciders(request), ripe_at=request.ripe_at, now=now, code=code)


def _decide(request: AdjustmentRequest, state: RequestState, actor: Actor, now: datetime) -> None:
    request.state, request.decided_by, request.decided_at = state, actor.label, now
    request.save(update_fields=["state", "decided_by", "decided_at", "movement", "second_factor_at"])


def _deciders(request: AdjustmentRequest) -> QuerySet[Staff]:
    """Everybody who could say yes: owners and managers, without the one whose card it is."""
    people = deciders(request.merchant_id)
    own = same_person(request.member) if request.points > 0 else None
    return people.exclude(own) if own is not None else people
