"""Where a member's points went: a balance opened into its movements, its lots and what became of them.

    sum by kind of movement = what is outstanding in the lots - what is owed

and both sides stand on the same page. Points whose last day is over are told as expired, whether or not the
nightly sweep has been by. The number of questions is the same however long the history; the lists are bounded
and say what they leave out.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from django.db.models import F, Prefetch, Q, QuerySet, Sum
from django.utils.translation import get_language

from accounts.models import Member
from ledger.families import family_of
from ledger.models import Balance, Lot, LotUse, Movement, PendingAward
from ledger.models.extensions import ExtensionWhy
from ledger.models.movements import OWING, MovementKind
from ledger.models.pending import PendingState
from ledger.reading.context_read import debts_of
from programs.calendars import business_date
from programs.lifecycle import expiry_day
from programs.queries import programme_of
from programs.sentences import sentences

MOST_LOTS: Final = 60
MOST_WAITING: Final = 30
LONGEST_PLACE: Final = 6


@dataclass(frozen=True, slots=True)
class Source:
    """The movement behind a line: what it was, when, and why (codes for ``programs.sentences``)."""

    movement_id: int
    kind: str
    day: date
    reasons: list[dict[str, Any]]
    order: str
    branch: str

    @property
    def label(self) -> str:
        """The kind in the reader's language."""
        return str(MovementKind(self.kind).label)

    @property
    def sentences(self) -> list[str]:
        """The reasons in the reader's language."""
        return sentences(self.reasons, get_language() or "ar")


@dataclass(frozen=True, slots=True)
class UseLine:
    """What one movement took of a lot (negative: gave back); ``pays_debt``: for what was owed before."""

    source: Source
    points: int
    pays_debt: bool


@dataclass(frozen=True, slots=True)
class LotStory:
    """A lot from its first day: where it came from, what was taken of it, and until when the rest lives.

    ``points = remaining + Σ uses``. ``moved`` are codes of why its last day was moved (``ExtensionWhy``).
    """

    lot_id: int
    points: int
    remaining: int
    earned_at: datetime
    expires_on: date | None
    is_grace: bool
    moved: tuple[str, ...]
    source: Source
    uses: tuple[UseLine, ...]

    @property
    def why_moved(self) -> list[str]:
        """Why its last day was moved, in the reader's language."""
        return [str(ExtensionWhy(why).label) for why in self.moved]


@dataclass(frozen=True, slots=True)
class LastDay:
    """The lots that die together (``day`` None: never); ``points`` count all of them, listed or not."""

    day: date | None
    lots: tuple[LotStory, ...]
    points: int


@dataclass(frozen=True, slots=True)
class PartLine:
    """What a debit took of a lot: ``points`` of those that ``source`` brought."""

    points: int
    source: Source
    earned_at: datetime
    expires_on: date | None
    is_grace: bool


