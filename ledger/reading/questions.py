"""What is asked of a member before an event is planned: one statement on PostgreSQL.

Everything most events need is asked at once, whether or not this one will look at it: an answer without rows
costs less than a further way to the database. What only rare members and rare events need is asked later, by
``ledger.reading.context_read``, when the facts read here say so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    Exists,
    F,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from accounts.models import Branch, Member, Merchant
from ledger.events import (
    AnyEvent,
    PointsAdjusted,
    PointsExpired,
    PurchaseMade,
    RedemptionClosed,
    RedemptionIssued,
)
from ledger.families import HAS_ABSORBED, only_time_passes, standing_for_themselves
from ledger.models import (
    Balance,
    BonusUse,
    Lot,
    LotUse,
    Movement,
    PostingKey,
    Purchase,
    Redemption,
    TierPeriod,
)
from ledger.models.movements import OWING, MovementKind
from ledger.purse import Debt, Taken
from ledger.reading.asking import Answers, Param, Question, Reader, Row, ask, instant
from programs.calendars import business_date
from programs.models import Programme, ProgrammeVersion
from programs.queries import Timeline, timeline_of
from programs.tiering import window_start

MEMBER: Final = Param("member", BigIntegerField())
MERCHANT: Final = Param("merchant", BigIntegerField())
CODE: Final = Param("code", CharField())

_members, _merchants = Reader(Member), Reader(Merchant, path="merchant__")
_programmes, _balances = Reader(Programme, path="merchant__programme__"), Reader(Balance, path="balance__")
_keys, _periods, _uses = Reader(PostingKey), Reader(TierPeriod), Reader(BonusUse)
_lots, _lots_of_uses = Reader(Lot), Reader(Lot, path="lot__")
_debits, _redemptions = Reader(Movement), Reader(Redemption)


@dataclass(slots=True)
class Along:
    """What was read along with the member; ``since`` is the first day of the spend that was summed up."""

    answers: Answers
    merchant_id: int
    since: date | None = None
    member: Member | None = field(default=None, init=False)
    branch_code: str | None = field(default=None, init=False)
    has_absorbed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Make the member, with merchant, programme and balance in place."""
        for row in self.answers["member"]:
            if row[_MERCHANT] == self.merchant_id:
                self._take_member(row)

    def _take_member(self, row: Row) -> None:
        parts: list[Any] = []
        place = 0
        for reader in (_members, _merchants, _programmes, _balances):
            part = row[place : place + len(reader)]
            parts.append(reader.one(part) if part[0] is not None else None)
            place += len(reader)
        member, merchant, programme, balance = parts
        self.branch_code, self.has_absorbed = row[place], bool(row[place + 1])
        member._state.fields_cache.update(merchant=merchant, balance=balance)
        merchant._state.fields_cache["programme"] = programme
        if programme is not None:
            programme._state.fields_cache["merchant"] = merchant
        self.member = member

    @property
    def key(self) -> PostingKey | None:
        """The event's key, if it was posted."""
        return next(iter(_keys.all(self.answers["key"])), None)

    def promises(self, merchant: Merchant) -> Timeline:
        """The merchant's published terms; what was remembered of them is what was read."""
        stamps = tuple((pk, instant(since), instant(at)) for pk, since, at in self.answers["versions"])
        found = timeline_of(stamps, merchant.currency, merchant.zone)
        _known[merchant.pk] = found
        return found

    @property
    def periods(self) -> tuple[TierPeriod, ...]:
        """The member's tiers, the oldest first."""
        return _periods.all(self.answers["periods"])

    @property
    def debts(self) -> tuple[Debt, ...]:
        """What the member owes, the oldest first."""
        return tuple(Debt(_debits.one(row[:-1]), -row[_POINTS] - row[-1]) for row in self.answers["debts"])

    def lots(self, *, dead_on: date | None = None) -> tuple[Lot, ...] | None:
        """Lots with something left, or only those dead on a day; None if they were not asked for."""
        if "lots" not in self.answers:
            return None
        found: tuple[Lot, ...] = _lots.all(self.answers["lots"])
        if dead_on is None:
            return found
        return tuple(lot for lot in found if lot.expires_on is not None and lot.expires_on < dead_on)

    def spent(self, since: date) -> int | None:
        """The member's spend since a day; None if it was not that day that was asked for."""
        if self.since != since or "spent" not in self.answers:
            return None
        return int(self.answers["spent"][0][0] or 0)

    @property
    def birthday_uses(self) -> tuple[BonusUse, ...]:
        """Once-only bonuses the member had."""
        return _uses.all(self.answers["uses"])

    def redemption(self, code: str) -> Redemption | None:
        """The member's redemption with the one code that the event names."""
        found = (row for row in _redemptions.all(self.answers.get("redemption", ())) if row.code == code)
        return next(found, None)

    @property
    def returning(self) -> tuple[Taken, ...]:
        """What the event's redemption took of which lot."""
        return tuple(Taken(_lots_of_uses.one(row[1:]), row[0]) for row in self.answers["returning"])


_POINTS: Final = _debits.names.index("points")
_MERCHANT: Final = _members.names.index("merchant_id")
_known: dict[int, Timeline] = {}
"""The terms last read of each merchant: only to guess from which day on spend will be asked for."""


