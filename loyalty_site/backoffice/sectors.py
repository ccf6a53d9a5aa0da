"""Ready-made programmes by sector: look at them, read what one would promise, make it your draft."""

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Conflict
from accounts.models import Merchant
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page
from programs.recipes.applying import apply_recipe, standing_draft
from programs.recipes.previewing import preview
from programs.recipes.reading import Recipe, recipe_named, recipes

DIGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Card:
    """A recipe in the gallery: the words of its file, and whether it is of the merchant's own sector."""

    recipe: Recipe
    tiers: int
    rewards: int
    rules: int
    is_own: bool


def gallery(request: HttpRequest) -> HttpResponse:
    """Show every sector, the merchant's own first."""
    actor = actor_in(request, "programme")
    cards = sorted((_card(recipe, actor.merchant) for recipe in recipes()), key=lambda card: not card.is_own)
    return page(
        request, "backoffice/sectors.html", _("Ready-made programmes"),
        cards=cards, standing=standing_draft(actor.merchant),
    )  # fmt: skip


def sector(request: HttpRequest, code: str) -> HttpResponse:
    """Show what one would promise here and what it would replace; make it the draft on a yes."""
    actor, now = actor_in(request, "programme"), timezone.now()
    recipe = recipe_named(code)
    if recipe is None:
        raise Http404
    may_change = actor.may("change", "programme")
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        return _applied(request, actor.merchant, recipe)
    return page(
        request, "backoffice/sector.html", recipe.title,
        recipe=recipe, found=preview(recipe, actor.merchant, now=now),
        standing=standing_draft(actor.merchant), may_change=may_change,
    )  # fmt: skip


def _applied(request: HttpRequest, merchant: Merchant, recipe: Recipe) -> HttpResponse:
    try:
        made = apply_recipe(
            merchant=merchant, recipe=recipe, replacing=request.POST.get("replacing", "")[:DIGEST]
        )
    except Conflict as refused:
        messages.error(request, str(refused))
        return redirect("admin:sector", recipe.code)
    messages.success(
        request, _("Your draft is ready. Change what you like: nothing is promised until you publish it.")
    )
    return redirect("admin:programs_programmeversion_change", made.pk)


def _card(recipe: Recipe, merchant: Merchant) -> Card:
    said = recipe.said
    return Card(
        recipe, len(said["tiers"]), len(said["rewards"]), len(said["rules"]), recipe.sector == merchant.sector
    )
