"""A posting in the making: rows to add, rows to change, news to tell, and the receipt. Pure.

Rows are unsaved model instances that refer to one another; the writer gives them their ids. Nothing here
asks the database or the clock.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Model

from accounts.models import OutboxEvent
from ledger import topics
from ledger.collected import FIGURES, Hands
from ledger.context import Context, Standing
from ledger.events import AnyEvent
from ledger.last_days import first_marks
from ledger.models import Lot, LotExtension, LotUse, Movement, Purchase, Redemption, Refund, TierPeriod
from ledger.models.extensions import ExtensionWhy
from ledger.models.movements import MovementKind
from ledger.purse import Debt, Purse, Taken, is_dead
from ledger.quoted import prizes_from_json
from ledger.receipt import Receipt
from ledger.tier_life import TierLife
from ledger.writing.rows import new
from programs import reasons
from programs.burning import worth_minor
from programs.calendars import business_date, end_of_day_instant, last_spendable_day
from programs.reasons import Reason
from programs.rules import Award
from programs.terms import CapKey, Terms

NO_LIMIT: Final = 2**62
NEWS_FOR: Final = timedelta(days=2)
"""What is older than this is brought in, not made: nobody is told what it earned (RULES 13)."""


@dataclass(frozen=True, slots=True)
class Update:
    """New ``values`` for a row that must still hold what was ``expected`` of it."""

    row: Model
    values: Mapping[str, Any]
    expected: Mapping[str, Any] = field(default_factory=dict)


class BudgetMove(NamedTuple):
    """Points that a budget gives (or takes back: negative), while it has given no more than ``most``."""

    rule: str
    period: str
    starts_on: date
    points: int
    most: int = NO_LIMIT


class Awarded(NamedTuple):
    """What a purchase was awarded, under which terms, at which tier."""

    award: Award
    terms: Terms | None
    tier_code: str


@dataclass(frozen=True, slots=True)
class Posting:
    """Everything one event writes, and how the member stands before and after it.

    ``named`` are the rows whose ids the receipt and the news carry, by the receipt's field. ``awarded`` is
    what a purchase earns.
    """

    event: AnyEvent
    now: datetime
    before: Standing
    after: Standing
    rows: tuple[Model, ...]
    updates: tuple[Update, ...]
    news: tuple[OutboxEvent, ...]
    receipt: Receipt
    named: Mapping[str, Model]
    debts: tuple[Debt, ...]
    periods: tuple[TierPeriod, ...]
    awarded: Awarded | None = None
    budgets: tuple[BudgetMove, ...] = ()
    paired: tuple["Posting", ...] = ()
    """Of the same event: what another member's record gives or takes (a merge)."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be written."""
        return not self.rows and not self.updates


