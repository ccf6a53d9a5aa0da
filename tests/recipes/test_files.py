"""Every recipe of the house is whole and within the margin guard; a bad file is named to its line."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Merchant
from accounts.models.merchants import Currency, Sector
from programs.margin_figures import GROSS_BY_SECTOR
from programs.margin_guard import publishing_problems
from programs.models import ProgrammeVersion, Tier
from programs.recipes.applying import apply_recipe, rows_of
from programs.recipes.places import line_of
from programs.recipes.previewing import preview
from programs.recipes.reading import FOLDER, BadRecipe, Recipe, amount_minor, read, recipes
from programs.recipes.shapes import parts

EVERY = [pytest.param(recipe, id=recipe.code) for recipe in recipes()]
CAFE = (FOLDER / "cafe.toml").read_text(encoding="utf-8")


def shop(currency: str = "SAR", sector: str = "other") -> Merchant:
    return Merchant.objects.create(
        slug="new", name_ar="ركن", name_en="Corner", currency=currency, sector=sector
    )


def test_the_house_knows_these_sectors() -> None:
    named = {recipe.code for recipe in recipes()}
    assert named >= {"cafe", "restaurant", "salon", "clinic", "app", "online-store", "grocery", "gym"}
    assert {recipe.sector for recipe in recipes()} >= set(Sector.values) - {"retail"}


@pytest.mark.parametrize("recipe", EVERY)
def test_a_recipe_may_be_published_as_it_is_in_every_currency(recipe: Recipe, db: None) -> None:
    """No problem and nothing above the ceiling, at each country's VAT and at our guess of the margin."""
    merchant = shop(sector=recipe.sector)
    assert recipe.gross <= GROSS_BY_SECTOR[recipe.sector], "it was made for no more than our guess"
    for currency in Currency.values:
        with override("en"), transaction.atomic():
            Merchant.objects.update(currency=currency)
            merchant = Merchant.objects.get()
            made = apply_recipe(merchant=merchant, recipe=recipe)
            problems, assessed = publishing_problems(made, now=timezone.now())
            assert (currency, problems) == (currency, [])
            assert assessed is not None
            assert (currency, assessed.guard.verdict) == (currency, "fine")
            transaction.set_rollback(True)


def test_a_preview_says_everything_and_writes_nothing(db: None) -> None:
    (cafe,) = (recipe for recipe in recipes() if recipe.code == "cafe")
    with override("ar"):
        found = preview(cafe, shop(sector="restaurant"), now=timezone.now())
    assert (found.problems, found.panel.level) == ([], "success")
    assert any("رمضان" in promise for promise in found.promises)
    assert not ProgrammeVersion.objects.exists()


@pytest.mark.parametrize("recipe", EVERY)
def test_a_recipe_gives_what_a_programme_is_made_of(recipe: Recipe, db: None) -> None:
    """Three tiers with perks, occasions, rewards with their cost, a card, badges, a milestone, a referral."""
    merchant = shop(sector=recipe.sector)
    made = apply_recipe(merchant=merchant, recipe=recipe)
    occasions = {code for rule in made.rules.all() for code in rule.occasions}
    assert occasions >= {"ramadan", "national-day"}
    assert [tier.code for tier in made.tiers.all()] == ["bronze", "silver", "gold"]
    assert {perk.tier for perk in made.perks.all()} <= {"silver", "gold"}
    assert made.perks.exists()
    assert made.cards.count() == made.referrals.count() == 1
    won = {goal.badge for goal in made.challenges.all()}
    assert won == set(made.badges.values_list("code", flat=True)), "every badge can be won"
    assert made.challenges.filter(kind="milestone").exists()
    assert made.rewards.filter(cost_minor__isnull=True).count() == 0
    assert made.expiry_months
    assert "ركن" in made.programme.name_ar
    assert "Corner" in made.programme.name_en


@pytest.mark.parametrize("recipe", EVERY)
def test_every_key_of_a_file_reaches_its_column(recipe: Recipe, db: None) -> None:
    """As many rows as tables, of every kind that the file has."""
    made = apply_recipe(merchant=shop(sector=recipe.sector), recipe=recipe)
    for name in parts():
        assert rows_of(made, name).count() == len(recipe.said.get(name, ())), name


def test_the_example_is_worked_out(db: None) -> None:
    """250 points at 1 per riyal and 75 riyals a week: the fourth week, in dinars too."""
    (cafe,) = (recipe for recipe in recipes() if recipe.code == "cafe")
    with override("en"):
        riyals = preview(cafe, shop("SAR"), now=timezone.now()).example
        Merchant.objects.update(currency="KWD")
        dinars = preview(cafe, Merchant.objects.get(), now=timezone.now()).example
    assert riyals == "A customer who spends 75.00 SAR a week reaches “Coffee on us” in 4 weeks."
    assert dinars == "A customer who spends 7.500 KWD a week reaches “Coffee on us” in 4 weeks."