@dataclass(frozen=True, slots=True)
class EntryStory:
    """A movement opened: the lots it made, the lots it took from, and what of it is still owed."""

    source: Source
    points: int
    made: tuple[LotStory, ...]
    taken: tuple[PartLine, ...]
    unpaid: int


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Points that wait, since when, and for which day or event."""

    points: int
    order: str
    since: date
    opens_on: date | None
    awaits: str


@dataclass(frozen=True, slots=True)
class KindSum:
    """All movements of one kind together."""

    kind: str
    points: int

    @property
    def label(self) -> str:
        """The kind in the reader's language."""
        return str(MovementKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class Proof:
    """A balance and everything it is made of: ``Σ sums = available - owed``, ``Σ lots + more = available``.

    ``more_lots`` and ``more_points`` are the lots after the list, ``passed`` says how many come before it.
    ``by_day`` has the points of all lots of every day that is listed. ``waiting`` is apart, in no sum.
    """

    available: int
    owed: int
    pending: int
    sums: tuple[KindSum, ...]
    lots: tuple[LotStory, ...]
    more_lots: int
    more_points: int
    passed: int
    by_day: Mapping[date | None, int]
    debts: tuple[tuple[Source, int], ...]
    waiting: tuple[WaitingLine, ...]

    @property
    def last_days(self) -> list[LastDay]:
        """The listed lots by the day they die on, the soonest first."""
        days = groupby(self.lots, attrgetter("expires_on"))
        return [LastDay(day, tuple(lots), self.by_day[day]) for day, lots in days]

    @property
    def following(self) -> int:
        """How many lots to pass over for those after the list."""
        return self.passed + len(self.lots)

    @property
    def preceding(self) -> int:
        """How many lots to pass over for those before the list."""
        return max(0, self.passed - MOST_LOTS)


def proof(member: Member, *, now: datetime, passed: int = 0) -> Proof:
    """Open the member's balance, its list after ``passed`` lots; some dozen queries, however long it is."""
    alive_from = expiry_day(
        programme_of(member.merchant), member.merchant.zone, business_date(now, member.merchant.zone)
    )
    left = Lot.objects.filter(member=member, remaining__gt=0)
    dead = _total(left.filter(expires_on__lt=alive_from), "remaining")
    alive = left.exclude(expires_on__lt=alive_from)
    count, available = alive.count(), _total(alive, "remaining")
    in_turn = alive.order_by(F("expires_on").asc(nulls_last=True), "earned_at", "id")
    lots, rest = _stories(in_turn[passed : passed + MOST_LOTS]), in_turn[passed + MOST_LOTS :]
    more_lots = max(0, count - passed - len(lots))
    waiting = PendingAward.objects.filter(member_id__in=family_of(member.pk), state=PendingState.PENDING)
    balance = Balance.objects.filter(pk=member.pk).first() or Balance(member=member)
    return Proof(
        available=available,
        owed=balance.owed,
        pending=balance.pending,
        sums=_sums(member, dead),
        lots=lots,
        more_lots=more_lots,
        more_points=_total(rest, "remaining") if more_lots else 0,
        passed=passed,
        by_day=_by_day(alive, lots),
        debts=_debts(member) if balance.owed else (),
        waiting=_waiting(waiting),
    )


def place_in_list(text: str) -> int:
    """Read how many lots to pass over, as an address says it; what is no number passes over none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_PLACE else 0


def entry_story(movement: Movement) -> EntryStory:
    """Open one movement; five queries."""
    movement = _movements(Movement.objects.filter(pk=movement.pk)).get()
    taken = _uses(LotUse.objects.filter(movement=movement))
    made = _stories(Lot.objects.filter(movement=movement).order_by("id"))
    used = sum(use.points for use in taken)
    return EntryStory(
        source=source_of(movement),
        points=movement.points,
        made=made,
        taken=tuple(_part(use) for use in taken),
        unpaid=max(0, -movement.points - used) if movement.kind in OWING else 0,
    )


def source_of(movement: Movement) -> Source:
    """A movement (with its purchase, branch and note) as a line names it."""
    purchase = movement.purchase
    return Source(
        movement_id=movement.pk,
        kind=movement.kind,
        day=movement.business_date,
        reasons=movement.why,
        order=purchase.external_id if purchase else "",
        branch=purchase.branch.name if purchase and purchase.branch else "",
    )


def _movements(rows: QuerySet[Movement]) -> QuerySet[Movement]:
    return rows.select_related("purchase__branch", "note")


def _uses(rows: QuerySet[LotUse]) -> QuerySet[LotUse]:
    return rows.select_related("lot__movement__purchase__branch", "lot__movement__note").order_by("id")


def _stories(lots: QuerySet[Lot]) -> tuple[LotStory, ...]:
    uses = LotUse.objects.select_related("movement__purchase__branch", "movement__note").order_by("id")
    rows = lots.select_related("movement__purchase__branch", "movement__note").prefetch_related(
        Prefetch("uses", queryset=uses), "extensions"
    )
    return tuple(_story(lot) for lot in rows)


def _story(lot: Lot) -> LotStory:
    uses = tuple(
        UseLine(source_of(use.movement), use.points, _pays_debt(lot, use.movement)) for use in lot.uses.all()
    )
    return LotStory(
        lot_id=lot.pk,
        points=lot.points,
        remaining=lot.remaining,
        earned_at=lot.earned_at,
        expires_on=lot.expires_on,
        is_grace=lot.grace_of_id is not None,
        moved=tuple(extension.why for extension in lot.extensions.all()),
        source=source_of(lot.movement),
        uses=uses,
    )


def _pays_debt(lot: Lot, movement: Movement) -> bool:
    """A debit older than the lot took from it: it paid what that debit had found missing."""
    return movement.kind in OWING and movement.pk < lot.movement_id


def _part(use: LotUse) -> PartLine:
    lot = use.lot
    return PartLine(
        use.points, source_of(lot.movement), lot.earned_at, lot.expires_on, lot.grace_of_id is not None
    )


def _sums(member: Member, dead: int) -> tuple[KindSum, ...]:
    """The family's movements by kind, in the order of the kinds; what died unswept counts as expired."""
    rows = Movement.objects.filter(member_id__in=family_of(member.pk)).order_by().values("kind")
    found = dict(rows.annotate(total=Sum("points")).values_list("kind", "total"))
    found[MovementKind.EXPIRE] = found.get(MovementKind.EXPIRE, 0) - dead
    return tuple(KindSum(kind, found[kind]) for kind in MovementKind.values if found.get(kind))


def _debts(member: Member) -> tuple[tuple[Source, int], ...]:
    unpaid = {debt.movement.pk: debt.unpaid for debt in debts_of(member.pk)}
    rows = _movements(Movement.objects.filter(pk__in=unpaid)).order_by("id")
    return tuple((source_of(row), unpaid[row.pk]) for row in rows)


def _by_day(alive: QuerySet[Lot], lots: Collection[LotStory]) -> dict[date | None, int]:
    """The points of all lots that die on the days of those listed."""
    days = {lot.expires_on for lot in lots}
    of_them = Q(expires_on__in=days - {None}) | (Q(expires_on__isnull=True) if None in days else Q())
    rows = alive.filter(of_them).order_by().values_list("expires_on")
    return dict(rows.annotate(total=Sum("remaining"))) if lots else {}


def _waiting(rows: QuerySet[PendingAward]) -> tuple[WaitingLine, ...]:
    soonest: Iterable[PendingAward] = rows.select_related("purchase").order_by(
        F("opens_on").asc(nulls_last=True), "id"
    )[:MOST_WAITING]
    return tuple(
        WaitingLine(
            points=award.left,
            order=award.purchase.external_id,
            since=award.purchase.business_date,
            opens_on=award.opens_on,
            awaits=award.awaits,
        )
        for award in soonest
    )


def _total(rows: QuerySet[Any], field: str) -> int:
    found: int | None = rows.aggregate(total=Sum(field))["total"]
    return found or 0
