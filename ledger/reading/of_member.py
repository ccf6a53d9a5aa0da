"""What is asked of a record, whatever happened to it: standing, tiers, debts, lots, spend, codes."""

from dataclasses import replace
from typing import Final

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, StrIndex
from django.db.models.lookups import LessThanOrEqual

from accounts.asking import Question
from accounts.models import Branch, Member
from ledger.counting import NET
from ledger.families import Absorbed, OfPerson
from ledger.models import (
    Balance,
    BonusUse,
    Lot,
    LotExtension,
    LotUse,
    Movement,
    PostingKey,
    Purchase,
    Redemption,
    TierPeriod,
)
from ledger.models.movements import OWING, MovementKind
from ledger.reading.along import (
    BALANCES,
    DEBITS,
    EXTENSIONS,
    KEYS,
    LOTS,
    LOTS_OF_USES,
    MEMBERS,
    MERCHANTS,
    PERIODS,
    PROGRAMMES,
    PURCHASES,
    REDEMPTIONS,
    USES,
)
from ledger.reading.for_time import may_not_die
from ledger.reading.params import (
    AT,
    BRANCH,
    CODE,
    CODES,
    KEY,
    KIND,
    MEMBER,
    MERCHANT,
    PURCHASE_KEY,
    PURCHASE_SOURCE,
    SINCE,
    SOON,
    SOURCE,
)
from programs.models import AudienceMember, ProgrammeVersion
from programs.queries import PILOT_AUDIENCE
from programs.terms import TierBasis


def who(record: Combinable) -> Question:
    """The record with merchant, programme, balance, the branch's code and what was merged into it.

    By the id alone: beside it the merchant says nothing, and a planner that knows little of a young table
    would rather read all of the merchant's members. ``Along`` keeps the member only if it is the merchant's.
    """
    branch = Branch.objects.filter(pk=BRANCH, merchant_id=MERCHANT).values("code")
    rows = Member.objects.filter(pk=record).annotate(branch_code=Subquery(branch), took_in=Absorbed(record))
    readers = (MEMBERS, MERCHANTS, PROGRAMMES, BALANCES)
    columns = (column for reader in readers for column in reader.columns)
    return Question("member", rows, (*columns, "branch_code", "took_in"))


def tiers(record: Combinable) -> Question:
    """Every tier the record held."""
    rows = TierPeriod.objects.filter(member_id=record).order_by("starts_at", "id")
    return Question("periods", rows, PERIODS.columns)


def owed(record: Combinable) -> Question:
    """Debits that found too few points; looked for only where something is owed."""
    rows = (
        Movement.objects.filter(Exists(Balance.objects.filter(member_id=record, owed__gt=0)))
        .filter(member_id=record, kind__in=OWING)
        .annotate(used=Coalesce(Sum("uses__points"), 0))
        .filter(points__lt=-F("used"))
        .order_by("id")
    )
    return Question("debts", rows, (*DEBITS.columns, "used"))


def open_lots(record: Combinable) -> Question:
    """Lots with something left; of those that may be dead, whether they get their grace first."""
    return _lots(Lot.objects.filter(member_id=record, remaining__gt=0))


def _lots(lots: QuerySet[Lot]) -> Question:
    spared = ExpressionWrapper(Q(expires_on__lt=SOON) & may_not_die(), BooleanField())
    return Question("lots", lots.annotate(spared=spared).order_by("id"), (*LOTS.columns, "spared"))


def orders(*which: Q | OfPerson | Exists) -> Question:
    """Orders one by one, net of refunds, with the record each was posted to; see ``counted_by``."""
    rows = Purchase.objects.filter(*which).annotate(net=NET["spend"])
    return Question("orders", rows, ("member_id", "occurred_at", "business_date", "net"))


def counted_by(question: Question, basis: TierBasis) -> Question:
    """The same question; orders count as tiers do that are reached by this (RULES 33)."""
    if basis == "spend" or question.name != "orders":
        return question
    return replace(question, rows=question.rows.annotate(net=NET[basis]))