def test_amounts_are_exact_in_every_currency() -> None:
    found = {currency: amount_minor("1", currency) for currency in Currency.values}
    assert found == {"SAR": 100, "AED": 100, "QAR": 100, "KWD": 100, "BHD": 100, "OMR": 100, "JOD": 200}
    assert amount_minor("1500", "KWD") == 150_000
    with pytest.raises(ValueError, match="KWD"):
        amount_minor("0.001", "KWD")


FAULTS = [
    ("a key nobody knows", 'sector = "restaurant"', 'sectr = "restaurant"', "", "sector"),
    ("a sector nobody knows", 'sector = "restaurant"', 'sector = "bakery"', "sector", "bakery"),
    ("no Arabic", 'title = { ar = "مقهى", en = "Café" }', 'title = { en = "Café" }', "title", "'ar'"),
    ("an empty text", 'en = "Café" }', 'en = "" }', "title.en", "non-empty"),
    ("a number where text is asked", 'threshold = "1000"', "threshold = 1000", "tiers[2].threshold", "1000"),
    ("a binary fraction", 'multiplier = "1.25"', "multiplier = 1.25", "tiers[2].multiplier", "1.25"),
    ("a broken amount", 'cost = "4"', 'cost = "4,5"', "rewards[1].cost", "4,5"),
    ("too fine an amount", 'cost = "4"', 'cost = "4.001"', "rewards[1].cost", "SAR"),
    ("a kind nobody knows", 'kind = "per_amount"', 'kind = "per_cent"', "rules[1].kind", "per_cent"),
    ("an unknown column", "expiry_months = 12", "expiry_month = 12", "version", "expiry_month"),
    ("not TOML", "points = 250", "points = = 250", "", "line"),
]


@pytest.mark.parametrize(
    ("good", "bad", "key", "fault"), [one[1:] for one in FAULTS], ids=[one[0] for one in FAULTS]
)
def test_a_bad_file_is_named_with_key_and_line(
    good: str, bad: str, key: str, fault: str, tmp_path: Path
) -> None:
    assert CAFE.count(good) >= 1
    file = tmp_path / "cafe.toml"
    file.write_text(CAFE.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(BadRecipe) as refused:
        read(file)
    spoilt = file.read_text(encoding="utf-8").splitlines()
    error = refused.value
    assert (error.file, error.key) == ("cafe.toml", key)
    assert fault in error.fault
    if key:
        name = key.split(".")[1 if key.startswith("tiers") or "[" in key else 0]
        assert name in spoilt[error.line - 1], "the line that is named holds the key"
    assert str(error).startswith(f"cafe.toml:{error.line}: ")


def test_what_a_form_would_refuse_is_named_too(tmp_path: Path, db: None) -> None:
    """A multiplier of 1000 has the shape of one; the column refuses it."""
    file = tmp_path / "cafe.toml"
    file.write_text(CAFE.replace('multiplier = "1.25"', 'multiplier = "101"', 1), encoding="utf-8")
    with pytest.raises(BadRecipe) as refused:
        apply_recipe(merchant=shop(), recipe=read(file))
    assert refused.value.key == "tiers[2].multiplier"
    assert refused.value.line == 1 + CAFE[: CAFE.index('multiplier = "1.25"')].count("\n")
    assert not Tier.objects.exists()


def test_the_line_of_a_missing_key_is_its_tables() -> None:
    text = "a = 1\n[[rows]]\nb = 1\n[[rows]]\nc = 2\n[version]\nb = 3\n"
    assert [
        line_of(text, path) for path in (("a",), ("rows", 0, "b"), ("rows", 1, "b"), ("version", "b"), ("x",))
    ] == [1, 3, 4, 7, 1]


def test_the_command_makes_a_draft_and_replaces_none_unasked(db: None, capsys: Any) -> None:
    merchant = shop()
    call_command("apply_recipe", "new", "cafe")
    assert "version 1" in capsys.readouterr().out
    with pytest.raises(CommandError, match="--replace"):
        call_command("apply_recipe", "new", "salon")
    call_command("apply_recipe", "new", "salon", "--replace")
    version = merchant.programme.versions.get()
    assert (version.is_published, version.rewards.filter(code="care").exists()) == (False, True)
    with pytest.raises(CommandError, match="cafe, clinic"):
        call_command("apply_recipe", "new", "bakery")
    with pytest.raises(CommandError, match="no merchant"):
        call_command("apply_recipe", "nobody", "cafe")
