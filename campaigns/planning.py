"""Planning: from what is true of members to one row per member, occasion and channel.

Whatever plans, however often and in however many processes, the unique constraint lets one row stand. Reads
come first and hold no lock; rows are written in chunks; ``planned_at`` is marked last, so that a planner that
died is followed by one that starts over and finds its rows already there.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice, product
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import Member
from accounts.queries import consents_of
from analytics.models import DormancyModel
from campaigns import expiry_alerts
from campaigns.candidates import Candidate
from campaigns.channels import open_channels
from campaigns.consenting import hindrance
from campaigns.facts import language_of
from campaigns.models import Message, MessageState, Recipe, RecipeKind, Run, RunState, TemplateVersion
from campaigns.occasions import DAILY, find
from campaigns.recipes import install_missing
from campaigns.tuning import Tuning
from programs.calendars import business_date, local
from programs.models import ProgrammeState
from programs.queries import programme_of

CHUNK: Final = 500
RUNNING: Final = (ProgrammeState.PILOT, ProgrammeState.LIVE)

log = logging.getLogger(__name__)


def plan_due(*, now: datetime) -> int:
    """Plan every recipe whose hour has come; one that fails does not hold up the others.

    A shop that was opened since the last pass is given its recipes first.
    """
    install_missing(now=now)
    planned = 0
    for recipe in Recipe.objects.filter(is_enabled=True, kind__in=DAILY).select_related("merchant"):
        try:
            if is_due(recipe, now=now):
                planned += plan(recipe=recipe, now=now)
                Recipe.objects.filter(pk=recipe.pk).update(planned_at=now)
        except Exception:
            log.exception("planning_failed", extra={"merchant_id": recipe.merchant_id})
    return planned


def is_due(recipe: Recipe, *, now: datetime) -> bool:
    """Say whether a recipe is to be planned: once a day from its hour on; reactivation after each scoring."""
    if recipe.kind == RecipeKind.REACTIVATION:
        scored = DormancyModel.objects.filter(
            merchant=recipe.merchant, is_current=True, scored_at__isnull=False
        )
        return (scored.filter(scored_at__gt=recipe.planned_at) if recipe.planned_at else scored).exists()
    zone = recipe.merchant.zone
    if recipe.planned_at and business_date(recipe.planned_at, zone) >= business_date(now, zone):
        return False
    return local(now, zone).hour >= Tuning.read(recipe.settings).hour


def plan(*, recipe: Recipe, now: datetime) -> int:
    """Write the rows ``recipe`` calls for at ``now``; return how many members are new in them.

    Nothing is planned while the recipe is off, the programme does not run, or an earlier run still waits.
    """
    programme = programme_of(recipe.merchant)
    if not recipe.is_enabled or programme is None or programme.state not in RUNNING:
        return 0
    if recipe.needs_approval:
        return _plan_run(recipe, now)
    return _plan_now(recipe, _unplanned(recipe, find(recipe, now=now)), now)


def plan_one(*, recipe: Recipe, candidate: Candidate, now: datetime) -> None:
    """Write the rows of one member's occasion: what an event calls for."""
    _plan_now(recipe, [candidate], now)


def _plan_now(recipe: Recipe, candidates: Sequence[Candidate], now: datetime) -> int:
    template = newest_template(recipe)
    for chunk in _chunks(candidates):
        with transaction.atomic():
            _write(recipe, template, chunk, now, run=None)
    return len(candidates)


def _write(
    recipe: Recipe, template: TemplateVersion, chunk: Sequence[Candidate], now: datetime, *, run: Run | None
) -> None:
    """Write a chunk's rows; that points die soon is also news, told by whichever planner comes first."""
    if recipe.kind == RecipeKind.EXPIRING and recipe.channels:
        Recipe.objects.select_for_update().get(pk=recipe.pk)
        expiry_alerts.tell(recipe, _unplanned(recipe, chunk), now)
    Message.objects.bulk_create(_rows(recipe, template, chunk, now, run=run), ignore_conflicts=True)


def _plan_run(recipe: Recipe, now: datetime) -> int:
    """Write a run and its held rows together; of two planners one writes it."""
    occurrence = business_date(now, recipe.merchant.zone).isoformat()
    if (
        recipe.runs.filter(state=RunState.WAITING).exists()
        or recipe.runs.filter(occurrence=occurrence).exists()
    ):
        return 0
    candidates = _unplanned(recipe, find(recipe, now=now))
    if not candidates:
        return 0
    run = Run(
        merchant=recipe.merchant, recipe=recipe, occurrence=occurrence, template=newest_template(recipe),
        members=len(candidates), planned_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            for chunk in _chunks(candidates):
                _write(recipe, run.template, chunk, now, run=run)
    except IntegrityError:
        return 0
    return len(candidates)


def newest_template(recipe: Recipe) -> TemplateVersion:
    """Return the words in force."""
    return recipe.templates.order_by("-number")[0]


def _unplanned(recipe: Recipe, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out occasions that already have their rows."""
    occasions = {candidate.occasion for candidate in candidates}
    planned = Message.objects.filter(recipe=recipe, occasion__in=occasions)
    known = set(planned.values_list("member_id", "occasion"))
    return [c for c in candidates if (c.member_id, c.occasion) not in known]


def _rows(
    recipe: Recipe,
    template: TemplateVersion,
    candidates: Sequence[Candidate],
    now: datetime,
    *,
    run: Run | None,
) -> list[Message]:
    """Return a chunk's unsaved rows, one per member and channel; those that may not go have their reason."""
    members = Member.objects.in_bulk([candidate.member_id for candidate in candidates])
    answers = consents_of(members)
    waiting = MessageState.HELD if run else MessageState.PLANNED
    channels = open_channels()
    rows = []
    for candidate, name in product(candidates, recipe.channels):
        member = members[candidate.member_id]
        reason = hindrance(
            member=member,
            purpose=recipe.purpose,
            channel=name,
            can_reach=channels[name].can_reach(member),
            answer=answers.get((member.pk, name, recipe.purpose)),
        )
        rows.append(
            Message(
                merchant_id=recipe.merchant_id,
                member=member,
                recipe=recipe,
                run=run,
                occasion=candidate.occasion,
                channel=name,
                template=template,
                language=language_of(member, recipe.merchant),
                context=dict(candidate.facts),
                state=MessageState.SUPPRESSED if reason else waiting,
                reason=reason or "",
                planned_at=now,
                due_at=max(now, candidate.reach_from or now) if channels[name].reaches_out else now,
                not_after=candidate.not_after,
            )
        )
    return rows


def _chunks(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    left = iter(candidates)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
