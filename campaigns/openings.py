"""Points that waited and can be spent now: the one notice of a day on which some opened (RULES 11).

What opened by the clock opened at midnight: the inbox tells it at once, other channels wait for the recipe's
hour. What an event opened is told at once; the member stands there with the parcel.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet, Sum

from accounts.models import Merchant, OutboxEvent
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts
from campaigns.models import Message, Recipe
from campaigns.tuning import Tuning
from ledger.models import Movement, PendingAward
from ledger.models.movements import MovementKind
from ledger.models.pending import PendingState
from programs.calendars import business_date, end_of_day_instant, start_of_day_instant
from programs.terms import Terms


@dataclass(frozen=True, slots=True)
class _Day:
    """A day of a merchant, on which points opened."""

    merchant: Merchant
    day: date

    def awards(self, member_ids: Collection[int]) -> QuerySet[PendingAward]:
        """What opened for these members."""
        since = start_of_day_instant(self.day, self.merchant.zone)
        until = end_of_day_instant(self.day, self.merchant.zone)
        opened = PendingAward.objects.filter(member__in=member_ids, state=PendingState.OPENED)
        return opened.filter(closed_at__gte=since, closed_at__lt=until)

    def points(self, member_ids: Collection[int]) -> dict[int, int]:
        """Member → how many points opened, less what refunds took back since; none at zero. One query."""
        moved = Movement.objects.filter(
            member__in=member_ids,
            kind__in=(MovementKind.EARN, MovementKind.CLAWBACK),
            purchase__in=self.awards(member_ids).values("purchase"),
        )
        sums = moved.order_by().values("member").annotate(total=Sum("points"))
        return {row["member"]: row["total"] for row in sums if row["total"] > 0}


def candidate(recipe: Recipe, event: OutboxEvent, terms: Terms, now: datetime) -> Candidate | None:
    """Whom to tell what opened on the day of ``event``; None when nothing is left of it."""
    merchant, tuning = recipe.merchant, Tuning.read(recipe.settings)
    member_id, told_at = event.about, event.created_at
    opened = _Day(merchant, business_date(told_at, merchant.zone))
    points = opened.points([member_id]).get(member_id)
    if not points:
        return None
    by_event = opened.awards([member_id]).exclude(awaits="").exists()
    morning = start_of_day_instant(opened.day, merchant.zone) + timedelta(hours=tuning.hour)
    return Candidate(
        member_id,
        opened.day.isoformat(),
        account_facts([member_id], terms)[member_id] | {"opened": points},
        max(told_at, morning) + tuning.validity,
        reach_from=None if by_event else morning,
    )


def still_open(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Message id → fresh facts, where something is left of what opened on the message's day."""
    merchant = messages[0].merchant
    accounts = account_facts({message.member_id for message in messages}, terms)
    found: dict[int, Facts] = {}
    for day in {message.occasion for message in messages}:
        told = [message for message in messages if message.occasion == day]
        opened = _Day(merchant, date.fromisoformat(day)).points({message.member_id for message in told})
        for message in told:
            if message.member_id in opened:
                found[message.pk] = accounts[message.member_id] | {"opened": opened[message.member_id]}
    return found
