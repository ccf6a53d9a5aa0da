"""What is wrong with a card, a challenge, or a rule that gives something else than points. Reads only.

What could never move or be reached, gives nothing, or names what is not there, with the field and a sentence.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import NamedTuple

from django.utils.text import slugify
from django.utils.translation import gettext as _

from programs.goals import after, period_of
from programs.models import (
    Card,
    Challenge,
    ChallengeKind,
    EarnRule,
    GoalCounts,
    ProgrammeVersion,
    Reward,
    RuleKind,
)
from programs.parts_read import active
from programs.terms import GIFTS, PURCHASE
from programs.validating_rules import nobody

Found = tuple[str, str]
"""A field, and what to mend."""

ONLY_ORDERS = ("categories", "products", "min_amount_minor")
"""What nothing but a purchase can meet."""


class Prizes(NamedTuple):
    """The codes that may be given: of cards, badges and rewards that are switched on."""

    cards: Collection[str]
    badges: Collection[str]
    rewards: Collection[str]


def prizes_of(version: ProgrammeVersion, rewards: Collection[Reward]) -> Prizes:
    """What a draft can give."""
    cards, badges = ({row.code for row in active(rows)} for rows in (version.cards, version.badges))
    return Prizes(cards, badges, {reward.code for reward in rewards})


def card_problems(card: Card, prizes: Prizes) -> Iterator[Found]:
    """A card that cannot be filled, or gives nothing when it is."""
    if card.stamps < 1:
        yield "stamps", _("A card asks for at least one stamp.")
    if card.counts not in (GoalCounts.VISIT, GoalCounts.ITEM):
        yield "counts", _("A card counts visits or items.")
    yield from _unknown("reward", card.reward, prizes.rewards)
    if not card.reward:
        yield "reward", _("Choose the reward that a full card gives.")
    yield from _never(card)


def challenge_problems(challenge: Challenge, prizes: Prizes) -> Iterator[Found]:
    """A challenge that nobody can reach, or that gives nothing."""
    if challenge.target < 1:
        yield "target", _("Say what is to be reached: at least 1.")
    if challenge.kind == ChallengeKind.MILESTONE and challenge.repeats:
        yield "repeats", _("A milestone is reached once: choose a challenge for one that comes again.")
    if not (challenge.points or challenge.badge or challenge.reward or challenge.stamps):
        yield "points", _("It gives nothing: choose points, a badge, a reward or stamps.")
    yield from _unknown("badge", challenge.badge, prizes.badges)
    yield from _unknown("reward", challenge.reward, prizes.rewards)
    yield from _unknown("card", challenge.card, prizes.cards)
    if bool(challenge.card) != bool(challenge.stamps):
        yield "stamps" if challenge.card else "card", _("Say how many stamps, and on which card.")
    yield from _event_problems(challenge)
    yield from _streak_problems(challenge)
    yield from _never(challenge)


def gift_problems(rule: EarnRule, prizes: Prizes) -> Iterator[Found]:
    """A rule that gives stamps, a badge or a voucher of what is not there."""
    there = {RuleKind.STAMP: prizes.cards, RuleKind.BADGE: prizes.badges, RuleKind.VOUCHER: prizes.rewards}
    if rule.kind not in GIFTS:
        return
    if not rule.target:
        yield "target", _("Choose the card, the badge or the reward that it gives.")
    yield from _unknown("target", rule.target, there[RuleKind(rule.kind)])
    if rule.kind == RuleKind.STAMP and rule.count < 1:
        yield "count", _("Give at least one stamp.")


def _event_problems(challenge: Challenge) -> Iterator[Found]:
    if challenge.counts != GoalCounts.EVENT:
        if challenge.event:
            yield "event", _("It counts no events: leave this empty, or let it count events.")
        return
    if not challenge.event or challenge.event == PURCHASE or slugify(challenge.event) != challenge.event:
        yield "event", _("An event is one word in small Latin letters, such as car-wash.")
    for name in ONLY_ORDERS:
        if getattr(challenge, name):
            yield name, _("Only a purchase can meet this: leave it empty for an event.")


def _streak_problems(challenge: Challenge) -> Iterator[Found]:
    """There are as many periods between its days as it asks for."""
    if challenge.kind != ChallengeKind.STREAK or not (challenge.starts_on and challenge.ends_on):
        return
    if _periods(challenge, challenge.starts_on, challenge.ends_on) < challenge.target:
        yield "target", _("There is not so much time between its first and its last day.")


def _periods(challenge: Challenge, first: date, last: date) -> int:
    """How many days, weeks or months lie between two days, both included; never more than are asked for."""
    streak = challenge.period
    day, end, count = period_of(first, streak), period_of(last, streak), 1  # type: ignore[arg-type]
    while day < end and count < challenge.target:
        day, count = after(day, streak), count + 1  # type: ignore[arg-type]
    return count


def _never(part: Card | Challenge) -> Iterator[Found]:
    if part.most_per_visit == 0:
        yield "most_per_visit", _("With nothing in a visit it never moves: leave it empty for no limit.")
    if part.most_per_day == 0:
        yield "most_per_day", _("With nothing in a day it never moves: leave it empty for no limit.")


def _unknown(name: str, code: str, there: Collection[str]) -> Iterator[Found]:
    if code and code not in there:
        yield name, nobody([code])
