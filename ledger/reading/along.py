"""What was read along with a member, made into the values that planning knows: ``Along``."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from accounts.models import Member, Merchant
from ledger.models import (
    Balance,
    BonusUse,
    Lot,
    Movement,
    PendingAward,
    PostingKey,
    Purchase,
    Redemption,
    TierPeriod,
)
from ledger.purse import Debt, Taken
from ledger.reading.asking import Answers, Reader, Row, day, instant
from ledger.spending import Spent
from programs.models import Programme, Reward
from programs.queries import Timeline, timeline_of

MEMBERS, MERCHANTS = Reader(Member), Reader(Merchant, path="merchant__")
PROGRAMMES, BALANCES = Reader(Programme, path="merchant__programme__"), Reader(Balance, path="balance__")
KEYS, PERIODS, USES = Reader(PostingKey), Reader(TierPeriod), Reader(BonusUse)
LOTS, LOTS_OF_USES = Reader(Lot), Reader(Lot, path="lot__")
DEBITS, REDEMPTIONS, REWARDS = Reader(Movement), Reader(Redemption), Reader(Reward)
AWARDS, PURCHASES_OF_AWARDS = Reader(PendingAward), Reader(Purchase, path="purchase__")


_POINTS: Final = DEBITS.names.index("points")
_MERCHANT: Final = MEMBERS.names.index("merchant_id")


class Seen(NamedTuple):
    """What was last seen of a merchant: the terms, the programme's state, the zone."""

    promises: Timeline
    state: str
    zone: str


KNOWN: dict[int, Seen] = {}
"""Of each merchant what was last seen: only to guess what else will be asked for."""


@dataclass(slots=True)
class Along:
    """What was read along with the member; ``since`` is the first day of the spend that was summed up.

    ``zone`` is the one by which "today" was asked.
    """

    answers: Answers
    merchant_id: int
    since: date | None = None
    zone: str = ""
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
        for reader in (MEMBERS, MERCHANTS, PROGRAMMES, BALANCES):
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
        return next(iter(KEYS.all(self.answers["key"])), None)

    def promises(self, merchant: Merchant) -> Timeline:
        """The merchant's published terms; what was remembered of them is what was read."""
        stamps = tuple((pk, instant(since), instant(at)) for pk, since, at in self.answers["versions"])
        found = timeline_of(stamps, merchant.currency, merchant.zone)
        programme = merchant._state.fields_cache.get("programme")
        KNOWN[merchant.pk] = Seen(found, programme.state if programme else "", merchant.zone)
        return found

    @property
    def periods(self) -> tuple[TierPeriod, ...]:
        """The member's tiers, the oldest first."""
        return PERIODS.all(self.answers["periods"])

    @property
    def debts(self) -> tuple[Debt, ...]:
        """What the member owes, the oldest first."""
        return tuple(Debt(DEBITS.one(row[:-1]), -row[_POINTS] - row[-1]) for row in self.answers["debts"])

    def lots(self, *, dead_on: date | None = None) -> tuple[Lot, ...] | None:
        """Lots with something left, or only those dead on a day; None if they were not asked for."""
        if "lots" not in self.answers:
            return None
        found: tuple[Lot, ...] = LOTS.all(self.answers["lots"])
        if dead_on is None:
            return found
        return tuple(lot for lot in found if lot.expires_on is not None and lot.expires_on < dead_on)

    def spent(self, since: date) -> int | None:
        """The member's spend since a day; None if it was not that day that was asked for."""
        if self.since != since or "spent" not in self.answers:
            return None
        return int(self.answers["spent"][0][0] or 0)

    @property
    def orders(self) -> tuple[Spent, ...] | None:
        """Every order of the member; None unless one is later or a tier's year ended unattended."""
        rows = self.answers.get("orders")
        return tuple(Spent(instant(at), day(on), int(net)) for at, on, net in rows) if rows else None

    def waiting(self, zone: str) -> tuple[tuple[PendingAward, ...], bool] | None:
        """Awards that wait, and whether an opening was told of today in ``zone``; None if not asked for."""
        if "waiting" not in self.answers or self.zone != zone:
            return None
        found, width = [], len(AWARDS)
        for row in self.answers["waiting"]:
            award = AWARDS.one(row[:width])
            award._state.fields_cache["purchase"] = PURCHASES_OF_AWARDS.one(row[width:-1])
            found.append(award)
        return tuple(found), any(row[-1] for row in self.answers["waiting"])

    def earns_in_pilot(self, moment: datetime) -> bool | None:
        """Whether the pilot's audience held the member at ``moment``; None if that was not asked for."""
        if "pilot" not in self.answers:
            return None
        places = ((instant(since), until and instant(until)) for since, until in self.answers["pilot"])
        return any(since <= moment and (until is None or until > moment) for since, until in places)

    def rewards(self, version_id: int | None) -> tuple[Reward, ...]:
        """The reward that the event names, as one version has it."""
        found = REWARDS.all(self.answers.get("rewards", ()))
        return tuple(reward for reward in found if reward.version_id == version_id)

    @property
    def birthday_uses(self) -> tuple[BonusUse, ...]:
        """Once-only bonuses the member had."""
        return USES.all(self.answers["uses"])

    def redemption(self, code: str) -> Redemption | None:
        """The member's redemption with the one code that the event names."""
        found = (row for row in REDEMPTIONS.all(self.answers.get("redemption", ())) if row.code == code)
        return next(found, None)

    @property
    def returning(self) -> tuple[Taken, ...]:
        """What the event's redemption took of which lot."""
        return tuple(Taken(LOTS_OF_USES.one(row[1:]), row[0]) for row in self.answers["returning"])
