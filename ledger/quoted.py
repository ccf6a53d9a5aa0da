"""An award as it is kept with a signed quote, and taken from there again, exactly. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ledger.context import Context
from ledger.errors import QuoteMismatch, QuoteOver
from ledger.events import PurchaseMade, body
from ledger.models import SignedQuote
from programs.reasons import Reason
from programs.rules import Award, LineAward
from programs.terms import CapKey, Terms

Quoted = tuple[Award, Terms | None, str]
Goal = tuple[str, str, date]
"""A goal's kind, its code and the day it counts from."""
NOTHING: Final[Mapping[Goal, int]] = {}


class Prizes(NamedTuple):
    """Prizes that caps limit: (kind, code, points) in the order they are won, and what caps give for them."""

    won: tuple[tuple[str, str, int], ...] = ()
    uses: Mapping[CapKey, int] = MappingProxyType({})


NO_PRIZES: Final = Prizes()


def order_sha256(event: PurchaseMade) -> str:
    """The hash of what is bought, whatever the order's number and its time."""
    said = body(replace(event, quote=""))
    for name in ("key", "occurred_at", "source"):
        said.pop(name, None)
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def honoured(quote: SignedQuote, event: PurchaseMade, context: Context, now: datetime) -> Quoted:
    """The award, its terms and its tier, as quoted. Raises ``QuoteOver``, ``QuoteMismatch``.

    It may have been signed for a record that was merged since (RULES 42).
    """
    if not quote.is_open or quote.expires_at <= now:
        raise QuoteOver(field="quote")
    if quote.body_sha256 != order_sha256(replace(event, member_id=quote.member_id)):
        raise QuoteMismatch(field="quote")
    return award_from_json(quote.award), context.promises.of(quote.version_id), quote.tier_code


def award_as_json(
    award: Award,
    day: date,
    collected: Mapping[Goal, int] = NOTHING,
    prizes: Prizes = NO_PRIZES,
) -> dict[str, Any]:
    """The award of an order of ``day`` as JSON values, and what it collects; exact points as text.

    Of the ``prizes`` that the order wins it keeps those that caps limit.
    """
    return {
        "points": award.points,
        "base_minor": award.base_minor,
        "paid_base_minor": award.paid_base_minor,
        "lines": [
            [line.base_minor, str(line.multiplier), str(line.exact), list(line.reasons)]
            for line in award.lines
        ],
        "reasons": [reason.as_json() for reason in award.reasons],
        "birthday_year": award.birthday_year,
        "birthday_rules": list(award.birthday_rules),
        **_uses_as_json(award, day, prizes),
        **_goals_as_json(collected, day),
    }


def _uses_as_json(award: Award, day: date, prizes: Prizes) -> dict[str, Any]:
    """What the quote sets aside of caps, and the day whose periods they are; nothing without caps.

    ``uses`` is for the award and its prizes together.
    """
    uses = Counter(dict(award.uses))
    uses.update(prizes.uses)
    if not uses and not prizes.won:
        return {}
    said = {"day": day.isoformat(), "uses": [[*key, points] for key, points in uses.items()]}
    return said | ({"prizes": [list(prize) for prize in prizes.won]} if prizes.won else {})


def _goals_as_json(collected: Mapping[Goal, int], day: date) -> dict[str, Any]:
    """What the order moves on of every goal, and its day; nothing where there are no goals."""
    if not collected:
        return {}
    said = [[kind, code, first.isoformat(), amount] for (kind, code, first), amount in collected.items()]
    return {"day": day.isoformat(), "goals": said}


def goals_from_json(stored: Mapping[str, Any]) -> dict[Goal, int]:
    """What a quoted order moves on, by goal."""
    return {
        (kind, code, date.fromisoformat(first)): amount
        for kind, code, first, amount in stored.get("goals", ())
    }


def day_of_uses(stored: Mapping[str, Any]) -> date:
    """The day whose caps a stored award takes from, and on which it collects."""
    return date.fromisoformat(stored["day"])


def uses_from_json(stored: Mapping[str, Any]) -> tuple[tuple[CapKey, int], ...]:
    """What a stored quote sets aside of which cap, for its award and its prizes together."""
    return tuple(((scope, rule, period), points) for scope, rule, period, points in stored.get("uses", ()))


def prizes_from_json(stored: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """The prizes that a stored quote promised within caps, in the order they are won."""
    return [(kind, code, points) for kind, code, points in stored.get("prizes", ())]


def _own_uses(stored: Mapping[str, Any]) -> tuple[tuple[CapKey, int], ...]:
    """What the award itself takes from which cap: prizes take from the caps of all rules alone."""
    prizes = sum(points for _kind, _code, points in prizes_from_json(stored))
    own = ((key, points - (0 if key[1] else prizes)) for key, points in uses_from_json(stored))
    return tuple((key, points) for key, points in own if points)


def award_from_json(stored: Mapping[str, Any]) -> Award:
    """The award again."""
    reasons = [dict(reason) for reason in stored["reasons"]]
    return Award(
        points=stored["points"],
        base_minor=stored["base_minor"],
        paid_base_minor=stored["paid_base_minor"],
        lines=tuple(
            LineAward(base, Fraction(multiplier), Fraction(exact), tuple(keys))
            for base, multiplier, exact, keys in stored["lines"]
        ),
        reasons=tuple(Reason(reason.pop("code"), reason) for reason in reasons),
        birthday_year=stored["birthday_year"],
        birthday_rules=tuple(stored["birthday_rules"]),
        uses=_own_uses(stored),
    )
