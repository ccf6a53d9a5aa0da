"""From a blueprint to terms in force: make a draft, copy one to edit, publish it for good.

A published version is never edited: what it promised is named by every award it made.
"""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Max, Model

from accounts.models import Merchant
from accounts.money import exponent_of
from programs import blueprint, errors
from programs.calendars import business_date
from programs.editions import write_editions
from programs.margin_guard import Assessment, publishing_problems
from programs.margin_wording import percent_text
from programs.models import (
    DraftPart,
    EarnRule,
    Programme,
    ProgrammeState,
    ProgrammeVersion,
    PublishRequest,
    PublishState,
    Reward,
    RuleKind,
    Tier,
)
from programs.notice import earliest, worsened
from programs.validation import Problem, validate

__all__ = ["Problem", "create_blueprint", "draft_of", "publish", "validate"]


@transaction.atomic
def create_blueprint(*, merchant: Merchant) -> ProgrammeVersion:
    """Give ``merchant`` the default programme as an unpublished draft, and return that draft."""
    unit = 10 ** exponent_of(merchant.currency)
    programme = Programme.objects.create(
        merchant=merchant, name_ar=blueprint.NAME_AR, name_en=blueprint.NAME_EN
    )
    version = ProgrammeVersion.objects.create(
        programme=programme,
        number=1,
        block_points=blueprint.BLOCK_POINTS,
        block_value_minor=blueprint.BLOCK_VALUE * unit,
    )
    Tier.objects.bulk_create(_tiers(version, unit))
    EarnRule.objects.bulk_create(_rules(version, unit))
    Reward.objects.bulk_create(_rewards(version, merchant, unit))
    return version


@transaction.atomic
def draft_of(*, programme: Programme) -> ProgrammeVersion:
    """The draft to edit: the open one, or a copy of the newest published version."""
    Programme.objects.select_for_update().get(pk=programme.pk)
    versions = programme.versions
    draft = versions.filter(published_at__isnull=True).first()
    if draft is not None:
        return draft
    newest = versions.published().order_by("-number")[:1].get()
    copy = ProgrammeVersion.objects.get(pk=newest.pk)
    copy.pk, copy._state.adding = None, True
    copy.number = _last_number(programme) + 1
    copy.effective_from, copy.published_at, copy.published_by = None, None, ""
    copy.save()
    copy_parts(newest, copy)
    return copy


def copy_parts(version: ProgrammeVersion, draft: ProgrammeVersion) -> None:
    """Give a draft copies of everything that belongs to a version."""
    for parts in _parts_of(version):
        _copy_parts(list(parts.order_by("id")), draft)


def publish(
    *,
    version: ProgrammeVersion,
    actor: str,
    effective_from: datetime,
    now: datetime,
    pilot: bool = False,
    agreed: PublishRequest | None = None,
) -> ProgrammeVersion:
    """Publish the draft for good, in force from ``effective_from``; a draft programme goes live.

    The first version may start in the past (history that is brought in earns at its own date);
    a later one starts now or later and after the one before, so nothing is repriced. With
    ``pilot`` a draft programme opens for its pilot audience alone. ``agreed`` is the request by which a
    second person agreed to terms above the ceiling (``programs.publish_requests``).

    Raises ``VersionPublished``, ``NotPublishable`` (with ``problems``; terms that lose money, and points that
    die before they can be used, are such), ``EffectiveTooEarly``, ``NoticeTooShort`` (with ``problems``) when
    points would be worth less before members had their notice, ``AboveCeiling`` and ``DraftChanged``.
    """
    with transaction.atomic():
        programme = Programme.objects.select_for_update().get(pk=version.programme_id)
        version.refresh_from_db()
        if version.is_published:
            raise errors.VersionPublished
        first = business_date(effective_from, programme.merchant.zone)
        problems, assessed = publishing_problems(version, now=now, since=first)
        if problems or assessed is None:
            raise errors.NotPublishable(problems=problems)
        _refuse_repricing(programme, effective_from, now)
        _refuse_surprise(version, effective_from, now)
        _refuse_alone(version, assessed, agreed)
        version.effective_from, version.published_at, version.published_by = effective_from, now, actor
        version.save(update_fields=["effective_from", "published_at", "published_by"])
        if programme.state == ProgrammeState.DRAFT:
            programme.state = ProgrammeState.PILOT if pilot else ProgrammeState.LIVE
            programme.save(update_fields=["state"])
        waiting = version.publish_requests.filter(state=PublishState.WAITING)
        waiting.update(state=PublishState.WITHDRAWN, decided_by=actor, decided_at=now)
        write_editions(programme.merchant, now=now)
    return version