def look(event: AnyEvent, now: datetime) -> Along:
    """Read what ``event`` will ask of its member, and its key, at one moment."""
    code, since = _code_of(event), _since(event)
    values = {
        "member": event.member_id,
        "merchant": event.merchant_id,
        "branch": getattr(event, "branch_id", None),
        "source": event.source,
        "kind": event.kind,
        "key": event.key,
        "code": code,
        "since": since or now.date(),
        "soon": (now + timedelta(days=2)).date(),
    }
    asked = _QUESTIONS[only_time_passes(event)].get(type(event), _COMMON[only_time_passes(event)])
    if isinstance(event, PurchaseMade) and code:
        asked = (*asked, _redemption)
    return Along(ask(asked, values), event.merchant_id, since)


def _code_of(event: AnyEvent) -> str:
    """The one code that the event names, if it is one."""
    if isinstance(event, PurchaseMade) and len(event.redemption_codes) == 1:
        return event.redemption_codes[0]
    return event.code if isinstance(event, RedemptionClosed) else ""


def _since(event: AnyEvent) -> date | None:
    """The day from which a purchase's tiers will count, by the terms that were last read of the merchant."""
    promises = _known.get(event.merchant_id) if isinstance(event, PurchaseMade) else None
    terms = promises.nearest(event.occurred_at) if promises else None
    return window_start(business_date(event.occurred_at, terms.zone), terms) if terms else None


def _of_member(reader: Reader, name: str, narrow: Callable[[QuerySet[Any]], QuerySet[Any]]) -> Question:
    rows = narrow(reader.model._default_manager.filter(member_id=MEMBER))
    return Question(name, rows, reader.columns)


def _who(members: QuerySet[Member]) -> Question:
    """The member with merchant, programme, balance, the branch's code and whether others were merged in.

    By the id alone: beside it the merchant says nothing, and a planner that knows little of a young table
    would rather read all of the merchant's members. ``Along`` keeps the member only if it is the merchant's.
    """
    branch = Branch.objects.filter(pk=Param("branch", BigIntegerField()), merchant_id=MERCHANT).values("code")
    rows = members.filter(pk=MEMBER).annotate(branch_code=Subquery(branch), has_absorbed=HAS_ABSORBED)
    readers = (_members, _merchants, _programmes, _balances)
    columns = (column for reader in readers for column in reader.columns)
    return Question("member", rows, (*columns, "branch_code", "has_absorbed"))


_key = Question(
    "key",
    PostingKey.objects.filter(
        merchant_id=MERCHANT,
        source=Param("source", CharField()),
        kind=Param("kind", CharField()),
        key=Param("key", CharField()),
    ),
    _keys.columns,
)
_versions = Question(
    "versions",
    ProgrammeVersion.objects.published()
    .filter(programme__merchant_id=MERCHANT, effective_from__isnull=False)
    .order_by("effective_from", "number"),
    ("pk", "effective_from", "published_at"),
)
_tiers = _of_member(_periods, "periods", lambda rows: rows.order_by("starts_at", "id"))
# Debits are looked through only for a member who owes something.
_owed = Question(
    "debts",
    Movement.objects.filter(Exists(Balance.objects.filter(member_id=MEMBER, owed__gt=0)))
    .filter(member_id=MEMBER, kind__in=OWING)
    .annotate(used=Coalesce(Sum("uses__points"), 0))
    .filter(points__lt=-F("used"))
    .order_by("id"),
    (*_debits.columns, "used"),
)
_open_lots = _of_member(_lots, "lots", lambda rows: rows.filter(remaining__gt=0).order_by("id"))
# A day too many, because the merchant's zone is not known yet.
_dying_lots = _of_member(
    _lots,
    "lots",
    lambda rows: rows.filter(remaining__gt=0, expires_on__lt=Param("soon", DateField())).order_by("id"),
)
_spent = Question(
    "spent",
    Member.objects.filter(pk=MEMBER).annotate(
        total=Subquery(
            Purchase.objects.filter(member_id=MEMBER, business_date__gte=Param("since", DateField()))
            .order_by()
            .values("member_id")
            .annotate(total=Sum(F("spend_minor") - F("refunded_spend_minor")))
            .values("total")
        )
    ),
    ("total",),
)
_bonuses = _of_member(_uses, "uses", lambda rows: rows.order_by("id"))
_redemption = Question(
    "redemption",
    Redemption.objects.filter(merchant_id=MERCHANT, member_id=MEMBER, code=CODE),
    _redemptions.columns,
)
_returning = Question(
    "returning",
    LotUse.objects.filter(
        movement__redemption__merchant_id=MERCHANT,
        movement__redemption__member_id=MEMBER,
        movement__redemption__code=CODE,
        movement__kind=MovementKind.REDEEM,
    ).order_by("id"),
    ("points", *_lots_of_uses.columns),
)


def _common(members: QuerySet[Member]) -> tuple[Question, ...]:
    return (_who(members), _key, _versions, _tiers, _owed)


def _by_event(common: Iterable[Question]) -> dict[type[Any], tuple[Question, ...]]:
    return {
        PurchaseMade: (*common, _dying_lots, _spent, _bonuses),
        RedemptionIssued: (*common, _open_lots),
        RedemptionClosed: (*common, _dying_lots, _redemption, _returning),
        PointsAdjusted: (*common, _open_lots),
        PointsExpired: (*common, _dying_lots),
    }


_COMMON: Final = {
    False: _common(Member.objects.active()),
    True: _common(standing_for_themselves(Member.objects.all())),
}
"""By whether the event is the clock's, which happens to records that left, too."""
_QUESTIONS: Final = {clocks: _by_event(common) for clocks, common in _COMMON.items()}
