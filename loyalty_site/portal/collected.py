"""What a member collects, on their page: cards with their stamps, challenges with their time, badges."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from accounts.languages import in_language
from accounts.models import Member
from ledger.collections import CollectedBy, GoalStanding, collected_by
from ledger.queries import Account
from programs.goal_wording import prizes_text, progress_text
from programs.terms import Terms

MOST_DOTS: Final = 12
"""A longer card is a bar."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A card or challenge in the reader's language; ``dots`` are its stamps where it is short enough."""

    name: str
    progress: str
    prizes: str
    count: int
    target: int
    dots: list[bool]
    last_day: date | None
    is_done: bool
    reached: int
    owed: int


@dataclass(frozen=True, slots=True)
class ShownBadge:
    """A badge, won on a day or still to be won."""

    name: str
    description: str
    icon: str
    won_on: date | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """Everything the page shows."""

    cards: list[Shown]
    challenges: list[Shown]
    badges: list[ShownBadge]


def collected_section(member: Member, standing: Account, language: str, *, now: datetime) -> Collected | None:
    """What the member's page shows of cards, challenges and badges; nothing where there are none."""
    terms = standing.terms
    found = collected_by(member, terms, now=now)
    if terms is None or not found:
        return None
    return Collected(
        cards=[_shown(one, terms, language) for one in found.cards],
        challenges=[_shown(one, terms, language) for one in found.challenges],
        badges=_badges(found, language),
    )


def _shown(one: GoalStanding, terms: Terms, language: str) -> Shown:
    is_dotted = one.goal.kind == "card" and one.target <= MOST_DOTS
    return Shown(
        name=in_language(one.goal, "name", language),
        progress=progress_text(one.goal, one.count, terms.currency, language),
        prizes=prizes_text(one.goal, terms, language),
        count=one.count,
        target=one.target,
        dots=[place < one.count for place in range(one.target)] if is_dotted else [],
        last_day=one.last_day,
        is_done=one.is_done,
        reached=one.reached,
        owed=one.owed,
    )


def _badges(found: CollectedBy, language: str) -> list[ShownBadge]:
    """Those that were won, then those that can be."""
    won = [(one.badge, one.won_on) for one in found.badges]
    open_ones = [(badge, None) for badge in found.to_win]
    return [
        ShownBadge(
            in_language(badge, "name", language), in_language(badge, "description", language), badge.icon, day
        )
        for badge, day in [*won, *open_ones]
    ]
