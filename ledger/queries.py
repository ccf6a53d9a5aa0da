"""What the books say: a member's account and statement, and the set-based questions of the floors above.

Figures a member sees come from here alone, so the portal, the till, the API and the messages agree. Points
whose last day is over are not counted, whether or not the nightly sweep has been by.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from accounts.digits import latin_digits
from accounts.errors import NotFound
from accounts.models import Member, Merchant
from ledger.events import PurchaseMade
from ledger.families import family_of
from ledger.models import Balance, Lot, Movement, PostingKey, Purchase, Redemption, TierPeriod
from ledger.models.redemptions import RedemptionKind
from ledger.receipt import Receipt
from ledger.receipts import receipt_from_json
from ledger.tier_life import held_at
from ledger.tier_ways import ways_of
from ledger.waiting import Waiting, opened_by, prolonged, waiting_of
from programs.burning import Offer, offer, worth_minor
from programs.calendars import business_date
from programs.lifecycle import expiry_day
from programs.models import Programme
from programs.queries import programme_of, terms_of, timeline, version_at
from programs.terms import Terms, TierTerms
from programs.tiering import Way


@dataclass(frozen=True, slots=True)
class Dying:
    """Points of one member whose last spendable day is ``expires_on``."""

    member_id: int
    points: int
    expires_on: date


@dataclass(frozen=True, slots=True)
class Account:
    """A member's account at one moment.

    ``terms``, ``way`` (where they stand among the tiers) and ``offer`` are None while nothing is promised
    yet. ``pending`` points wait, ``waiting`` says for what. ``offer`` is the most that can be redeemed
    now. ``next_expiry`` are the points that die first.
    """

    member_id: int
    currency: str
    available: int
    owed: int
    pending: int
    waiting: tuple[Waiting, ...]
    worth_minor: int
    purchases: int
    earned_ever: int
    last_purchase_at: datetime | None
    terms: Terms | None
    way: Way | None
    offer: Offer | None
    next_expiry: Dying | None

    @property
    def tier(self) -> TierTerms | None:
        """The tier held now."""
        return self.way.tier if self.way else None


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot as a statement shows it: ``points`` came in or were taken, ``remaining`` is what is left."""

    lot_id: int
    points: int
    remaining: int
    earned_at: datetime
    expires_on: date | None
    is_grace: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement. ``reasons`` are stored codes for ``programs.sentences``.

    ``order`` and ``amount_minor`` are the purchase's, ``code`` the redemption's, where there is one;
    ``shop`` is the source of the online shop that the code is a coupon of.
    """

    movement_id: int
    kind: str
    points: int
    occurred_at: datetime
    business_date: date
    reasons: list[dict[str, Any]]
    order: str
    amount_minor: int | None
    branch: str
    code: str
    shop: str
    lots: tuple[LotLine, ...]

    @property
    def cursor(self) -> tuple[datetime, int]:
        """Where the next page begins."""
        return self.occurred_at, self.movement_id


def account(member: Member, *, now: datetime) -> Account:
    """The member's account; seven queries at most, one more the first time terms are read."""
    merchant = member.merchant
    today = business_date(now, merchant.zone)
    promises = timeline(merchant)
    terms = promises.at(now)
    family = {row.pk: row for row in Balance.objects.filter(pk__in=family_of(member.pk))}
    balance = family.get(member.pk) or Balance(member=member, merchant=merchant)
    visits = [row.last_purchase_at for row in family.values() if row.last_purchase_at]
    standing = expiry_day(programme_of(merchant), merchant.zone, today)
    dying = _alive(balance, terms, today, standing)
    waiting = waiting_of(balance, today)
    available = sum(row.points for row in dying)
    ways = ways_of(
        *(merchant, [member.pk]),
        now=now,
        tier_codes={member.pk: balance.tier_code},
        absorbed={pk: member.pk for pk in family if pk != member.pk},
        promises=promises,
    )
    return Account(
        member_id=member.pk,
        currency=merchant.currency,
        available=available,
        owed=balance.owed,
        pending=sum(each.points for each in waiting),
        waiting=waiting,
        worth_minor=worth_minor(available, terms) if terms else 0,
        purchases=sum(row.purchases for row in family.values()),
        earned_ever=sum(row.earned_ever for row in family.values()),
        last_purchase_at=max(visits, default=None),
        terms=terms,
        way=ways.get(member.pk),
        offer=offer(available, None, terms) if terms else None,
        next_expiry=next((row for row in dying if row.expires_on != date.max), None),
    )


def terms_at(merchant: Merchant, moment: datetime) -> Terms | None:
    """The terms in force at ``moment``."""
    version = version_at(merchant, moment)
    return terms_of(version) if version else None


def is_frozen(merchant: Merchant) -> bool:
    """Whether expiry stands still because the programme is paused (RULES 26)."""
    return Programme.objects.filter(merchant=merchant, paused_at__isnull=False).exists()


def lots_by_day(member_id: int) -> list[Dying]:
    """What is left, by last day, the soonest first; what never dies stands last, on ``date.max``."""
    open_lots = Lot.objects.filter(member_id=member_id, remaining__gt=0)
    days = open_lots.values_list("expires_on").annotate(points=Sum("remaining")).order_by()
    rows = [Dying(member_id, points, day or date.max) for day, points in days]
    return sorted(rows, key=lambda row: row.expires_on)