def digest_of(version: ProgrammeVersion) -> str:
    """A hash of everything the draft promises, by which another person agrees to it and to nothing else."""
    parts = [
        sorted(json.dumps(_values(row), sort_keys=True, default=str) for row in rows.all())
        for rows in _parts_of(version)
    ]
    said = json.dumps([_values(version), parts], sort_keys=True, default=str)
    return sha256(said.encode()).hexdigest()


def _parts_of(version: ProgrammeVersion) -> tuple[Any, ...]:
    """Everything that belongs to a version, kind by kind."""
    return (
        *(version.tiers, version.perks, version.rules, version.caps, version.rewards, version.plans),
        *(version.cards, version.challenges, version.contests, version.contest_prizes, version.badges),
        *(version.givings, version.referrals),
    )


def _values(row: Model) -> dict[str, Any]:
    return {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}


def _refuse_alone(version: ProgrammeVersion, assessed: Assessment, agreed: PublishRequest | None) -> None:
    """Refuse what one person may not publish alone, and what another person did not agree to."""
    if agreed is not None and (agreed.version_id, agreed.digest) != (version.pk, digest_of(version)):
        raise errors.DraftChanged
    if assessed.needs_two and agreed is None and assessed.guard.worst:
        raise errors.AboveCeiling(
            rate=percent_text(assessed.guard.worst.rate),
            ceiling=percent_text(assessed.guard.ceiling),
            assessed=assessed,
        )


def _refuse_repricing(programme: Programme, effective_from: datetime, now: datetime) -> None:
    last = programme.versions.published().aggregate(at=Max("effective_from"))["at"]
    if last is not None and (effective_from < now or effective_from <= last):
        raise errors.EffectiveTooEarly(field="effective_from")


def _refuse_surprise(version: ProgrammeVersion, effective_from: datetime, now: datetime) -> None:
    """Refuse terms that make points worth less before the notice that the terms before them promise."""
    versions = ProgrammeVersion.objects.filter(programme=version.programme_id)
    before = versions.published().order_by("-effective_from", "-number").first()
    if before is None:
        return
    zone = version.programme.merchant.zone
    worse, day = worsened(before, version), earliest(before, now, zone)
    if worse and business_date(effective_from, zone) < day:
        said = " ".join(problem.message for problem in worse)
        raise errors.NoticeTooShort(
            field="effective_from", problems=[tuple(one) for one in worse], worse=said, day=day.isoformat()
        )


def _last_number(programme: Programme) -> int:
    return programme.versions.aggregate(last=Max("number"))["last"] or 0


def _copy_parts(parts: list[DraftPart], version: ProgrammeVersion) -> None:
    for part in parts:
        part.pk, part._state.adding = None, True
        part.version = version
    if parts:
        type(parts[0])._default_manager.bulk_create(parts)


def _tiers(version: ProgrammeVersion, unit: int) -> list[Tier]:
    return [
        Tier(
            version=version,
            code=plan.code,
            name_ar=plan.name_ar,
            name_en=plan.name_en,
            threshold_minor=plan.threshold * unit,
            multiplier=plan.multiplier,
        )
        for plan in blueprint.TIERS
    ]


def _rules(version: ProgrammeVersion, unit: int) -> list[EarnRule]:
    return [
        EarnRule(
            version=version,
            code="base",
            name_ar="نقاط الشراء",
            name_en="Points on purchases",
            kind=RuleKind.PER_AMOUNT,
            points=1,
            per_minor=unit,
        ),
        EarnRule(
            version=version,
            code="birthday",
            name_ar="عيد الميلاد",
            name_en="Birthday",
            kind=RuleKind.MULTIPLIER,
            factor=2,
            is_birthday=True,
        ),
    ]


def _rewards(version: ProgrammeVersion, merchant: Merchant, unit: int) -> list[Reward]:
    plans = blueprint.REWARDS_BY_SECTOR.get(merchant.sector, blueprint.GENERAL_REWARDS)
    return [
        Reward(
            version=version,
            code=plan.code,
            name_ar=plan.name_ar,
            name_en=plan.name_en,
            description_ar=plan.description_ar,
            description_en=plan.description_en,
            points=plan.points,
            cost_minor=plan.cost * unit,
        )
        for plan in plans
    ]
