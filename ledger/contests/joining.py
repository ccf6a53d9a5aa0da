"""Joining a contest: a member's own word, once, until its last day is over."""

from datetime import datetime

from accounts.errors import NotFound
from accounts.models import Member
from ledger.models import Contender
from programs.calendars import business_date
from programs.contests import ContestTerms
from programs.queries import timeline


def join_contest(member: Member, code: str, *, now: datetime) -> ContestTerms:
    """Let ``member`` take part; joining twice changes nothing. Raises ``NotFound``.

    It may be joined before it begins; one that needs no joining, and one that is over, cannot be joined.
    """
    terms, today = timeline(member.merchant).at(now), business_date(now, member.merchant.zone)
    found = (one for one in (terms.contests if terms else ()) if one.goal.code == code and one.by_joining)
    contest = next((one for one in found if today <= one.last_day), None)
    if contest is None:
        raise NotFound(field="contest")
    row = Contender(
        merchant_id=member.merchant_id, member=member, code=code, starts_on=contest.first_day, joined_at=now
    )
    Contender.objects.bulk_create([row], ignore_conflicts=True)
    return contest