def _alive(balance: Balance, terms: Terms | None, today: date, standing: date) -> list[Dying]:
    """What can be spent today, by last day, the soonest first, whether or not a sweep has been by.

    ``standing`` is the day by which lots live and die: a pause holds it back.
    """
    by_day: defaultdict[date, int] = defaultdict(int)
    lots = lots_by_day(balance.pk)
    found = [(row.expires_on, row.points) for row in lots] + opened_by(balance, today)
    if any(row.expires_on < standing for row in lots):
        found += prolonged(balance.pk, standing, terms)
    for day, points in found:
        if day >= standing:
            by_day[day] += points
    return [Dying(balance.pk, points, day) for day, points in sorted(by_day.items())]


def redeemable_points(member_id: int, *, now: datetime) -> int:
    """The most the member may redeem for money off right now, in whole blocks."""
    member = Member.objects.select_related("merchant").get(pk=member_id)
    found = account(member, now=now).offer
    return found.points if found else 0


def tier_at(member: Member, moment: datetime) -> str:
    """The code of the tier the member held at ``moment``; nothing for the entry tier."""
    return held_at(TierPeriod.objects.filter(member=member), moment)


def lots_of(member: Member) -> list[LotLine]:
    """What is left, lot by lot, in the order of spending (RULES 18)."""
    rows = Lot.objects.filter(member=member, remaining__gt=0).order_by(
        F("expires_on").asc(nulls_last=True), "earned_at", "id"
    )
    return [_lot_line(lot, lot.points) for lot in rows]


def statement(member: Member, *, limit: int = 50, before: tuple[datetime, int] | None = None) -> list[Entry]:
    """The newest movements with their reasons, orders, codes and lots; three queries.

    Those of records merged into this one stand among them, where they happened (RULES 42).
    ``before`` is the cursor of the last entry of the page before.
    """
    rows = Movement.objects.filter(member_id__in=family_of(member.pk)).select_related(
        "purchase__branch", "redemption__coupon__link", "note"
    )
    if before is not None:
        at, pk = before
        rows = rows.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=pk))
    page = rows.prefetch_related("lots", "uses__lot").order_by("-occurred_at", "-id")[:limit]
    return [_entry(movement) for movement in page]


def _entry(movement: Movement) -> Entry:
    purchase, redemption = movement.purchase, movement.redemption
    coupon = getattr(redemption, "coupon", None)
    uses = [_lot_line(use.lot, use.points) for use in movement.uses.all()]
    return Entry(
        movement_id=movement.pk,
        kind=movement.kind,
        points=movement.points,
        occurred_at=movement.occurred_at,
        business_date=movement.business_date,
        reasons=movement.why,
        order=purchase.external_id if purchase else "",
        amount_minor=purchase.total_minor if purchase else None,
        branch=purchase.branch.name if purchase and purchase.branch else "",
        code=redemption.code if redemption else "",
        shop=coupon.link.source if coupon else "",
        lots=(*(_lot_line(lot, lot.points) for lot in movement.lots.all()), *uses),
    )


def _lot_line(lot: Lot, points: int) -> LotLine:
    return LotLine(
        lot_id=lot.pk,
        points=points,
        remaining=lot.remaining,
        earned_at=lot.earned_at,
        expires_on=lot.expires_on,
        is_grace=lot.grace_of_id is not None,
    )


def expiring(merchant: Merchant, *, first: date, last: date) -> list[Dying]:
    """Points whose last day is between ``first`` and ``last``, by active member and day.

    Nothing dies while the programme is paused (RULES 26).
    """
    if is_frozen(merchant):
        return []
    lots = Lot.objects.filter(
        merchant=merchant, remaining__gt=0, expires_on__gte=first, expires_on__lte=last
    ).filter(member__in=Member.objects.for_merchant(merchant).active())
    rows = lots.values_list("member_id", "expires_on").annotate(points=Sum("remaining"))
    return [
        Dying(member_id, points, day) for member_id, day, points in rows.order_by("member_id", "expires_on")
    ]


def find_redemption(merchant: Merchant, code: str) -> Redemption:
    """The redemption with this code, however it was typed. Raises ``NotFound``."""
    rows = Redemption.objects.filter(merchant=merchant, code=code_as_issued(code))
    found = rows.select_related("member", "merchant", "branch").first()
    if found is None:
        raise NotFound(field="code")
    return found


def receipt_of(purchase: Purchase) -> Receipt | None:
    """The receipt a purchase was answered with; nothing for one that was imported in bulk without a key."""
    stored = PostingKey.objects.filter(
        merchant_id=purchase.merchant_id,
        source=purchase.source,
        kind=PurchaseMade.kind,
        key=purchase.external_id,
    ).first()
    return receipt_from_json(stored.receipt) if stored else None


def code_as_issued(typed: str) -> str:
    """A code as it was issued, from how people type it: gaps, hyphens, small letters, Arabic digits."""
    return latin_digits(typed).strip().replace("-", "").replace(" ", "").upper()


def open_redemptions(member: Member, *, now: datetime) -> QuerySet[Redemption]:
    """Codes that can still be used, the soonest to run out first."""
    rows = Redemption.objects.filter(member_id__in=family_of(member.pk), state="reserved", expires_at__gt=now)
    rows = rows.exclude(kind=RedemptionKind.PLACE)  # a sign-up shows itself
    return rows.select_related("coupon__link").order_by("expires_at", "id")
