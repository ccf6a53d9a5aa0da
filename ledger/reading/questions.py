"""What is asked of a member before an event is planned: one statement on PostgreSQL.

Everything most events need is asked at once, whether or not this one will look at it: an answer without rows
costs less than a further way to the database. What was last seen of a merchant says what else may matter:
from which day spend counts, whether points wait, whether only a pilot earns. That is a guess: where it was
wrong, and for what only rare members need, ``ledger.reading.context_read`` asks again.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    F,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce, StrIndex

from accounts.models import Branch, Member, Merchant
from ledger.events import (
    AnyEvent,
    AwardsOpened,
    EventOccurred,
    PointsAdjusted,
    PointsExpired,
    PointsOpened,
    PurchaseMade,
    RedemptionClosed,
    RedemptionIssued,
)
from ledger.families import HAS_ABSORBED, only_time_passes, standing_for_themselves
from ledger.models import (
    Balance,
    LotUse,
    Movement,
    PendingAward,
    PostingKey,
    Purchase,
    Redemption,
    TierPeriod,
)
from ledger.models.movements import OWING, MovementKind
from ledger.models.pending import PendingState
from ledger.reading import for_rules
from ledger.reading.along import (
    AWARDS,
    BALANCES,
    DEBITS,
    KEYS,
    KNOWN,
    LOTS,
    LOTS_OF_USES,
    MEMBERS,
    MERCHANTS,
    PERIODS,
    PROGRAMMES,
    PURCHASES_OF_AWARDS,
    REDEMPTIONS,
    REWARDS,
    USES,
    Along,
    Seen,
)
from ledger.reading.asking import Param, Question, Reader, ask
from programs.calendars import business_date, start_of_day_instant
from programs.models import AudienceMember, ProgrammeState, ProgrammeVersion, Reward
from programs.queries import PILOT_AUDIENCE, timeline
from programs.tiering import window_start

MEMBER: Final = Param("member", BigIntegerField())
MERCHANT: Final = Param("merchant", BigIntegerField())
CODE: Final = Param("code", CharField())
AT: Final = Param("at", DateTimeField())


def look(event: AnyEvent, now: datetime) -> Along:
    """Read what ``event`` will ask of its member, and its key, at one moment."""
    seen, codes = _seen(event.merchant_id), _codes_of(event)
    since, zone = _since(event, seen), seen.zone if seen else "UTC"
    values = {
        "member": event.member_id,
        "merchant": event.merchant_id,
        "branch": getattr(event, "branch_id", None),
        "source": event.source,
        "kind": event.kind,
        "key": event.key,
        "code": codes[0] if codes else "",
        "codes": ",".join(codes),
        "reward": getattr(event, "reward_code", ""),
        "since": since or now.date(),
        "at": event.occurred_at if isinstance(event, PurchaseMade) else now,
        "midnight": start_of_day_instant(business_date(now, zone), zone),
        "soon": (now + timedelta(days=2)).date(),
    }
    asked = _QUESTIONS[only_time_passes(event)].get(type(event), _COMMON[only_time_passes(event)])
    more = tuple(for_rules.questions_of(event, seen.promises.nearest(event.occurred_at) if seen else None))
    values |= for_rules.values_of(event, now, zone) if more else {}
    return Along(ask((*asked, *_also(event, seen), *more), values), event.merchant_id, since, zone)


def _seen(merchant_id: int) -> Seen | None:
    """What was last seen of the merchant; of one that is new to this process, what is published."""
    if merchant_id not in KNOWN:
        merchant = Merchant.objects.select_related("programme").filter(pk=merchant_id).first()
        if merchant is None:
            return None
        programme = getattr(merchant, "programme", None)
        KNOWN[merchant_id] = Seen(timeline(merchant), programme.state if programme else "", merchant.zone)
    return KNOWN[merchant_id]


def _also(event: AnyEvent, seen: Seen | None) -> Iterator[Question]:
    """What only such an event, or only a merchant like this, asks."""
    if isinstance(event, PurchaseMade) and event.redemption_codes:
        yield _redemption if len(event.redemption_codes) == 1 else _several
    if isinstance(event, RedemptionIssued) and event.reward_code:
        yield _named_reward
    if seen is None:
        return
    if any(terms.hold != "none" for terms in seen.promises.terms):
        yield _waiting
    if isinstance(event, PurchaseMade | EventOccurred) and seen.state == ProgrammeState.PILOT:
        yield _pilot


def _codes_of(event: AnyEvent) -> tuple[str, ...]:
    """The codes that the event names."""
    if isinstance(event, PurchaseMade):
        return event.redemption_codes
    return (event.code,) if isinstance(event, RedemptionClosed) else ()


def _since(event: AnyEvent, seen: Seen | None) -> date | None:
    """The day from which a purchase's tiers will count, by the terms that were last seen of the merchant."""
    terms = seen.promises.nearest(event.occurred_at) if seen and isinstance(event, PurchaseMade) else None
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
    readers = (MEMBERS, MERCHANTS, PROGRAMMES, BALANCES)
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
    KEYS.columns,
)
_versions = Question(
    "versions",
    ProgrammeVersion.objects.published()
    .filter(programme__merchant_id=MERCHANT, effective_from__isnull=False)
    .order_by("effective_from", "number"),
    ("pk", "effective_from", "published_at"),
)
_tiers = _of_member(PERIODS, "periods", lambda rows: rows.order_by("starts_at", "id"))
# Debits are looked through only for a member who owes something.
_owed = Question(
    "debts",
    Movement.objects.filter(Exists(Balance.objects.filter(member_id=MEMBER, owed__gt=0)))
    .filter(member_id=MEMBER, kind__in=OWING)
    .annotate(used=Coalesce(Sum("uses__points"), 0))
    .filter(points__lt=-F("used"))
    .order_by("id"),
    (*DEBITS.columns, "used"),
)
_open_lots = _of_member(LOTS, "lots", lambda rows: rows.filter(remaining__gt=0).order_by("id"))
# A day too many, because the merchant's zone is not known yet.
_dying_lots = _of_member(
    LOTS,
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
# Every order of a member of whom one sum does not say enough; of all others none is looked at.
_orders = Question(
    "orders",
    Purchase.objects.filter(member_id=MEMBER)
    .annotate(
        year_ended=Subquery(
            TierPeriod.objects.filter(member_id=MEMBER).order_by("-starts_at", "-id").values("ends_at")[:1]
        ),
        net=F("spend_minor") - F("refunded_spend_minor"),
    )
    .filter(
        Q(year_ended__lte=AT) | Exists(Balance.objects.filter(member_id=MEMBER, last_purchase_at__gt=AT))
    ),
    ("occurred_at", "business_date", "net"),
)
_bonuses = _of_member(USES, "uses", lambda rows: rows.order_by("id"))
_redemption = Question(
    "redemption",
    Redemption.objects.filter(merchant_id=MERCHANT, member_id=MEMBER, code=CODE),
    REDEMPTIONS.columns,
)
_several = Question(
    "redemption",
    Redemption.objects.filter(merchant_id=MERCHANT, member_id=MEMBER)
    .annotate(place=StrIndex(Param("codes", CharField()), F("code")))
    .filter(place__gt=0),
    REDEMPTIONS.columns,
)
_named_reward = Question(
    "rewards",
    Reward.objects.filter(
        version__programme__merchant_id=MERCHANT, code=Param("reward", CharField()), is_active=True
    ).order_by("id"),
    REWARDS.columns,
)
_pilot = Question(
    "pilot",
    AudienceMember.objects.filter(merchant_id=MERCHANT, audience=PILOT_AUDIENCE, member_id=MEMBER),
    ("since", "until"),
)
_waiting = Question(
    "waiting",
    PendingAward.objects.filter(member_id=MEMBER, state=PendingState.PENDING)
    .annotate(
        told=Exists(
            PendingAward.objects.filter(
                member_id=MEMBER,
                state=PendingState.OPENED,
                closed_at__gte=Param("midnight", DateTimeField()),
            )
        )
    )
    .order_by("opens_on", "id"),
    (*AWARDS.columns, *PURCHASES_OF_AWARDS.columns, "told"),
)
_returning = Question(
    "returning",
    LotUse.objects.filter(
        movement__redemption__merchant_id=MERCHANT,
        movement__redemption__member_id=MEMBER,
        movement__redemption__code=CODE,
        movement__kind=MovementKind.REDEEM,
    ).order_by("id"),
    ("points", *LOTS_OF_USES.columns),
)


def _common(members: QuerySet[Member]) -> tuple[Question, ...]:
    return (_who(members), _key, _versions, _tiers, _owed)


def _by_event(common: Iterable[Question]) -> dict[type[Any], tuple[Question, ...]]:
    return {
        PurchaseMade: (*common, _dying_lots, _spent, _orders, _bonuses),
        RedemptionIssued: (*common, _open_lots),
        RedemptionClosed: (*common, _dying_lots, _redemption, _returning),
        PointsAdjusted: (*common, _open_lots),
        PointsExpired: (*common, _dying_lots, _orders),
        AwardsOpened: (*common, _dying_lots),
        PointsOpened: (*common, _dying_lots),
        EventOccurred: (*common, _dying_lots),
    }


_COMMON: Final = {
    False: _common(Member.objects.active()),
    True: _common(standing_for_themselves(Member.objects.all())),
}
"""By whether the event is the clock's, which happens to records that left, too."""
_QUESTIONS: Final = {clocks: _by_event(common) for clocks, common in _COMMON.items()}
