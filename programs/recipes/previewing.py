"""What a recipe would mean at a merchant, worked out and not written: drafted, measured, taken back."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import get_language, ngettext

from accounts.languages import in_language
from accounts.models import Merchant
from accounts.money import Money
from programs.margin_panel import Panel, panel_of
from programs.models import ProgrammeVersion, Reward
from programs.problem_wording import Told
from programs.queries import terms_of
from programs.reach import points_of_an_order
from programs.recipes.applying import apply_recipe, standing_draft
from programs.recipes.reading import Recipe, amount_minor
from programs.sentences import promises
from programs.terms import Terms


@dataclass(frozen=True, slots=True)
class Preview:
    """A recipe at a merchant, in the active language. ``problems`` is empty where it may be published."""

    promises: list[str]
    rewards: list[Reward]
    example: str
    panel: Panel
    problems: list[Told]


def preview(recipe: Recipe, merchant: Merchant, *, now: datetime) -> Preview:
    """Everything the recipe promises and gives back with the merchant's own figures. Writes nothing."""
    with transaction.atomic():
        standing = standing_draft(merchant)
        version = apply_recipe(
            merchant=merchant, recipe=recipe, replacing=standing.digest if standing else ""
        )
        terms, panel = terms_of(version), panel_of(version, now=now)
        found = Preview(
            promises=promises(terms, get_language() or "ar"),
            rewards=list(version.rewards.filter(is_active=True, points__gt=0)),
            example=example(recipe, version, terms),
            panel=panel,
            problems=panel.problems,
        )
        transaction.set_rollback(True)
    return found


def example(recipe: Recipe, version: ProgrammeVersion, terms: Terms) -> str:
    """How soon a customer has the first reward, as a sentence in the active language; worked out."""
    currency = terms.currency
    spent = amount_minor(recipe.said["weekly_spend"], currency)
    weeks, reward = weeks_to_reward(version, terms, spent)
    language = get_language() or "ar"
    said = ngettext(
        "A customer who spends %(amount)s a week reaches “%(reward)s” in %(weeks)s week.",
        "A customer who spends %(amount)s a week reaches “%(reward)s” in %(weeks)s weeks.",
        weeks,
    )
    return said % {
        "amount": Money(spent, currency).format(language),
        "reward": in_language(reward, "name"),
        "weeks": weeks,
    }


def weeks_to_reward(version: ProgrammeVersion, terms: Terms, spent_minor: int) -> tuple[int, Reward]:
    """How many weekly purchases, at the entry tier and without a bonus, pay the cheapest reward for all."""
    sold = version.rewards.filter(is_active=True, points__gt=0)
    open_to_all = (reward for reward in sold if not reward.tiers)
    reward = min(open_to_all, key=lambda one: one.points)
    points = points_of_an_order(spent_minor, terms.tiers[0], terms)
    return -(-reward.points // points), reward
