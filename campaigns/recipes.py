"""The ready-made recipes: what each is for, installing them at a merchant, and changing their words.

The words every merchant starts with are in ``texts.toml``; the syntax is told in ``campaigns.wording``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Max
from django.utils.text import Truncator

from accounts.access import Actor, for_write
from accounts.models import Merchant
from accounts.models.consent import Channel, Purpose
from campaigns.errors import BracketsUnbalanced, TemplateInvalid, UnknownPlaceholder, VariantsIncomplete
from campaigns.facts import PLACEHOLDERS
from campaigns.models import Recipe, RecipeKind, TemplateVersion
from campaigns.wording import Problem, problems

TEXT_FIELDS: Final = ("subject_ar", "subject_en", "body_ar", "body_en")


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A recipe as it comes. Service: the member's own account. Marketing: asks for something."""

    purpose: Purpose
    needs_approval: bool = False
    tuning: Mapping[str, Any] = field(default_factory=dict)


BLUEPRINTS: Final[Mapping[RecipeKind, Blueprint]] = {
    RecipeKind.WELCOME: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 48}),
    RecipeKind.NEAR_TIER: Blueprint(Purpose.MARKETING, tuning={"hour": 10, "valid_hours": 24}),
    RecipeKind.KEEP_TIER: Blueprint(Purpose.SERVICE, tuning={"hour": 10}),
    RecipeKind.TIER_CHANGED: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.EXPIRING: Blueprint(Purpose.SERVICE, tuning={"hour": 10, "days_before": 10, "join_days": 7}),
    RecipeKind.ACTIVATED: Blueprint(Purpose.SERVICE, tuning={"hour": 10, "valid_hours": 48}),
    RecipeKind.FRIEND_JOINED: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.FRIEND_REWARD: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.PRIZES: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 48}),
    RecipeKind.PLAN_STARTED: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.PLAN_RENEWED: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.PLAN_CANCELLED: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.PLAN_UNPAID: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.PLAN_ENDED: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.PLACE_AWAITED: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 48}),
    RecipeKind.PLACE_GIVEN: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.CALLED_OFF: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.DONATED: Blueprint(Purpose.SERVICE, tuning={"valid_hours": 72}),
    RecipeKind.REACTIVATION: Blueprint(Purpose.MARKETING, needs_approval=True, tuning={"valid_hours": 48}),
}


def install_recipes(*, merchant: Merchant, now: datetime) -> list[Recipe]:
    """Give ``merchant`` every recipe it lacks, enabled, with its first words; safe to run again."""
    with transaction.atomic():
        Recipe.objects.bulk_create(
            [_recipe(merchant, kind, blueprint, now) for kind, blueprint in BLUEPRINTS.items()],
            ignore_conflicts=True,
        )
        recipes = list(Recipe.objects.filter(merchant=merchant))
        TemplateVersion.objects.bulk_create(
            [
                TemplateVersion(recipe=recipe, number=1, created_at=now, **default_texts()[recipe.kind])
                for recipe in recipes
            ],
            ignore_conflicts=True,
        )
    return recipes


def install_missing(*, now: datetime) -> None:
    """Give every merchant what it lacks: a new shop its first recipes, an old one those of a new release."""
    lacking = Merchant.objects.real().annotate(held=Count("recipes")).filter(held__lt=len(BLUEPRINTS))
    for merchant in lacking:
        install_recipes(merchant=merchant, now=now)


def revise(*, actor: Actor, recipe: Recipe, texts: Mapping[str, str], now: datetime) -> TemplateVersion:
    """Add a version of the words; messages already written keep theirs.

    Raises ``TemplateInvalid`` leaves naming the field and the place, ``NotFound``, ``Forbidden``.
    """
    with transaction.atomic():
        held = for_write(actor, Recipe.objects.select_for_update(), room="campaigns", pk=recipe.pk)
        check_texts(held.kind, texts)
        newest = held.templates.aggregate(newest=Max("number"))["newest"] or 0
        return TemplateVersion.objects.create(
            recipe=held,
            number=newest + 1,
            created_at=now,
            created_by=actor.label,
            **{name: texts[name].strip() for name in TEXT_FIELDS},
        )


def check_texts(kind: str, texts: Mapping[str, str]) -> None:
    """Refuse texts that could not be rendered: the first problem is raised, with its field."""
    for name in TEXT_FIELDS:
        if not texts.get(name, "").strip():
            raise TemplateInvalid(field=name, what="…")
        for problem in problems(texts[name], PLACEHOLDERS[kind]):
            raise _refusal(problem, kind, name)


def switch(*, actor: Actor, recipe: Recipe, enabled: bool, now: datetime) -> Recipe:
    """Turn a recipe on or off. What was planned while it is off waits, and goes stale by itself."""
    held = for_write(actor, Recipe.objects.all(), room="campaigns", pk=recipe.pk)
    changed = Recipe.objects.filter(pk=held.pk, is_enabled=not enabled)
    changed.update(is_enabled=enabled, enabled_at=now if enabled else None)
    held.refresh_from_db()
    return held


@cache
def default_texts() -> dict[str, dict[str, str]]:
    """Return the words every merchant starts with, per kind of recipe."""
    tables = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))
    return {kind: {name: text.strip() for name, text in texts.items()} for kind, texts in tables.items()}


def _recipe(merchant: Merchant, kind: RecipeKind, blueprint: Blueprint, now: datetime) -> Recipe:
    return Recipe(
        merchant=merchant,
        kind=kind,
        purpose=blueprint.purpose,
        needs_approval=blueprint.needs_approval,
        channels=[Channel.INBOX, Channel.EMAIL],
        settings=dict(blueprint.tuning),
        enabled_at=now,
    )


def _refusal(problem: Problem, kind: str, name: str) -> TemplateInvalid:
    what = Truncator(problem.what).chars(60)
    if problem.code == "unknown":
        known = " ".join(f"{{{placeholder}}}" for placeholder in PLACEHOLDERS[kind])
        return UnknownPlaceholder(field=name, what=what, known=known)
    if problem.code == "variants":
        return VariantsIncomplete(field=name, what=what)
    return BracketsUnbalanced(field=name, what=what)
