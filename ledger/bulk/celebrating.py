"""Days that come round for a member: the birthday, and the day of the first purchase, each an event.

Only where the terms of that very day have something for it. Dated at the beginning of the day in the
merchant's zone; a night that comes late makes up for the days it missed, one that runs twice finds everything
done. One person is congratulated once a year, whatever became of their records (RULES 9, 42).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Coalesce, ExtractDay, ExtractMonth

from accounts.models import Member, Merchant
from ledger.bulk import sharing
from ledger.bulk.passing import chunks, post_alone
from ledger.bulk.sharing import Clock, Due, Job
from ledger.events import EventOccurred
from ledger.families import HEAD
from ledger.models import Balance, Occurrence, WorkShard
from ledger.models.work import Work
from programs.calendars import birthday_in, business_date, start_of_day_instant
from programs.conditions import open_birthday
from programs.queries import Timeline, timeline
from programs.triggers import ANNIVERSARY, BIRTHDAY

SOURCE: Final = "calendar"
ACTOR: Final = "system"
LATE: Final = 7
"""How many days a night may come late: whoever was not congratulated by then is not any more."""


class Feast(NamedTuple):
    """A day that comes round for a member."""

    member_id: int
    name: str
    day: date


Had = Mapping[tuple[int, str], tuple[tuple[int, date], ...]]
"""(Person, event) → (year, day) of those they had."""


def celebrate(*, merchant: Merchant, now: datetime) -> int:
    """Congratulate whoever is due at one merchant; returns how many events were posted."""
    return sharing.run(CELEBRATION, merchant, now)


def days_of(name: str, promises: Timeline, zone: str, today: date) -> list[date]:
    """The days until ``today`` whose terms know the event."""
    found = []
    for back in range(LATE, -1, -1):
        day = today - timedelta(days=back)
        terms = promises.at(start_of_day_instant(day, zone))
        if terms is not None and name in terms.events:
            found.append(day)
    return found


def born_on(days: Collection[date]) -> Q:
    """Members who keep their birthday on one of these days: 29 February on the 28th in common years."""
    asked = Q(pk__in=())
    for day in days:
        asked |= Q(birthday__month=day.month, birthday__day=day.day)
        if (day.month, day.day) == (2, 28) and birthday_in(date(2000, 2, 29), day.year) == day:
            asked |= Q(birthday__month=2, birthday__day=29)
    return asked


def bought_first_on(days: Collection[date], merchant: Merchant) -> QuerySet[Any]:
    """Records whose first purchase was on such a day of another year, each with its person's."""
    zone = merchant.timezone
    rows = Balance.objects.filter(merchant=merchant, first_purchase_at__isnull=False).alias(
        month=ExtractMonth("first_purchase_at", tzinfo=zone), day=ExtractDay("first_purchase_at", tzinfo=zone)
    )
    asked = Q(pk__in=())
    for day in days:
        asked |= Q(month=day.month, day=day.day)
        if (day.month, day.day) == (2, 28) and birthday_in(date(2000, 2, 29), day.year) == day:
            asked |= Q(month=2, day=29)
    return rows.filter(asked).annotate(person=HEAD)


def _due(merchant: Merchant, now: datetime) -> Due:
    return [(member_id, 1) for member_id in sorted({one.member_id for one in _feasts(merchant, now, Q())})]


def _bring(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    """Congratulate a shard's members; tells how many members and events each time."""
    now = clock()
    by_member: defaultdict[int, list[Feast]] = defaultdict(list)
    for feast in _feasts(shard.merchant, now, shard.members("pk")):
        by_member[feast.member_id].append(feast)
    for chunk in chunks([(member_id, len(by_member[member_id])) for member_id in sorted(by_member)]):
        events = (_event(shard.merchant, feast) for member_id in chunk for feast in by_member[member_id])
        yield len(chunk), sum(post_alone(event, now) is not None for event in events)


def _feasts(merchant: Merchant, now: datetime, which: Q) -> list[Feast]:
    """What is due to members and was not had yet."""
    promises, today = timeline(merchant), business_date(now, merchant.zone)
    members = Member.objects.for_merchant(merchant).active().filter(which)
    found: list[Feast] = []
    for name, find in _FINDERS.items():
        days = days_of(name, promises, merchant.zone, today)
        if days:
            found += find(merchant, members, days)
    return found


def _birthdays(merchant: Merchant, members: QuerySet[Member], days: list[date]) -> Iterator[Feast]:
    people = list(members.filter(born_on(days)).order_by("pk"))
    had = _had([person.pk for person in people], BIRTHDAY)
    for person in people:
        for day in days:
            if person.birthday is None or birthday_in(person.birthday, day.year) != day:
                continue
            uses = had.get((person.pk, BIRTHDAY), ())
            joined_on = business_date(person.joined_at, merchant.zone)
            if joined_on <= day and open_birthday(person.birthday, person.birthday_changed_on, uses, day):
                yield Feast(person.pk, BIRTHDAY, day)


def _anniversaries(merchant: Merchant, members: QuerySet[Member], days: list[date]) -> Iterator[Feast]:
    candidates = set(bought_first_on(days, merchant).values_list("person", flat=True))
    people = list(members.filter(pk__in=candidates).order_by("pk").values_list("pk", flat=True))
    firsts = (
        Balance.objects.annotate(person=Coalesce("member__merged_into", "member"))
        .filter(Q(member__in=people) | Q(member__merged_into__in=people))
        .order_by()
        .values("person")
        .annotate(first=Min("first_purchase_at"))
    )
    had = _had(people, ANNIVERSARY)
    for person, first in firsts.order_by("person").values_list("person", "first"):
        since = business_date(first, merchant.zone)
        years = {year for year, _day in had.get((person, ANNIVERSARY), ())}
        for day in days:
            if day.year > since.year and birthday_in(since, day.year) == day and day.year not in years:
                yield Feast(person, ANNIVERSARY, day)


def _had(people: Collection[int], name: str) -> Had:
    """What people had, by whichever of their records."""
    mine = Q(member__in=people) | Q(member__merged_into__in=people)
    rows = Occurrence.objects.filter(mine, name=name, source=SOURCE).annotate(person=HEAD)
    found: defaultdict[tuple[int, str], tuple[tuple[int, date], ...]] = defaultdict(tuple)
    for person, day in rows.order_by("pk").values_list("person", F("business_date")):
        found[person, name] += ((day.year, day),)
    return found


def _event(merchant: Merchant, feast: Feast) -> EventOccurred:
    return EventOccurred(
        merchant_id=merchant.pk,
        member_id=feast.member_id,
        occurred_at=start_of_day_instant(feast.day, merchant.zone),
        source=SOURCE,
        key=f"{feast.name}-{feast.member_id}-{feast.day.year}",
        actor=ACTOR,
        name=feast.name,
    )


Find = Callable[[Merchant, QuerySet[Member], list[date]], Iterator[Feast]]
_FINDERS: Final[Mapping[str, Find]] = {BIRTHDAY: _birthdays, ANNIVERSARY: _anniversaries}
CELEBRATION: Final = Job(Work.OCCASIONS, _due, _bring)
