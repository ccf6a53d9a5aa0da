"""What a reward that is asked for must know: pieces given, how many the person had, whether it is for them.

All of it stands beside the reward's own row, and is looked up only where the reward asks for it: a catalogue
without limits costs what it cost. Gift cards are found by their codes, whoever holds them.
"""

from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, StrIndex
from django.db.models.lookups import Exact

from accounts.asking import Question, Reader
from ledger.context import RewardFacts
from ledger.events import AnyEvent, GiftCardEnded, PurchaseMade
from ledger.families import OfPerson
from ledger.models import Budget, GiftCard, GiftCardEntry, Redemption
from ledger.models.redemptions import RedemptionState
from ledger.reading.along import REWARDS, Along
from ledger.reading.params import (
    DAY_BEGAN,
    GIFTS,
    MEMBER,
    MERCHANT,
    MONTH_BEGAN,
    NOW,
    REWARD,
    YEAR_BEGAN,
)
from ledger.stock import STOCK
from programs.models import AudienceMember, Reward
from programs.models.rewards import LimitPeriod

CARDS, ENTRIES = Reader(GiftCard), Reader(GiftCardEntry)
CARDS_OF_ENTRIES: Final = Reader(GiftCard, path="card__")
PERSON: Final = OfPerson("member_id", MEMBER)
OPEN: Final = (RedemptionState.RESERVED.value, RedemptionState.USED.value)
"""A code that was cancelled or ran out counts against nobody's limit."""


def _of_period(period: LimitPeriod, **since: Any) -> Q:
    return Q(Exact(OuterRef("limit_period"), Value(period.value)), **since)


_given = Budget.objects.filter(merchant_id=MERCHANT, rule=OuterRef("code"), period=STOCK).values("used")[:1]
_had = (
    Redemption.objects.filter(PERSON, merchant_id=MERCHANT, reward_code=OuterRef("code"), state__in=OPEN)
    .filter(
        _of_period(LimitPeriod.EVER)
        | _of_period(LimitPeriod.YEAR, issued_at__gte=YEAR_BEGAN)
        | _of_period(LimitPeriod.MONTH, issued_at__gte=MONTH_BEGAN)
        | _of_period(LimitPeriod.DAY, issued_at__gte=DAY_BEGAN)
    )
    .order_by()
    .values("merchant_id")
    .annotate(times=Count("pk"))
    .values("times")
)
_named = Concat(Value('"'), F("audience"), Value('"'))
_places = AudienceMember.objects.filter(
    PERSON, Q(until__isnull=True) | Q(until__gt=NOW), merchant_id=MERCHANT, since__lte=NOW
).annotate(place=StrIndex(Cast(OuterRef("segments"), TextField()), _named, output_field=IntegerField()))


def _where(asked: Q, found: QuerySet[Any, Any]) -> Case:
    """How many, where the reward asks for it; else none, and nothing is looked up."""
    number = Coalesce(Subquery(found, output_field=IntegerField()), 0)
    return Case(When(asked, then=number), default=0, output_field=IntegerField())


NAMED_REWARD: Final = Question(
    "rewards",
    Reward.objects.filter(version__programme__merchant_id=MERCHANT, code=REWARD, is_active=True)
    .annotate(
        given=_where(Q(stock__isnull=False), _given),
        had=_where(Q(member_limit__isnull=False), _had),
        in_segment=Cast(Exists(_places.filter(place__gt=0)), BooleanField()),
    )
    .order_by("id"),
    (*REWARDS.columns, "given", "had", "in_segment"),
)
GIFT_CARDS: Final = Question(
    "gift_cards",
    GiftCard.objects.filter(merchant_id=MERCHANT)
    .annotate(place=StrIndex(GIFTS, F("code")))
    .filter(place__gt=0)
    .order_by("id"),
    CARDS.columns,
)


def reward_of(along: Along, version_id: int | None) -> tuple[Reward | None, RewardFacts]:
    """The reward that the event names, as one version has it, and what is so of it and of the person."""
    place = REWARDS.names.index("version_id")
    for row in along.answers.get("rewards", ()):
        if row[place] == version_id:
            *own, given, had, in_segment = row
            return REWARDS.one(own), RewardFacts(int(given), int(had), bool(in_segment))
    return None, RewardFacts()


def cards_of(along: Along) -> tuple[GiftCard, ...]:
    """The gift cards that the event names."""
    return CARDS.all(along.answers.get("gift_cards", ()))


def entries_of(along: Along) -> tuple[GiftCardEntry, ...]:
    """What gift cards paid for the purchase and got back of it, each entry with its card."""
    found, width = [], len(ENTRIES)
    cards: dict[int, GiftCard] = {}
    for row in along.answers.get("gift_entries", ()):
        entry, card = ENTRIES.one(row[:width]), CARDS_OF_ENTRIES.one(row[width:])
        entry._state.fields_cache["card"] = cards.setdefault(card.pk, card)
        found.append(entry)
    return tuple(found)


def names_cards(event: AnyEvent) -> bool:
    """Whether the event names gift cards."""
    return isinstance(event, GiftCardEnded) or (isinstance(event, PurchaseMade) and bool(event.gift_cards))