class Draft:
    """The working desk of the planners: what they all do to a member's points, tiers and rows."""

    def __init__(
        self, event: AnyEvent, context: Context, now: datetime, *, moment: datetime | None = None
    ) -> None:
        self.event, self.context, self.now = event, context, now
        self.zone = context.merchant.zone
        self.today = business_date(now, self.zone)
        self.expiry_day = context.expiry_day(now)
        self.day = business_date(event.occurred_at, self.zone)
        balance = context.balance
        self.purse = Purse(context.lots, context.debts, available=balance.available, owed=balance.owed)
        self.terms = context.nearest_terms(moment or event.occurred_at)
        self.hands = Hands(context.goals.counts, member_id=event.member_id, merchant_id=event.merchant_id)
        self.tiers = (
            TierLife(event.member_id, context.periods, context.spending, self.terms) if self.terms else None
        )
        self.waiting = list(context.pending)
        self.to_spare = context.spared
        self.awarded: Awarded | None = None
        self.counters: dict[str, Any] = {}
        self.rows: list[Model] = []
        self.updates: list[Update] = []
        self.budgets: list[BudgetMove] = []
        self.news: list[OutboxEvent] = []
        self.named: dict[str, Model] = {}
        self.reasons: list[dict[str, Any]] = []
        self.lots: list[dict[str, Any]] = []
        self.vouchers: list[dict[str, Any]] = []
        self.badges: list[dict[str, Any]] = []
        self.gained = 0
        self.gifts: list[dict[str, Any]] = []
        self.taken: Counter[CapKey] = Counter()
        """What this posting takes from caps, prizes included."""
        self.promised = prizes_from_json(context.quote.award) if context.quote else []
        """What the order's signed quote promised of prizes, as far as they were not won yet."""

    def move(
        self,
        kind: MovementKind,
        points: int,
        *,
        why: Iterable[Reason | dict[str, Any]],
        at: datetime | None = None,
        day: date | None = None,
        version_id: int | None = None,
        purchase: Purchase | None = None,
        refund: Refund | None = None,
        redemption: Redemption | None = None,
    ) -> Movement:
        """Add a movement of ``points`` (signed, not 0), dated as the event unless told otherwise."""
        links = {"purchase": purchase, "refund": refund, "redemption": redemption}
        movement = new(
            Movement,
            merchant_id=self.event.merchant_id,
            member_id=self.event.member_id,
            kind=kind,
            points=points,
            occurred_at=at or self.event.occurred_at,
            business_date=day or self.day,
            recorded_at=self.now,
            version_id=version_id,
            reasons=[reason.as_json() if isinstance(reason, Reason) else reason for reason in why],
            actor=self.event.actor,
            **{name: row for name, row in links.items() if row is not None},
        )
        self.rows.append(movement)
        return movement

    def credit(
        self,
        movement: Movement,
        points: int,
        *,
        earned_at: datetime,
        expires_on: date | None,
        grace_of_id: int | None = None,
        marks: Sequence[LotExtension] = (),
    ) -> Lot:
        """Put a new lot of ``points`` in the purse and return it; what is owed is paid first.

        ``marks`` are what moved the last day of the lot that the points were in before.
        """
        lot = new(
            Lot,
            merchant_id=self.event.merchant_id,
            member_id=self.event.member_id,
            points=points,
            remaining=points,
            earned_at=earned_at,
            movement=movement,
            grace_of_id=grace_of_id,
        )
        self.rows += [lot, *first_marks(lot, expires_on, self.context.programme, marks, self.now)]
        self.purse.put(lot)
        self.show([Taken(lot, points)])
        self.pay_debts()
        return lot

    def take_over(self, movement: Movement, lot: Lot, points: int, marks: Iterable[LotExtension] = ()) -> Lot:
        """Put points of a record that was merged into a lot of the same age and last day (RULES 42).

        ``marks`` are what this very posting moved that day by; those known before go over anyway.
        """
        return self.credit(
            movement,
            points,
            earned_at=lot.earned_at,
            expires_on=lot.expires_on,
            grace_of_id=lot.grace_of_id,
            marks=(*self.context.marks.get(lot.pk, ()), *marks),
        )

    def pay_debts(self) -> None:
        """Record what the points at hand pay of what is owed, as uses by the debits that made the debts."""
        paid = self.purse.pay_debts()
        for debt, taken in paid:
            self._use(debt, taken)
        if paid:
            points = sum(taken.points for _debt, taken in paid)
            self.reasons.append(Reason(reasons.OWED_PAID, {"points": points}).as_json())

    def use(self, movement: Movement, taken: Iterable[Taken]) -> None:
        """Record which lots a debit consumed."""
        for part in taken:
            self._use(movement, part)

    def give_back(self, movement: Movement, lot: Lot, points: int) -> None:
        """Return points to their own lot, or to one like it where its record was merged (RULES 42)."""
        if lot.member_id != self.event.member_id:
            self.take_over(movement, lot, points)
            return
        self.purse.give_back(lot, points)
        self._use(movement, Taken(lot, -points))

    def _use(self, movement: Movement, taken: Taken) -> None:
        self.rows.append(
            new(LotUse, lot=taken.lot, movement=movement, points=taken.points, recorded_at=self.now)
        )

    def bury(self) -> int:
        """Let every lot die whose last day is over, dated on that day (RULES 22-24); how many points died.

        A lot whose alert could not be delivered is prolonged once instead (RULES 27). While the programme is
        paused its clock stands: only what was over before the pause dies.
        """
        self._spare()
        died = 0
        for day, taken in self.purse.bury(self.expiry_day):
            points = sum(part.points for part in taken)
            midnight = end_of_day_instant(day, self.zone)
            why = [Reason(reasons.EXPIRED, {"on": day.isoformat()})]
            movement = self.move(
                MovementKind.EXPIRE, -points, why=why, at=midnight - datetime.resolution, day=day
            )
            self.use(movement, taken)
            died += points
        if died:
            self.tell(topics.POINTS_EXPIRED, points=died)
        return died

    def _spare(self) -> None:
        """Give the lots that may not die yet their one grace, marked by an extension.

        The lot is this posting's own copy: whoever plans again has read it again.
        """
        grace_days = self.terms.grace_days if self.terms else 0
        to_spare, self.to_spare = self.to_spare, frozenset()  # once, however often a draft buries
        for lot in self.purse.find(to_spare):
            from_day = lot.expires_on
            if from_day is None or self.expiry_day <= from_day:
                continue
            until_day = lot.expires_on = from_day + timedelta(days=grace_days)
            why = {"why": ExtensionWhy.UNDELIVERED, "from_day": from_day, "until_day": until_day}
            self.rows.append(new(LotExtension, lot=lot, recorded_at=self.now, **why))
            self.updates.append(Update(lot, {"expires_on": until_day}, {"expires_on": from_day}))
        self.purse.sort()

    def last_day(self, terms: Terms, earned_on: date) -> date | None:
        """The last spendable day of points earned on a day."""
        if terms.expiry_months is None:
            return None
        return last_spendable_day(earned_on, terms.expiry_months, terms.expiry_rounding)

    def show(self, taken: Iterable[Taken]) -> None:
        """Put lots on the receipt."""
        self.lots += [
            {
                "points": part.points,
                "expires_on": part.lot.expires_on.isoformat() if part.lot.expires_on else None,
            }
            for part in taken
        ]

    @property
    def is_news(self) -> bool:
        """Whether what happened is recent enough to tell of."""
        return self.event.occurred_at >= self.now - NEWS_FOR

    def count(self, name: str, by: int) -> None:
        """Move one of the balance's counters."""
        self.counters[name] = self.counters.get(name, getattr(self.context.balance, name)) + by

    def tell(self, topic: str, **payload: Any) -> None:
        """Add news; an event that is quiet tells nobody."""
        if getattr(self.event, "quiet", False):
            return
        self.news.append(
            new(
                OutboxEvent,
                merchant_id=self.event.merchant_id,
                topic=topic,
                member_id=self.event.member_id,
                payload=payload,
                created_at=self.now,
            )
        )

    def posting(self, **answer: Any) -> Posting:
        """Close the draft: caches, tiers and the receipt follow from what was planned."""
        tier_before, tier_code = self._close_tiers()
        self._close_lots()
        self._close_hands()
        purse, before = self.purse, self.context.balance
        current = self.context.promises.at(self.now) or self.terms
        values = {"available": purse.available, "owed": purse.owed, "tier_code": tier_code, **self.counters}
        after = replace(before, **values, version=before.version + 1, is_new=False)
        receipt = Receipt(
            kind=self.event.kind,
            member_id=self.event.member_id,
            available=purse.available,
            owed=purse.owed,
            pending=after.pending,
            worth_minor=worth_minor(purse.available, current) if current else 0,
            currency=self.context.merchant.currency,
            tier_code=tier_code,
            reasons=self.reasons,
            lots=self.lots,
            stamps=self.hands.told("card", self.today),
            goals=self.hands.told("challenge", self.today),
            badges=self.badges,
            vouchers=self.vouchers,
            gifts=self.gifts,
            **{"tier_before": tier_before, **answer, "points": answer.get("points", 0) + self.gained},
        )
        return Posting(
            event=self.event,
            now=self.now,
            before=before,
            after=after,
            rows=tuple(self.rows),
            updates=tuple(self.updates),
            news=tuple(self.news),
            receipt=receipt,
            named=self.named,
            debts=purse.debts,
            periods=self.tiers.periods if self.tiers else self.context.periods,
            awarded=self.awarded,
            budgets=tuple(self.budgets),
        )

    def _close_tiers(self) -> tuple[str, str]:
        """Add what happened to the tiers; the tier held before and the one held now."""
        known, tiers = self.context.balance.tier_code, self.tiers
        if tiers is None or self.terms is None:
            return known, known
        self.rows += tiers.added
        self.updates += [Update(period, {"ends_at": ends_at}) for period, ends_at in tiers.shortened]
        before = known or self.terms.tiers[0].code
        now_held = tiers.periods[-1].tier_code if tiers.periods else before
        if now_held != before:
            self.tell(topics.TIER_CHANGED, tier_before=before, tier_code=now_held)
        return before, now_held

    def _close_lots(self) -> None:
        """Bring the lots' caches up to date."""
        for lot, at_first, left in self.purse.changes():
            if lot._state.adding:
                lot.remaining = left
                lot.expired_at = self.now if not left and self._died(lot) else None
                continue
            died = {"expired_at": self.now} if not left and self._died(lot) else {}
            self.updates.append(Update(lot, {"remaining": left, **died}, {"remaining": at_first}))

    def _close_hands(self) -> None:
        """Bring the counts of cards and challenges up to date."""
        for hand in self.hands.changed():
            row = hand.row
            if not row._state.adding:
                pairs = (dict(zip(FIGURES, figures, strict=True)) for figures in (hand.figures, hand.before))
                self.updates.append(Update(row, *pairs))
                continue
            if not any(hand.before):
                self.rows.append(row)
            row.count, row.spent, row.reached, row.number = hand.figures

    def _died(self, lot: Lot) -> bool:
        return is_dead(lot, self.expiry_day)
