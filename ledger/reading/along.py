"""What was read along with a member, made into the values that planning knows: ``Along``."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from accounts.asking import Answers, Reader, Row, day, instant
from accounts.models import Member, Merchant
from ledger.models import (
    Balance,
    BonusUse,
    Lot,
    LotExtension,
    Movement,
    PendingAward,
    PostingKey,
    Purchase,
    Redemption,
    TierPeriod,
)
from ledger.purse import Debt, Taken
from ledger.spending import Spent
from programs.models import Programme, ProgrammeState, Reward
from programs.queries import Timeline, timeline_of

MEMBERS, MERCHANTS = Reader(Member), Reader(Merchant, path="merchant__")
PROGRAMMES, BALANCES = Reader(Programme, path="merchant__programme__"), Reader(Balance, path="balance__")
KEYS, PERIODS, USES = Reader(PostingKey), Reader(TierPeriod), Reader(BonusUse)
LOTS, LOTS_OF_USES = Reader(Lot), Reader(Lot, path="lot__")
EXTENSIONS = Reader(LotExtension)
DEBITS, REDEMPTIONS, REWARDS = Reader(Movement), Reader(Redemption), Reader(Reward)
AWARDS, PURCHASES_OF_AWARDS, PURCHASES = (
    Reader(PendingAward),
    Reader(Purchase, path="purchase__"),
    Reader(Purchase),
)

OTHER: Final = "other."
"""Before the name of what is asked of the second record of a merge."""
_POINTS: Final = DEBITS.names.index("points")
_MERCHANT: Final = MEMBERS.names.index("merchant_id")


class Seen(NamedTuple):
    """What was last seen of a merchant: the terms, whether its programme is or was a pilot, the zone."""

    promises: Timeline
    knows_pilot: bool
    zone: str


KNOWN: dict[int, Seen] = {}
"""Of each merchant what was last seen: only to guess what else will be asked for."""


@dataclass(slots=True)
class Along:
    """What was read along with a record of a merchant, whoever it is: gone, erased or merged ones, too.

    ``absorbed`` are the ids of the records that were merged into it, ``waits`` says that points of it wait,
    ``has_rules`` that rules asked for more (``ledger.reading.for_rules``).
    """

    answers: Answers
    merchant_id: int
    has_rules: bool = False
    member: Member | None = field(default=None, init=False)
    branch_code: str | None = field(default=None, init=False)
    absorbed: tuple[int, ...] = field(default=(), init=False)
    waits: bool = field(default=False, init=False)
    promises: Timeline = field(default=Timeline((), ()), init=False)
    seen: Seen | None = field(default=None, init=False)

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
        self.branch_code, absorbed = row[place], row[place + 1]
        self.absorbed = tuple(json.loads(absorbed) if isinstance(absorbed, str) else absorbed)
        member._state.fields_cache.update(merchant=merchant, balance=balance)
        merchant._state.fields_cache["programme"] = programme
        if programme is not None:
            programme._state.fields_cache["merchant"] = merchant
        self.member, self.waits = member, balance is not None and balance.pending > 0
        if "versions" in self.answers:
            stamps = tuple((pk, instant(since), instant(at)) for pk, since, at in self.answers["versions"])
            self.promises = timeline_of(stamps, merchant.currency, merchant.zone)
            self.seen = Seen(self.promises, _knows_pilot(programme), merchant.zone)

    @property
    def other(self) -> "Along":
        """What was read of the second record of a merge."""
        asked = {name: rows for name, rows in self.answers.items() if name.startswith(OTHER)}
        return Along({name.removeprefix(OTHER): rows for name, rows in asked.items()}, self.merchant_id)

    @property
    def key(self) -> PostingKey | None:
        """The event's key, if it was posted."""
        return next(iter(KEYS.all(self.answers["key"])), None)

    @property
    def periods(self) -> tuple[TierPeriod, ...]:
        """The member's tiers, the oldest first."""
        return PERIODS.all(self.answers["periods"])

    @property
    def debts(self) -> tuple[Debt, ...]:
        """What the member owes, the oldest first."""
        return tuple(Debt(DEBITS.one(row[:-1]), -row[_POINTS] - row[-1]) for row in self.answers["debts"])

    def lots(self, *, dead_on: date | None = None) -> tuple[Lot, ...]:
        """Lots with something left, or only those dead on a day."""
        width = len(LOTS)
        found = (LOTS.one(row[:width]) for row in self.answers["lots"])
        if dead_on is None:
            return tuple(found)
        return tuple(lot for lot in found if lot.expires_on is not None and lot.expires_on < dead_on)

    @property
    def spared(self) -> frozenset[int]:
        """Lots (ids) that get one grace before they die."""
        width = len(LOTS)
        return frozenset(row[0] for row in self.answers["lots"] if row[width])

    @property
    def came_with(self) -> dict[int, int | None]:
        """Lot id → the purchase that brought it in, before and after merges."""
        return {row[0]: row[-1] for row in self.answers["lots"]}

    @property
    def spent(self) -> int:
        """The member's spend since the first day of the window in which an order's tiers count."""
        return int(self.answers["spent"][0][0] or 0)

    @property
    def orders(self) -> tuple[tuple[int, Spent], ...]:
        """Orders one by one, with the record each was posted to, where one sum does not say enough."""
        return tuple(
            (member_id, Spent(instant(at), day(on), int(net)))
            for member_id, at, on, net in self.answers["orders"]
        )

    @property
    def purchase(self) -> Purchase | None:
        """The purchase that the event names."""
        return next(iter(PURCHASES.all(self.answers.get("purchase", ()))), None)

    @property
    def pending(self) -> tuple[PendingAward, ...]:
        """Awards that wait, the first to open first, each with its purchase."""
        found, width = [], len(AWARDS)
        for row in self.answers.get("waiting", ()):
            award = AWARDS.one(row[:width])
            award._state.fields_cache["purchase"] = PURCHASES_OF_AWARDS.one(row[width:-1])
            found.append(award)
        return tuple(found)

    @property
    def told_of_opening(self) -> bool:
        """Whether the member was told today that points opened."""
        return any(row[-1] for row in self.answers.get("waiting", ()))

    def was_in_pilot(self, moment: datetime) -> bool:
        """Whether the pilot's audience held the member at ``moment``."""
        places = ((instant(since), until and instant(until)) for since, until in self.answers["pilot"])
        return any(since <= moment and (until is None or until > moment) for since, until in places)

    @property
    def birthday_uses(self) -> tuple[tuple[int, date], ...]:
        """Birthday bonuses the person had; nothing where no terms give any."""
        uses: tuple[BonusUse, ...] = USES.all(self.answers.get("uses", ()))
        return tuple((int(use.occurrence), use.used_on) for use in uses)

    @property
    def birthdays_kept(self) -> tuple[tuple[int, date], ...]:
        """Birthday bonuses that open quotes keep."""
        return tuple((year, day(on)) for year, on in self.answers.get("kept", ()))

    def redemption(self, code: str) -> Redemption | None:
        """The person's redemption with a code that the event names."""
        found = (row for row in REDEMPTIONS.all(self.answers["redemption"]) if row.code == code)
        return next(found, None)

    def taken(self, name: str) -> tuple[Taken, ...]:
        """What was taken of which lot, by the question of that name."""
        return tuple(Taken(LOTS_OF_USES.one(row[1:]), row[0]) for row in self.answers[name])

    @property
    def marks(self) -> dict[int, tuple[LotExtension, ...]]:
        """Lot id → what moved its last day, the first move first, of lots of other records."""
        found: dict[int, tuple[LotExtension, ...]] = {}
        for row in EXTENSIONS.all(self.answers.get("marks", ())):
            found[row.lot_id] = (*found.get(row.lot_id, ()), row)
        return found


def _knows_pilot(programme: Programme | None) -> bool:
    """Whether an order may have happened while only the pilot's audience earned."""
    if programme is None:
        return False
    pilot = ProgrammeState.PILOT
    return programme.state == pilot or any(stop["before"] == pilot for stop in programme.stops)
