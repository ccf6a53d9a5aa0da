"""The second look, just before sending: is it still allowed, still true, and is now a good hour?"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models.consent import Purpose
from accounts.queries import consents_of
from campaigns.channels import Channel, open_channels
from campaigns.consenting import hindrance
from campaigns.facts import Facts, gender_of, language_of, words
from campaigns.models import Message, Reason
from campaigns.occasions import still_true
from campaigns.tuning import Tuning
from campaigns.wording import ValueMissing, render


@dataclass(frozen=True, slots=True)
class Go:
    """Send it, with these facts in these words: the language is the member's of now, not of the planning."""

    language: str
    facts: Facts
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Not at this hour."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Drop:
    """Never."""

    reason: Reason


Verdict = Go | Hold | Drop


def recheck(messages: Collection[Message], *, now: datetime) -> dict[int, Verdict]:
    """Return message id → verdict. The number of queries does not depend on the number of messages.

    Messages carry merchant, member, recipe and template.
    """
    answers = consents_of({message.member_id for message in messages})
    facts: dict[int, Facts] = {}
    for recipe_messages in _by_recipe(messages):
        facts |= still_true(recipe_messages, now=now)
    channels = open_channels()
    return {
        message.pk: _hindrance(message, channels[message.channel], _answer(message, answers), now)
        or _written(message, facts.get(message.pk))
        for message in messages
    }


def compose(message: Message, facts: Mapping[str, Any], language: str) -> tuple[str, str]:
    """Return subject and body of a message in ``language``. Raises ``ValueMissing``."""
    values = words(facts, member=message.member, merchant=message.merchant, language=language)
    gender = gender_of(message.member)
    subject = render(getattr(message.template, f"subject_{language}"), values, gender)
    return " ".join(subject.split()), render(getattr(message.template, f"body_{language}"), values, gender)


def _by_recipe(messages: Collection[Message]) -> list[list[Message]]:
    groups: dict[int, list[Message]] = defaultdict(list)
    for message in messages:
        groups[message.recipe_id].append(message)
    return list(groups.values())


def _answer(message: Message, answers: dict[tuple[int, str, str], bool]) -> bool | None:
    return answers.get((message.member_id, message.channel, message.recipe.purpose))


def _hindrance(message: Message, channel: Channel, answer: bool | None, now: datetime) -> Hold | Drop | None:
    """Return what forbids sending now."""
    reason = hindrance(
        member=message.member,
        purpose=message.recipe.purpose,
        channel=message.channel,
        can_reach=channel.can_reach(message.member),
        answer=answer,
    )
    if reason:
        return Drop(reason)
    if now > message.not_after:
        return Drop(Reason.LATE)
    return _quiet(message, channel, now)


def _quiet(message: Message, channel: Channel, now: datetime) -> Hold | Drop | None:
    """Offers that reach out wait for the merchant's day; service messages go at any hour."""
    if not channel.reaches_out or message.recipe.purpose != Purpose.MARKETING:
        return None
    opening = Tuning.read(message.recipe.settings).promo_opening(now, message.merchant.timezone)
    if opening <= now:
        return None
    return Hold(opening, Reason.QUIET_HOURS) if opening <= message.not_after else Drop(Reason.LATE)


def _written(message: Message, facts: Facts | None) -> Go | Drop:
    if facts is None:
        return Drop(Reason.STALE)
    language = language_of(message.member, message.merchant)
    try:
        subject, body = compose(message, facts, language)
    except ValueMissing:
        return Drop(Reason.MISSING_VARIABLE)
    return Go(language, facts, subject, body)
