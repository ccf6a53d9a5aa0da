"""What approving a run would do, for the person who decides: who, why in words, and what they would read."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Subquery

from accounts.access import Actor, for_read
from accounts.models import Member
from analytics.models import DormancyScore
from analytics.wording import sentences
from campaigns.models import Message, MessageState, Run
from campaigns.queries import runs
from campaigns.rechecking import compose
from campaigns.wording import ValueMissing

SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Text:
    """A message's words in one language, as one of its members would read them."""

    language: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class PreviewMember:
    """Somebody a run would write to, and why, in words. ``probability`` is of falling silent."""

    member_id: int
    name: str
    number: str
    probability: float | None
    days_silent: int | None
    reasons: Sequence[str]
    channels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What approving a run would do. ``members`` are the first hundred, the likeliest to leave first.

    ``by_outcome``: (channel, reason) → messages; the reason is empty for those that would be sent.
    """

    run: Run
    members: Sequence[PreviewMember]
    by_outcome: dict[tuple[str, str], int]
    texts: Sequence[Text]


def preview(*, actor: Actor, run_id: int, language: str) -> Preview:
    """Return what approving a run would do, reasons in ``language``. Raises ``NotFound``, ``Forbidden``.

    The number of queries does not depend on the number of members.
    """
    run = for_read(actor, runs(actor=actor).select_related("merchant"), room="campaigns", pk=run_id)
    outcomes = Message.objects.filter(run=run).values_list("channel", "reason").annotate(count=Count("pk"))
    members = _members(run)
    return Preview(
        run=run,
        members=_people(run, members, language),
        by_outcome={(channel, reason): count for channel, reason, count in outcomes.order_by()},
        texts=_texts(run, members[0]) if members else [],
    )


def _members(run: Run) -> list[Member]:
    """Return the first hundred members of a run, the likeliest to fall silent first."""
    score = DormancyScore.objects.filter(model__is_current=True, member=OuterRef("pk"))
    within = Exists(Message.objects.filter(run=run, member=OuterRef("pk")))
    members = Member.objects.filter(within).annotate(risk=Subquery(score.values("probability")[:1]))
    return list(members.order_by(F("risk").desc(nulls_last=True), "pk")[:SHOWN])


def _people(run: Run, members: Sequence[Member], language: str) -> list[PreviewMember]:
    """Add to each member the reasons of their score and the channels that would be used."""
    scored = DormancyScore.objects.filter(model__is_current=True, member__in=members)
    scores = {score.member_id: score for score in scored}
    channels = defaultdict(list)
    reached = Message.objects.filter(run=run, member__in=members).exclude(state=MessageState.SUPPRESSED)
    for member_id, channel in reached.values_list("member_id", "channel").order_by("pk"):
        channels[member_id].append(channel)
    return [_person(member, scores.get(member.pk), channels[member.pk], language) for member in members]


def _person(
    member: Member, score: DormancyScore | None, channels: Sequence[str], language: str
) -> PreviewMember:
    return PreviewMember(
        member_id=member.pk,
        name=member.name,
        number=member.number,
        probability=score.probability if score else None,
        days_silent=score.days_silent if score else None,
        reasons=sentences(score.reasons, language) if score else [],
        channels=channels,
    )


def _texts(run: Run, member: Member) -> list[Text]:
    """Return what one member of the run would read, in every language of the shop."""
    message = run.messages.filter(member=member).select_related("member", "merchant", "template")[0]
    return [Text(language, *_text(message, language)) for language in run.merchant.languages]


def _text(message: Message, language: str) -> tuple[str, str]:
    try:
        return compose(message, message.context, language)
    except ValueMissing as missing:
        return "", f"{{{missing.name}}}?"
