"""The expiry alert: which points die soon, untold, and are worth a message (RULES 25).

It goes N days before the last spendable day, tells only what dies then and in the week that follows, and is
counted again before it leaves. ``ledger.ExpiryNotice`` remembers the days a member was told about.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from accounts import outbox
from accounts.money import exponent_of
from campaigns import topics
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts
from campaigns.models import Message, Recipe
from campaigns.tuning import Tuning
from ledger.models import ExpiryNotice
from ledger.queries import expiring
from programs.burning import worth_minor
from programs.calendars import business_date, end_of_day_instant
from programs.terms import Terms


def find(recipe: Recipe, terms: Terms, now: datetime) -> list[Candidate]:
    """Points whose last day is near and untold, with what dies in the days after it (RULES 25)."""
    tuning, zone = Tuning.read(recipe.settings), recipe.merchant.zone
    today = business_date(now, zone)
    horizon = today + timedelta(days=tuning.days_before)
    dying = _dying(recipe, today, horizon + timedelta(days=tuning.join_days))
    told = _told(recipe, today)
    accounts = account_facts(dying, terms)
    found = []
    for member_id, days in dying.items():
        fresh = {day: points for day, points in days.items() if (member_id, day) not in told}
        facts = _joined(fresh, horizon, tuning, terms)
        if facts:
            until = end_of_day_instant(date.fromisoformat(facts["date"]), zone)
            found.append(Candidate(member_id, facts["date"], {**accounts[member_id], **facts}, until))
    return found


def tell(recipe: Recipe, candidates: Sequence[Candidate], now: datetime) -> None:
    """Tell of a chunk of members whose points die soon, in the transaction that plans their alerts."""
    if candidates:
        kept = {"points", "worth_minor", "expiring"}
        members = [
            [each.member_id, {name: fact for name, fact in each.facts.items() if name in kept}]
            for each in candidates
        ]
        outbox.append(
            merchant_id=recipe.merchant_id,
            topic=topics.POINTS_EXPIRING,
            member_id=None,
            now=now,
            payload={"members": members},
        )


def _joined(days: Mapping[date, int], horizon: date, tuning: Tuning, terms: Terms) -> Facts | None:
    """Return the first group worth a message: a day by ``horizon`` and what dies in the week after it."""
    for first in sorted(day for day in days if day <= horizon):
        last = first + timedelta(days=tuning.join_days)
        facts = _dying_facts({day: days[day] for day in sorted(days) if first <= day <= last}, terms)
        if _is_worth_telling(facts, tuning, terms):
            return facts
    return None


def _dying_facts(days: Mapping[date, int], terms: Terms) -> Facts:
    points = sum(days.values())
    return {
        "points": points,
        "worth_minor": worth_minor(points, terms),
        "date": min(days).isoformat() if days else "",
        "expiring": [(day.isoformat(), points) for day, points in days.items()],
    }


def _is_worth_telling(facts: Facts, tuning: Tuning, terms: Terms) -> bool:
    one = 10 ** exponent_of(terms.currency)
    least = one if tuning.min_worth_minor is None else tuning.min_worth_minor
    return facts["worth_minor"] >= max(1, least)


def _dying(recipe: Recipe, first: date, last: date) -> dict[int, dict[date, int]]:
    """Return member → last day → points still there, for days from ``first`` to ``last``."""
    dying: dict[int, dict[date, int]] = defaultdict(dict)
    for row in expiring(recipe.merchant, first=first, last=last):
        dying[row.member_id][row.expires_on] = row.points
    return dying


def _told(recipe: Recipe, today: date) -> set[tuple[int, date]]:
    notices = ExpiryNotice.objects.filter(member__merchant=recipe.merchant, expires_on__gte=today)
    return set(notices.values_list("member_id", "expires_on"))


def still_dying(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Count again what is left of the days each message speaks of: spent points are not alarmed about."""
    recipe, today = messages[0].recipe, business_date(now, messages[0].merchant.zone)
    spoken = {
        message.pk: [date.fromisoformat(day) for day, _p in message.context["expiring"]]
        for message in messages
    }
    dying = _dying(recipe, today, max(max(days) for days in spoken.values()))
    accounts = account_facts({message.member_id for message in messages}, terms)
    still = {}
    for message in messages:
        left = dying.get(message.member_id, {})
        facts = _dying_facts({day: left[day] for day in spoken[message.pk] if day in left}, terms)
        if _is_worth_telling(facts, Tuning.read(recipe.settings), terms):
            still[message.pk] = Facts(**{**accounts[message.member_id], **facts})
    return still
