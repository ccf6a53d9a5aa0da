"""What a member collects, on their page: cards with their stamps, challenges with their time, badges."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from accounts.languages import in_language
from accounts.models import Member
from ledger.collection import Collection, GoalLine, collection_of
from ledger.queries import Account
from loyalty_site.portal.contests import ShownContest, shown_contest
from programs.goal_terms import BadgeTerms
from programs.goal_wording import prizes_text, progress_text
from programs.pictures import storage
from programs.terms import Terms

MOST_DOTS: Final = 12
"""A longer card is a bar."""
WIDEST: Final = 6
"""How many stamps stand beside each other on a phone; rows are as equal as they can be."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A card or challenge in the reader's language; ``dots`` are its stamps where it is short enough.

    ``columns``: in how many columns these stand on a phone.
    """

    name: str
    progress: str
    prizes: str
    count: int
    target: int
    dots: list[bool]
    columns: int
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
    picture: str = ""
    shows: str = ""


@dataclass(frozen=True, slots=True)
class Collected:
    """Everything the page shows."""

    cards: list[Shown]
    challenges: list[Shown]
    badges: list[ShownBadge]
    contests: list[ShownContest]
    has_ended_contests: bool = False


def collected_section(member: Member, standing: Account, language: str, *, now: datetime) -> Collected | None:
    """What the member's page shows of cards, challenges and badges; nothing where there are none."""
    terms = standing.terms
    if terms is None or not (terms.goals or terms.badges):
        return None
    found = collection_of(member, now=now)
    return Collected(
        cards=[_shown(one, terms, language) for one in found.cards],
        challenges=[_shown(one, terms, language) for one in found.challenges],
        badges=_badges(found, terms, language),
        contests=[shown_contest(one, language, now) for one in found.contests],
        has_ended_contests=found.has_ended_contests,
    )


def _shown(one: GoalLine, terms: Terms, language: str) -> Shown:
    is_dotted = one.goal.kind == "card" and one.target <= MOST_DOTS
    return Shown(
        name=in_language(one.goal, "name", language),
        progress=progress_text(one.goal, one.count, terms.currency, language),
        prizes=prizes_text(one.goal, terms, language),
        count=one.count,
        target=one.target,
        dots=[place < one.count for place in range(one.target)] if is_dotted else [],
        columns=-(-one.target // -(-one.target // WIDEST)),
        last_day=one.goal.conditions.ends_on,
        is_done=not one.goal.repeats and bool(one.reached),
        reached=one.reached,
        owed=one.owed,
    )


def _badges(found: Collection, terms: Terms, language: str) -> list[ShownBadge]:
    """Those that were won, each once with its last day, then those that can be."""
    won = {one.badge.code: (one.badge, one.won_on) for one in reversed(found.badges)}
    to_win = ((badge, None) for badge in terms.badges if badge.code not in won)
    return [_badge(badge, day, language) for badge, day in [*reversed(won.values()), *to_win]]


def _badge(badge: BadgeTerms, day: date | None, language: str) -> ShownBadge:
    name = in_language(badge, "name", language)
    return ShownBadge(
        name,
        in_language(badge, "description", language),
        badge.icon,
        day,
        storage().url(badge.picture) if badge.picture else "",
        in_language(badge, "picture_alt", language) or name,
    )
