"""Consent that a member gave elsewhere and brought along: it never widens what they said here.

Where the two disagree the stricter answer is in force from now on. What was never asked here keeps the date
and the source of the answer there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.models import Consent, Member
from accounts.models.consent import Purpose
from accounts.queries import consents_of

ELSEWHERE: Final = "elsewhere"
"""The version of a text that was shown by somebody else."""


@dataclass(frozen=True, slots=True)
class CarriedAnswer:
    """One answer about marketing through one channel. ``at`` is None where its time is not known."""

    member_id: int
    channel: str
    granted: bool
    at: datetime | None
    source: str


def carry_over(
    answers: Iterable[CarriedAnswer], *, actor: str, now: datetime, edition: int | None = None
) -> int:
    """Record what the answers change, in the caller's transaction; return how many rows that took.

    ``edition`` is the number of the terms that stand here: it is noted, though its words were not shown.
    """
    text_version = ELSEWHERE if edition is None else f"{ELSEWHERE}/terms-{edition}"
    strictest: dict[tuple[int, str], CarriedAnswer] = {}
    for answer in answers:
        place = (answer.member_id, answer.channel)
        if place not in strictest or (strictest[place].granted and not answer.granted):
            strictest[place] = answer
    members = {member_id for member_id, _channel in strictest}
    known = consents_of(members)
    languages = dict(Member.objects.filter(pk__in=members).values_list("pk", "language"))
    rows = []
    for (member_id, channel), answer in strictest.items():
        here = known.get((member_id, channel, Purpose.MARKETING))
        if here is not None and (answer.granted or not here):
            continue
        rows.append(
            Consent(
                member_id=member_id,
                channel=channel,
                purpose=Purpose.MARKETING,
                granted=answer.granted,
                text_version=text_version,
                language=languages[member_id],
                source=answer.source,
                actor=actor,
                at=now if here is not None or answer.at is None else min(answer.at, now),
            )
        )
    Consent.objects.bulk_create(rows)
    return len(rows)
