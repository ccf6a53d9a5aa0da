"""Joining a contest and leaving it: a member's own word, until its last day is over."""

from datetime import datetime

from accounts.errors import NotFound
from accounts.models import Member
from ledger.families import family_of
from ledger.models import Contender
from programs.calendars import business_date
from programs.contests import ContestTerms
from programs.queries import timeline


def join_contest(member: Member, code: str, *, now: datetime) -> ContestTerms:
    """Let ``member`` take part, also who had left; joining twice changes nothing. Raises ``NotFound``.

    It may be joined before it begins; one that needs no joining, and one that is over, cannot be joined.
    """
    contest = _open_contest(member, code, now)
    row = Contender(
        merchant_id=member.merchant_id, member=member, code=code, starts_on=contest.first_day, joined_at=now
    )
    Contender.objects.bulk_create([row], ignore_conflicts=True)
    Contender.objects.filter(
        member=member, code=code, starts_on=contest.first_day, left_at__isnull=False
    ).update(left_at=None)
    return contest


def leave_contest(member: Member, code: str, *, now: datetime) -> ContestTerms:
    """Let ``member`` take part no longer, by none of their records. Raises ``NotFound``.

    What was counted stays theirs and goes on being counted; leaving twice, or what was never joined, changes
    nothing. One that is over is not left: its ranking is as it ended.
    """
    contest = _open_contest(member, code, now)
    mine = Contender.objects.filter(member__in=family_of(member.pk), code=code, starts_on=contest.first_day)
    mine.filter(left_at__isnull=True).update(left_at=now)
    return contest


def _open_contest(member: Member, code: str, now: datetime) -> ContestTerms:
    """The contest of that code that asks for joining and is not over."""
    terms, today = timeline(member.merchant).at(now), business_date(now, member.merchant.zone)
    found = (one for one in (terms.contests if terms else ()) if one.goal.code == code and one.by_joining)
    contest = next((one for one in found if today <= one.last_day), None)
    if contest is None:
        raise NotFound(field="contest")
    return contest
