"""Thanking for points given to a cause, with the receipt's number. Nothing takes a gift back (RULES 40)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from accounts.models import Merchant, OutboxEvent
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts, names_of
from campaigns.models import Message, Recipe
from campaigns.tuning import Tuning
from ledger.models import CauseEntry
from programs.terms import Terms


def candidate(recipe: Recipe, event: OutboxEvent, terms: Terms, now: datetime) -> Candidate | None:
    """Whom to thank."""
    number = str(event.payload["number"])
    said = _facts_of([number], recipe.merchant).get(number)
    if said is None:
        return None
    facts = account_facts([event.about], terms)[event.about] | said
    until = event.created_at + Tuning.read(recipe.settings).validity
    return Candidate(event.about, f"gift:{number}", facts, until)


def still_given(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Message id → facts."""
    accounts = account_facts({message.member_id for message in messages}, terms)
    numbers = {message.pk: message.occasion.removeprefix("gift:") for message in messages}
    said = _facts_of(numbers.values(), messages[0].merchant)
    return {
        message.pk: accounts[message.member_id] | said[numbers[message.pk]]
        for message in messages
        if numbers[message.pk] in said
    }


def _facts_of(numbers: Collection[str], merchant: Merchant) -> dict[str, Facts]:
    """Number of the receipt → what was given. One query."""
    entries = CauseEntry.objects.filter(merchant=merchant, number__in=set(numbers))
    return {
        entry.number: Facts(
            given=entry.points, value_minor=entry.amount_minor, cause=names_of(entry), number=entry.number
        )
        for entry in entries
    }
