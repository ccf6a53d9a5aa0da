"""Many purchases of one member in memory, one after another, without asking the database in between."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from accounts.models import Branch, Member, Merchant
from ledger.context import Context, GoalFacts, RuleFacts, Standing
from ledger.counting import NET, count_of
from ledger.drafting import Posting
from ledger.events import AnyEvent, AwardsOpened, PointsExpired, PointsOpened, PurchaseMade, RedemptionClosed
from ledger.families import absorbed_by, standing_for_themselves
from ledger.models import BonusUse, Lot, PendingAward, Purchase, SignedQuote, TierPeriod
from ledger.purse import Debt
from ledger.reading.context_read import debts_of, programme_of, standing_of
from ledger.reading.for_causes import Choice, choices_of_many, chosen_at
from ledger.reading.for_goals import goals_after, goals_of_many
from ledger.reading.for_quotes import birthdays_kept
from ledger.reading.for_time import spared, told_of_opening, waiting_of
from ledger.reading.tallies import Tally, tallies
from ledger.spending import Spending, Spent
from programs.calendars import business_date
from programs.models import Programme
from programs.queries import Timeline, may_earn, timeline
from programs.terms import TierBasis
from programs.tiering import window_start

Row = TypeVar("Row", TierPeriod, BonusUse, SignedQuote, Lot, PendingAward)


@dataclass(slots=True)
class Replay:
    """One member's running state: ``context`` answers for the next event, ``after`` takes its posting in.

    ``spendings`` are what orders count, by every basis that some of the terms have.
    """

    member: Member
    merchant: Merchant
    programme: Programme | None
    promises: Timeline
    branches: Mapping[int, str]
    balance: Standing
    lots: tuple[Lot, ...]
    debts: tuple[Debt, ...]
    spendings: Mapping[TierBasis, Spending]
    periods: tuple[TierPeriod, ...]
    birthday_uses: tuple[tuple[int, date], ...]
    birthdays_kept: tuple[tuple[int, date], ...] = ()
    pending: tuple[PendingAward, ...] = ()
    told_of_opening: bool = False
    spared: frozenset[int] = frozenset()
    tally: Tally = field(default_factory=Tally)
    goals: GoalFacts = field(default_factory=GoalFacts)
    choices: Sequence[Choice] = ()

    def context(
        self, event: PurchaseMade | PointsExpired | PointsOpened | AwardsOpened | RedemptionClosed
    ) -> Context:
        """The member as they stand before ``event``."""
        programme = self.programme
        branch_id, award = (event.branch_id, event.award) if isinstance(event, PurchaseMade) else (None, True)
        return Context(
            merchant=self.merchant,
            member=self.member,
            programme=programme,
            promises=self.promises,
            balance=self.balance,
            branch_code=self.branches.get(branch_id or 0, ""),
            earns=award is None
            and programme is not None
            and may_earn(programme, member_id=self.member.pk, now=event.occurred_at),
            lots=self.lots,
            debts=self.debts,
            spending=self._spending(event),
            periods=self.periods,
            birthday_uses=self.birthday_uses + self.birthdays_kept,
            rules=self._rules(event),
            pending=self.pending,
            told_of_opening=self.told_of_opening,
            spared=self.spared,
            goals=self.goals,
            cause=chosen_at(self.choices, event.occurred_at) if isinstance(event, PurchaseMade) else None,
        )

    def _spending(self, event: AnyEvent) -> Spending:
        terms = self.promises.nearest(event.occurred_at)
        return self.spendings[terms.tier_basis] if terms else Spending()

    def _rules(self, event: AnyEvent) -> RuleFacts:
        terms = self.promises.nearest(event.occurred_at)
        return self.tally.facts(event, terms) if isinstance(event, PurchaseMade) else RuleFacts()

    def after(self, posting: Posting) -> None:
        """Stand where ``posting`` leaves the member."""
        self.balance, self.debts, self.periods = posting.after, posting.debts, posting.periods
        self.lots = ()
        self.tally.after(posting)
        self.goals = goals_after(self.goals, posting.rows)
        for row in posting.rows:
            if isinstance(row, Purchase):
                for basis, spending in self.spendings.items():
                    spending.add(Spent(row.occurred_at, row.business_date, count_of(row, basis)))
            elif isinstance(row, BonusUse):
                self.birthday_uses += ((int(row.occurrence), row.used_on),)
            elif isinstance(row, PendingAward):
                self.pending += (row,)
        for update in posting.updates:
            for name, value in update.values.items():
                setattr(update.row, name, value)
        self.pending = tuple(award for award in self.pending if award.left)


def replays(
    *,
    merchant: Merchant,
    member_ids: Iterable[int],
    earliest: datetime,
    now: datetime,
    only_time: bool = False,
) -> dict[int, Replay]:
    """Read many members at once, each ready to go on from ``earliest``; unknown members are left out.

    ``only_time``: detached and erased records too, whose points die like all others.
    """
    ids = sorted(set(member_ids))
    everyone = Member.objects.filter(merchant=merchant, pk__in=ids)
    members = standing_for_themselves(everyone) if only_time else everyone.active()
    absorbed = absorbed_by(ids)
    found = list(members.select_related("merchant__programme", "balance").order_by("pk"))
    if not found:
        return {}
    promises, today = timeline(merchant), business_date(now, merchant.zone)
    branches = dict(Branch.objects.filter(merchant=merchant).values_list("pk", "code"))
    periods = _by_member(TierPeriod.objects.filter(member_id__in=ids).order_by("starts_at", "id"))
    uses = _by_member(BonusUse.objects.filter(member_id__in=[*ids, *absorbed]).order_by("id"), absorbed)
    kept = _by_member(birthdays_kept([*ids, *absorbed], now).order_by("id"), absorbed)
    dead = _by_member(
        Lot.objects.filter(member_id__in=ids, remaining__gt=0, expires_on__lt=today).order_by("id")
    )
    waiting = _by_member(waiting_of([member.pk for member in found if standing_of(member).pending]))
    told = told_of_opening(waiting, merchant, now)
    spare = frozenset(spared([lot.pk for lots in dead.values() for lot in lots]))
    ended = [rows[-1].ends_at for rows in periods.values() if rows[-1].ends_at and rows[-1].ends_at <= now]
    bases = {terms.tier_basis for terms in promises.terms}
    since = _since(promises, merchant, min([earliest, *ended]))
    spent = {basis: _spent(ids, absorbed, since, basis) for basis in bases}
    whose = {pk: pk for pk in ids} | absorbed
    goals, choices = goals_of_many(whose, promises), choices_of_many(whose, promises)
    counted = tallies(merchant, whose, promises, earliest=earliest, now=now)
    return {
        member.pk: Replay(
            member=member,
            merchant=member.merchant,
            programme=programme_of(member),
            promises=promises,
            branches=branches,
            balance=standing_of(member),
            lots=tuple(dead.get(member.pk, ())),
            debts=debts_of(member.pk) if standing_of(member).owed else (),
            spendings={basis: Spending(orders.get(member.pk, ())) for basis, orders in spent.items()},
            periods=tuple(periods.get(member.pk, ())),
            birthday_uses=tuple((int(use.occurrence), use.used_on) for use in uses.get(member.pk, ())),
            birthdays_kept=tuple(
                (quote.birthday_year or 0, quote.quoted_on) for quote in kept.get(member.pk, ())
            ),
            pending=tuple(waiting.get(member.pk, ())),
            told_of_opening=member.pk in told,
            spared=spare,
            tally=counted[member.pk],
            goals=goals.get(member.pk, GoalFacts()),
            choices=choices.get(member.pk, ()),
        )
        for member in found
    }


def _since(promises: Timeline, merchant: Merchant, earliest: datetime) -> date:
    """The first day whose spend an event at ``earliest`` may ask for."""
    day = business_date(earliest, merchant.zone) - timedelta(days=1)  # the last of a year that ends now
    return min((window_start(day, terms) for terms in promises.terms), default=day)


def _spent(
    ids: Sequence[int], absorbed: Mapping[int, int], since: date, basis: TierBasis
) -> dict[int, list[Spent]]:
    orders = Purchase.objects.filter(member_id__in=[*ids, *absorbed], business_date__gte=since)
    by_member: dict[int, list[Spent]] = {}
    for member_id, *spent in orders.values_list("member_id", "occurred_at", "business_date", NET[basis]):
        by_member.setdefault(absorbed.get(member_id, member_id), []).append(Spent(*spent))
    return by_member


def _by_member(rows: Iterable[Row], absorbed: Mapping[int, int] | None = None) -> dict[int, list[Row]]:
    """Rows by member; those of records merged into another by that one."""
    by_member: dict[int, list[Row]] = {}
    for row in rows:
        by_member.setdefault((absorbed or {}).get(row.member_id, row.member_id), []).append(row)
    return by_member
