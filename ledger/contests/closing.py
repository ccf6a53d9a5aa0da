"""Deciding contests: the places are written once, when what may come back has come back; then come prizes.

Every step may be done again: places of a contest are written in one transaction with the word that it is
decided, and a prize has the contest and the place for its key.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Merchant
from ledger.bulk.passing import post_alone
from ledger.contests.ranking import write_places
from ledger.events_of_contests import ContestWon
from ledger.models import ContestClosing, ContestStanding, PostingKey
from programs.calendars import business_date, end_of_day_instant
from programs.contests import ContestTerms
from programs.models import Contest
from programs.queries import Timeline, timeline
from programs.terms import Terms

SOURCE: Final = "contest"
ACTOR: Final = "system"


class Held(NamedTuple):
    """A contest with the terms in force on its last day, by which it is decided."""

    contest: ContestTerms
    terms: Terms

    def is_of_last_day(self, promises: Timeline, zone: str) -> bool:
        """Whether these terms were in force as its last day ended."""
        return promises.at(end_of_day_instant(self.contest.last_day, zone)) is self.terms


def close_contests(*, now: datetime) -> int:
    """Decide every contest whose day has come, and give the prizes that are due; returns how many prizes."""
    return sum(_close_at(merchant, now) for merchant in _with_contests())


def _with_contests() -> QuerySet[Merchant]:
    """Shops that ever published a contest, or have one whose prizes are not all given."""
    held = Contest.objects.filter(is_active=True, version__published_at__isnull=False)
    return Merchant.objects.kept().filter(pk__in=held.values("version__programme__merchant")).order_by("pk")


def _close_at(merchant: Merchant, now: datetime) -> int:
    promises, today = timeline(merchant), business_date(now, merchant.zone)
    decided = {(row.code, row.starts_on): row for row in ContestClosing.objects.filter(merchant=merchant)}
    given = 0
    for held in due(promises, merchant.zone, today):
        key = (held.contest.goal.code, held.contest.first_day)
        closing = decided.get(key) or decide(merchant, held, now)
        if closing is not None and closing.done_at is None:
            given += give_prizes(closing, held.contest, now)
    return given


def due(promises: Timeline, zone: str, today: date) -> Iterator[Held]:
    """The contests that are to be decided by now, each by the terms in force as its last day ended."""
    for terms in promises.terms:
        for contest in terms.contests:
            held = Held(contest, terms)
            if contest.decided_on <= today and held.is_of_last_day(promises, zone):
                yield held


def decide(merchant: Merchant, held: Held, now: datetime) -> ContestClosing | None:
    """Write the places of a contest for good; None where another worker does so at this moment."""
    contest, terms = held
    named = {"merchant": merchant, "code": contest.goal.code, "starts_on": contest.first_day}
    with transaction.atomic():
        made = ContestClosing(**named, version_id=terms.version_id, closed_at=now)
        ContestClosing.objects.bulk_create([made], ignore_conflicts=True)
        closing = ContestClosing.objects.select_for_update().get(**named)
        if closing.closed_at != now or ContestStanding.objects.filter(closing=closing).exists():
            return closing
        closing.contenders = write_places(closing, contest)
        closing.save(update_fields=["contenders"])
    return closing


def give_prizes(closing: ContestClosing, contest: ContestTerms, now: datetime) -> int:
    """Post every prize that was not given yet; returns how many. Whoever left the shop wins nothing.

    Who is busy is found again by the next run. Of several workers the last one to look finds nothing left.
    """
    given = sum(post_alone(prize, now) is not None for prize in _prizes_due(closing, contest, now))
    if not _prizes_due(closing, contest, now):
        ContestClosing.objects.filter(pk=closing.pk, done_at__isnull=True).update(done_at=now)
    return given


def _prizes_due(closing: ContestClosing, contest: ContestTerms, now: datetime) -> list[ContestWon]:
    """The prizes that nobody was given yet, the first place first."""
    winners = ContestStanding.objects.filter(closing=closing, place__lte=contest.winners)
    winners = winners.filter(member__erased_at__isnull=True, member__detached_at__isnull=True)
    keys = PostingKey.objects.filter(merchant=closing.merchant_id, source=SOURCE, kind=ContestWon.kind)
    had = set(keys.filter(key__startswith=f"{_stem(closing)}:").values_list("key", flat=True))
    prizes = (_prize(closing, standing, now) for standing in winners.order_by("place"))
    return [prize for prize in prizes if prize.key not in had]


def _prize(closing: ContestClosing, standing: ContestStanding, now: datetime) -> ContestWon:
    return ContestWon(
        merchant_id=closing.merchant_id,
        member_id=standing.member_id,
        occurred_at=now,
        source=SOURCE,
        key=f"{_stem(closing)}:{standing.place}",
        actor=ACTOR,
        contest=closing.code,
        starts_on=closing.starts_on,
        place=standing.place,
        version_id=closing.version_id,
    )


def _stem(closing: ContestClosing) -> str:
    """What the keys of a contest's prizes begin with."""
    return f"{closing.code}:{closing.starts_on:%Y%m%d}"
