"""What of a member decides which events they may go to: tier, segments, paid plan."""

from datetime import datetime
from typing import TypedDict

from django.db.models import Q

from accounts.models import Member
from ledger.families import family_of
from ledger.membership_queries import current
from ledger.queries import account
from programs.models import AudienceMember


class Standing(TypedDict):
    """The member's tier, the segments that hold them, and the plan they pay for."""

    tier: str
    segments: frozenset[str]
    plan: str


def standing_for_events(member: Member, now: datetime) -> Standing:
    """How the member stands now."""
    found = account(member, now=now)
    places = AudienceMember.objects.filter(
        Q(until__isnull=True) | Q(until__gt=now), member__in=family_of(member.pk), since__lte=now
    )
    held = current(member, now)
    return {
        "tier": found.tier.code if found.tier else "",
        "segments": frozenset(places.values_list("audience", flat=True)),
        "plan": held.plan if held else "",
    }
