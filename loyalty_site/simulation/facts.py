"""What is said to the books and what they must answer, in the words of the rules; and their arithmetic. Pure.

Written from the rules and from nothing else: no planner, purse or calendar of the books is used here.
Amounts are in minor units; days are the merchant's own (UTC+3).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

ZONE = timedelta(hours=3)
TIERS = ((0, Fraction(1)), (150_000, Fraction(5, 4)), (400_000, Fraction(3, 2)))
NAMES = ("bronze", "silver", "gold")
BLOCK, GRACE_DAYS, CLAIM_DAYS, CODE_MINUTES, GIFT_MINUTES = 500, 30, 30, 15, 7 * 24 * 60
NOTICE_DAYS, CLOSING_DAYS, BIRTHDAY_DAYS, QUOTE_MINUTES, SECOND_PERSON_OVER = 30, 90, 7, 15, 1000
UNKEYED = frozenset(
    {"night", "pause", "resume", "wind_up", "reopen", "publish", "notice", "sign", "erase", "decide"}
)
"""What has no key of its own: it is done when it is so, and said twice it is refused or does nothing."""


class Refused(Exception):
    """The rules say no; ``code`` is the books' word for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Terms:
    """What differs from story to story."""

    policy: str = "allow_negative"
    months: int | None = 12
    rounding: int = 0
    """Months of the period to whose end a lot lives; 0 is the exact day."""
    cap_minor: int | None = None
    renewal: str = "one_down"
    hold: int = 0
    """Days that points wait; -1 is until the order was delivered."""
    coffee: int = 1
    """The factor of lines of coffee; 1 is no bonus at all."""
    block_minor: int = 2500
    """What a block of points is worth."""
    daily: int | None = None
    """The most points that a member earns in a day (RULES 10)."""
    gift: int = 700
    """What the one reward costs, in points."""
    gift_tiers: tuple[str, ...] = ()
    """Who may have it; nobody named is everybody."""

    def worsens(self, before: "Terms") -> bool:
        """Whether points that members have would buy less than before (RULES 26)."""
        narrower = self.gift_tiers and (
            not before.gift_tiers or not {*before.gift_tiers} <= {*self.gift_tiers}
        )
        return self.block_minor < before.block_minor or self.gift > before.gift or bool(narrower)


SILENT = frozenset({"quiet", "award", "by", "minutes"})
"""How something was said, which a repetition need not share."""


@dataclass(frozen=True)
class Fact:
    """Something said to the books: ``what`` happened to ``member`` at ``at``, and was posted at ``now``.

    ``key`` may come twice; ``said`` holds whatever else belongs to it.
    """

    what: str
    member: int
    at: datetime
    now: datetime
    key: str
    said: tuple[tuple[str, Any], ...] = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return dict(object.__getattribute__(self, "said"))[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def body(self) -> tuple[Any, ...]:
        """What a repetition must share; a redemption happens whenever it is posted, by whomever."""
        said = tuple(each for each in self.said if each[0] not in SILENT)
        return (self.at if self.what in {"buy", "refund"} else None, said)


@dataclass(frozen=True)
class Answer:
    """What the books must answer."""

    points: int = 0
    available: int = 0
    owed: int = 0
    value: int = 0
    shortfall: int = 0
    withheld: int = 0
    repeated: bool = False
    state: str = ""
    """Of an adjustment that waits for a second person, or was turned down."""


def day_of(moment: datetime) -> date:
    """The day in the merchant's zone (RULES 12)."""
    return (moment + ZONE).date()


def months_later(day: date, months: int) -> date:
    """The same day so many months later; where there is none, the last of its month (RULES 22)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def morning_after(day: date) -> datetime:
    """The first moment of the next day."""
    return datetime.combine(day + timedelta(days=1), time.min, UTC) - ZONE


def birthday_near(born: date, day: date) -> int | None:
    """The year of the birthday that is near a day; 29 February is 28 February in common years (RULES 9)."""
    for year in (day.year - 1, day.year, day.year + 1):
        if abs((months_later(born, (year - born.year) * 12) - day).days) <= BIRTHDAY_DAYS:
            return year
    return None


def shares(amount: int, weights: list[int]) -> list[int]:
    """``amount`` pro rata, in whole minor units: the largest remainders first, then the first line."""
    total = sum(weights)
    parts = [amount * weight // total if total else 0 for weight in weights]
    owed = [(-(amount * weight % total), place) for place, weight in enumerate(weights)] if total else []
    for _remainder, place in sorted(owed)[: amount - sum(parts)]:
        parts[place] += 1
    return parts
