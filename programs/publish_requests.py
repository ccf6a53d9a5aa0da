"""Terms above the ceiling: one person asks for them, another publishes them (RULES 8).

Where nobody else could decide, the one who can waits a day and proves a second factor. What was asked for is
what is published: an edit in between needs another request.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from accounts.access import Actor, for_write
from accounts.errors import AlreadyDecided, Forbidden
from accounts.two_people import ALONE_WAITS, deciders, is_alone, prove_two
from programs.errors import AboveCeiling
from programs.margin import Combination
from programs.margin_guard import Assessment
from programs.margin_wording import as_stored
from programs.models import Programme, ProgrammeVersion, PublishRequest, PublishState
from programs.publishing import digest_of, publish

MERCHANT = "version__programme__merchant"


def publish_or_ask(
    *,
    actor: Actor,
    version: ProgrammeVersion,
    effective_from: datetime | None,
    now: datetime,
    pilot: bool = False,
) -> ProgrammeVersion | PublishRequest:
    """Publish the draft; above the ceiling, put a request on record that another person decides.

    Without ``effective_from`` the terms start when they are published. The same draft asked for again is the
    same request. Raises what publishing raises.
    """
    if not actor.may("change", "programme"):
        raise Forbidden
    try:
        return publish(
            version=version, actor=actor.label, effective_from=effective_from or now, now=now, pilot=pilot
        )
    except AboveCeiling as above:
        assessed: Assessment = above.params["assessed"]
    with transaction.atomic():
        Programme.objects.select_for_update().get(pk=version.programme_id)
        waiting = version.publish_requests.filter(state=PublishState.WAITING).first()
        if waiting is not None and _is_same(waiting, version, effective_from, pilot):
            return waiting
        if waiting is not None:
            _decide(waiting, PublishState.WITHDRAWN, actor, now)
        return _ask(actor, version, assessed, effective_from, now, pilot)


def approve(*, actor: Actor, request_id: int, now: datetime, code: str = "") -> ProgrammeVersion:
    """Publish what was asked for. ``code`` proves a second factor where one person decides alone.

    Raises ``NotFound``, ``Forbidden``, ``AlreadyDecided``, ``NeedsAnother``, ``NotRipe``, ``WrongCode``,
    ``NoSecondFactor``, ``DraftChanged`` and whatever publishing raises; the request then still waits.
    """
    with transaction.atomic():
        request = _waiting(actor, request_id)
        proved = prove_two(
            actor, request.asked_by, deciders(actor.merchant.pk), ripe_at=request.ripe_at, now=now, code=code
        )
        request.second_factor_at = now if proved else None
        _decide(request, PublishState.PUBLISHED, actor, now)
        return publish(
            version=request.version,
            actor=request.asked_by,
            effective_from=_start(request, now),
            now=now,
            pilot=request.pilot,
            agreed=request,
        )


def decline(*, actor: Actor, request_id: int, now: datetime) -> PublishRequest:
    """Refuse a request, or withdraw one's own. Raises ``NotFound``, ``Forbidden``, ``AlreadyDecided``."""
    with transaction.atomic():
        request = _waiting(actor, request_id)
        own = request.asked_by == actor.label
        _decide(request, PublishState.WITHDRAWN if own else PublishState.REFUSED, actor, now)
    return request


def requests(actor: Actor) -> QuerySet[PublishRequest]:
    """The requests of the actor's merchant, the newest first."""
    rows = PublishRequest.objects.filter(**{MERCHANT: actor.merchant})
    return rows.select_related("version__programme__merchant").order_by("-pk")


def waiting_count(merchant_id: int) -> int:
    """How many requests wait at a merchant."""
    return PublishRequest.objects.filter(**{MERCHANT: merchant_id}, state=PublishState.WAITING).count()


def decides_alone(request: PublishRequest, actor: Actor) -> bool:
    """Whether nobody but this actor could: then a day and a second factor stand for the other person."""
    return is_alone(actor, request.asked_by, deciders(actor.merchant.pk))


def _ask(
    actor: Actor,
    version: ProgrammeVersion,
    assessed: Assessment,
    effective_from: datetime | None,
    now: datetime,
    pilot: bool,
) -> PublishRequest:
    worst: Combination = assessed.guard.combinations[0]
    return PublishRequest.objects.create(
        version=version,
        digest=digest_of(version),
        rate_percent=_percent(worst),
        ceiling_percent=assessed.said.ceiling,
        worst=as_stored(worst, assessed.terms),
        effective_from=effective_from,
        pilot=pilot,
        asked_by=actor.label,
        asked_at=now,
        ripe_at=now + ALONE_WAITS,
    )


def _percent(worst: Combination) -> Decimal:
    """The rate in percent, to four places and never understated."""
    return Decimal(int(-(-worst.rate * 10**6 // 1))).scaleb(-4)


def _is_same(
    waiting: PublishRequest, version: ProgrammeVersion, effective_from: datetime | None, pilot: bool
) -> bool:
    asked = (waiting.digest, waiting.effective_from, waiting.pilot)
    return asked == (digest_of(version), effective_from, pilot)


def _start(request: PublishRequest, now: datetime) -> datetime:
    """When the terms start: as asked, or now where that has gone by and other terms were in force."""
    start = request.effective_from or now
    is_first = not request.version.programme.versions.published().exists()
    return start if is_first else max(start, now)


def _waiting(actor: Actor, request_id: int) -> PublishRequest:
    """Hold the request; one that was decided meanwhile is not decided again."""
    rows = PublishRequest.objects.select_for_update(of=("self",)).select_related("version__programme")
    request = for_write(actor, rows, room="programme", path=MERCHANT, pk=request_id)
    if request.state != PublishState.WAITING:
        raise AlreadyDecided(state=str(request.get_state_display()))
    return request


def _decide(request: PublishRequest, state: PublishState, actor: Actor, now: datetime) -> None:
    request.state, request.decided_by, request.decided_at = state, actor.label, now
    request.save(update_fields=["state", "decided_by", "decided_at", "second_factor_at"])
