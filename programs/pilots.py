"""Who earns while a programme is in its pilot: chosen, changed and ended, every place with its dates.

A place is never removed: who leaves gets an end, who comes again gets a new place. Which members those are is
for higher floors to say, except a share of all members, which is drawn here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.access import Actor
from accounts.errors import Forbidden, NotFound
from accounts.models import Member, Merchant
from programs.errors import AudienceTooLarge, WrongState
from programs.lifecycle import go_live
from programs.models import AudienceMember, Programme, ProgrammeState
from programs.queries import PILOT_AUDIENCE

MOST: Final = 5_000
"""A pilot is small: more members than this are a launch."""
PARTS: Final = 10_000
"""Into how many parts the members are drawn: a hundredth of a percent each."""


@dataclass(frozen=True, slots=True)
class Change:
    """What another audience would change: who stays, comes and goes."""

    stays: int
    comes: int
    goes: int

    @property
    def members(self) -> int:
        """How many there are afterwards."""
        return self.stays + self.comes


@dataclass(frozen=True, slots=True)
class Pilot:
    """The pilot of a merchant: how many take part, since when, and when the last place ended."""

    members: int
    ever: int
    since: datetime | None
    until: datetime | None


def part_of(merchant_id: int, member_id: int) -> int:
    """The part of a merchant's members, 0 to 9,999, into which a member falls for good.

    The hash is keyed by the merchant and by no secret of the installation: it must outlive a change of that.
    """
    key = f"programs.pilots:{merchant_id}".encode()
    digest = blake2b(str(member_id).encode(), digest_size=8, key=key).digest()
    return int.from_bytes(digest, "big") % PARTS


def sample(merchant: Merchant, percent: int) -> set[int]:
    """About ``percent`` % of the active members; a larger share holds everybody of a smaller one."""
    ids = Member.objects.for_merchant(merchant).active().values_list("pk", flat=True)
    limit = percent * PARTS // 100
    return {pk for pk in ids.iterator() if part_of(merchant.pk, pk) < limit}


def segment(merchant: Merchant, audience: str) -> set[int]:
    """The active members who stand in another audience now."""
    rows = _open(merchant, audience)
    return set(_active(merchant).filter(pk__in=rows.values("member")).values_list("pk", flat=True))


def segments(merchant: Merchant) -> list[str]:
    """The audiences a pilot could be chosen from."""
    rows = AudienceMember.objects.filter(merchant=merchant, until__isnull=True)
    names = rows.exclude(audience=PILOT_AUDIENCE).order_by("audience").values_list("audience", flat=True)
    return list(names.distinct())


def change(merchant: Merchant, member_ids: Collection[int]) -> Change:
    """What ``set_audience`` would do; writes nothing. Raises ``AudienceTooLarge``."""
    wanted, held = _wanted(merchant, member_ids), _held(merchant)
    return Change(len(wanted & held), len(wanted - held), len(held - wanted))


def set_audience(*, actor: Actor, member_ids: Collection[int], now: datetime) -> Change:
    """Let exactly these members take part from ``now`` on; the others' places end now.

    Raises ``Forbidden``, ``NotFound`` without a programme, ``WrongState`` once every member earns, and
    ``AudienceTooLarge``.
    """
    merchant = actor.merchant
    with transaction.atomic():
        _hold(actor)
        wanted, held = _wanted(merchant, member_ids), _held(merchant)
        _open(merchant).filter(member__in=held - wanted).update(until=now)
        AudienceMember.objects.bulk_create(
            AudienceMember(merchant=merchant, audience=PILOT_AUDIENCE, member_id=member_id, since=now)
            for member_id in sorted(wanted - held)
        )
    return Change(len(wanted & held), len(wanted - held), len(held - wanted))


def end_audience(*, actor: Actor, now: datetime) -> int:
    """End every place; returns how many. Raises ``Forbidden``, ``NotFound`` and ``WrongState``."""
    with transaction.atomic():
        _hold(actor)
        return _open(actor.merchant).update(until=now)


def launch(*, programme: Programme, now: datetime, by: str = "") -> Programme:
    """Open a pilot to every member; its places end in the same instant. Raises ``WrongState``."""
    with transaction.atomic():
        moved = go_live(programme=programme, now=now, by=by)
        _open(programme.merchant).update(until=now)
    return moved


def pilot_of(merchant: Merchant) -> Pilot:
    """How the pilot stands; one query."""
    rows = AudienceMember.objects.filter(merchant=merchant, audience=PILOT_AUDIENCE)
    found = rows.aggregate(
        members=Count("pk", filter=Q(until__isnull=True)),
        ever=Count("member", distinct=True),
        since=Min("since"),
        until=Max("until"),
    )
    return Pilot(**found)


def ever_in_pilot(merchant: Merchant) -> QuerySet[AudienceMember, int]:
    """The ids of everybody who ever took part, for ``member__in``."""
    rows = AudienceMember.objects.filter(merchant=merchant, audience=PILOT_AUDIENCE)
    return rows.values_list("member", flat=True)


def _hold(actor: Actor) -> None:
    """Take the programme's row, so that two hands on one audience follow each other."""
    if not actor.may("change", "programme"):
        raise Forbidden
    rows = Programme.objects.select_for_update(no_key=True).filter(merchant=actor.merchant)
    state = rows.values_list("state", flat=True).first()
    if state is None:
        raise NotFound
    if state not in (ProgrammeState.DRAFT, ProgrammeState.PILOT):
        raise WrongState


def _wanted(merchant: Merchant, member_ids: Collection[int]) -> set[int]:
    """Those of the members who are active at this merchant: nobody else's, and nobody who left."""
    if len(member_ids) > MOST:
        raise AudienceTooLarge(most=MOST, members=len(member_ids))
    return set(_active(merchant).filter(pk__in=member_ids).values_list("pk", flat=True))


def _active(merchant: Merchant) -> QuerySet[Member]:
    return Member.objects.for_merchant(merchant).active()


def _open(merchant: Merchant, audience: str = PILOT_AUDIENCE) -> QuerySet[AudienceMember]:
    return AudienceMember.objects.filter(merchant=merchant, audience=audience, until__isnull=True)


def _held(merchant: Merchant) -> set[int]:
    return set(_open(merchant).values_list("member", flat=True))