def spent(basis: TierBasis) -> Question:
    """What counts for the record's own tiers since the first day of the window."""
    total = (
        Purchase.objects.filter(member_id=MEMBER, business_date__gte=SINCE)
        .order_by()
        .values("member_id")
        .annotate(total=Sum(NET[basis]))
        .values("total")
    )
    return Question("spent", Member.objects.filter(pk=MEMBER).annotate(total=Subquery(total)), ("total",))


COMMON: Final = (
    who(MEMBER),
    Question(
        "key",
        PostingKey.objects.filter(merchant_id=MERCHANT, source=SOURCE, kind=KIND, key=KEY),
        KEYS.columns,
    ),
    Question(
        "versions",
        ProgrammeVersion.objects.published()
        .filter(programme__merchant_id=MERCHANT, effective_from__isnull=False)
        .order_by("effective_from", "number"),
        ("pk", "effective_from", "published_at"),
    ),
    tiers(MEMBER),
    owed(MEMBER),
)
"""What every event asks."""
OPEN_LOTS: Final = open_lots(MEMBER)
DYING_LOTS: Final = _lots(Lot.objects.filter(member_id=MEMBER, remaining__gt=0, expires_on__lt=SOON))
PERSON: Final = OfPerson("member_id", MEMBER)
HAS_TIERS: Final = Exists(TierPeriod.objects.filter(member_id=MEMBER))
YEAR_IS_OVER: Final = LessThanOrEqual(
    Subquery(TierPeriod.objects.filter(member_id=MEMBER).order_by("-starts_at", "-id").values("ends_at")[:1]),
    AT,
)
LATER_ORDER: Final = Exists(Balance.objects.filter(member_id=MEMBER, last_purchase_at__gt=AT))
LATER_TIER: Final = Exists(TierPeriod.objects.filter(member_id=MEMBER, starts_at__gt=AT))
TOOK_IN: Final = Exists(Member.objects.filter(merged_into_id=MEMBER))
# Of everybody of whom one sum says enough no order is looked at.
UNUSUAL_ORDERS: Final = orders(PERSON, Q(YEAR_IS_OVER) | Q(LATER_ORDER) | Q(LATER_TIER) | Q(TOOK_IN))
SPENT: Final = {basis: spent(basis) for basis in NET}
BONUSES: Final = Question("uses", BonusUse.objects.filter(PERSON).order_by("id"), USES.columns)
REDEMPTION: Final = Question(
    "redemption", Redemption.objects.filter(PERSON, merchant_id=MERCHANT, code=CODE), REDEMPTIONS.columns
)
REDEMPTIONS_NAMED: Final = Question(
    "redemption",
    Redemption.objects.filter(PERSON, merchant_id=MERCHANT)
    .annotate(place=StrIndex(CODES, F("code")))
    .filter(place__gt=0),
    REDEMPTIONS.columns,
)
PILOT: Final = Question(
    "pilot",
    AudienceMember.objects.filter(merchant_id=MERCHANT, audience=PILOT_AUDIENCE, member_id=MEMBER),
    ("since", "until"),
)


def taken_from(name: str, uses: QuerySet[LotUse]) -> tuple[Question, Question]:
    """Which lots were used, and what moved the last days of those that are another record's."""
    others = uses.exclude(lot__member_id=MEMBER)
    return (
        Question(name, uses.order_by("id"), ("points", *LOTS_OF_USES.columns)),
        Question(
            "marks",
            LotExtension.objects.filter(lot_id__in=others.values("lot_id")).order_by("id"),
            EXTENSIONS.columns,
        ),
    )


RETURNING: Final = taken_from(
    "returning",
    LotUse.objects.filter(
        movement__redemption__merchant_id=MERCHANT,
        movement__redemption__code=CODE,
        movement__kind=MovementKind.REDEEM,
    ),
)
PURCHASE: Final = Question(
    "purchase",
    Purchase.objects.filter(merchant_id=MERCHANT, source=PURCHASE_SOURCE, external_id=PURCHASE_KEY),
    PURCHASES.columns,
)
