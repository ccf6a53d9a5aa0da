"""Whatever is wrong with a draft is told by the name of its thing and the label of its field, with a link."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from programs.margin_guard import assess
from programs.margin_panel import panel_of
from programs.models import (
    Card,
    Challenge,
    Contest,
    EarnRule,
    Giving,
    PerkKind,
    Plan,
    Programme,
    ProgrammeVersion,
    ReferralOffer,
    Reward,
    Tier,
    TierPerk,
)
from programs.problem_wording import ALONE, PARTS, Told, told
from programs.publishing import draft_of
from programs.validation import Problem, validate
from tests.cast import NOW, Shop, open_shop
from tests.ledger.collected import add_goals

RAW = re.compile(r"[a-z0-9]+[._][a-z0-9_.]+")
"""What code calls a field: a dot or an underscore between small letters."""
ARABIC = re.compile(r"[\u0600-\u06ff]")
HERE = Path(__file__).parents[2] / "programs"
FORM_ALONE = {"prizes"}
"""Fields of the form that are no column."""


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop("oasis", "0501234567")


@pytest.fixture
def draft(shop: Shop) -> ProgrammeVersion:
    """A draft with one of everything, each with a name in both languages."""
    version = draft_of(programme=shop.version.programme)
    add_goals(version, cards=[{}], challenges=[{}])
    named = {"name_ar": "شيء", "name_en": "Thing"}
    TierPerk.objects.create(version=version, code="off", tier="gold", kind=PerkKind.EXTRA_DISCOUNT, **named)
    Plan.objects.create(version=version, code="club", price_minor=10_00, **named)
    Contest.objects.create(version=version, code="cup", **named)
    ReferralOffer.objects.create(version=version, bringer_points=5)
    Giving.objects.create(version=version)
    version.caps.create(points=5)
    return version


def code_of(version: ProgrammeVersion, model: type[Model], tab: str) -> str:
    row = getattr(version, tab).all()[0]
    return str(getattr(row, "code", 1))


def every_field(version: ProgrammeVersion) -> Iterator[str]:
    """The name of every field of every part, as a problem would say it."""
    for head, (model, tab) in PARTS.items():
        code = "" if model in ALONE else f".{code_of(version, model, tab)}"
        for field in model._meta.concrete_fields:
            if field.name not in {"id", "version"}:
                yield f"{head}{code}.{field.name}"
    yield from (field.name for field in ProgrammeVersion._meta.concrete_fields if field.name != "id")
    yield from ("programme.name_ar", "tiers", "rules", "margin", "contest.cup.prizes", "reward.coffee")


def plain(found: Told, language: str) -> str:
    """What is wrong with the words: nothing."""
    if RAW.search(found.where) or not found.where or not found.link.startswith("/admin/"):
        return f"{found.where} {found.link}"
    if language == "ar" and not ARABIC.search(found.where.partition("«")[0]):
        return f"not Arabic: {found.where}"
    return ""


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_field_has_a_name_for_people_and_a_way_there(draft: ProgrammeVersion, language: str) -> None:
    with override(language):
        rows = [(name, told(draft, [Problem(name, "…")])[0]) for name in every_field(draft)]
    assert not [(name, why) for name, row in rows if (why := plain(row, language))]
    unlabelled = [name for name, row in rows if name.count(".") == 2 and " · " not in row.where]
    assert not unlabelled


def test_what_validators_name_is_a_field_or_a_list_of_the_form() -> None:
    """A word that no form has would be told without its label."""
    models: list[type[Model]] = [Programme, ProgrammeVersion, *(model for model, _tab in PARTS.values())]
    known = {field.name for model in models for field in model._meta.concrete_fields} | FORM_ALONE
    named = {name for path in HERE.glob("valid*.py") for name in yielded(ast.parse(path.read_text()))}
    assert named > {"min_points", "prizes", "early_tiers"}
    assert named <= known


def yielded(tree: ast.AST) -> Iterator[str]:
    """The words that generators yield as the name of a field."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Yield) or not isinstance(node.value, ast.Tuple):
            continue
        names = [one.value for one in node.value.elts[:-1] if isinstance(one, ast.Constant)]
        yield from (str(name).rpartition(".")[2] for name in names)


def broken(version: ProgrammeVersion) -> None:
    """Spoil a figure of nearly everything."""
    Tier.objects.filter(version=version, code="gold").update(multiplier=0, name_ar="")
    TierPerk.objects.filter(version=version).update(percent=120, tier="nobody")
    EarnRule.objects.filter(version=version).update(per_minor=0, branches=["nowhere"])
    Reward.objects.filter(version=version, code="coffee").update(member_limit=0, early_days=3)
    Card.objects.filter(version=version).update(stamps=0)
    Challenge.objects.filter(version=version).update(target=0, event="x y")
    Plan.objects.filter(version=version).update(period="week", discount_percent=120)
    Giving.objects.filter(version=version).update(min_points=0)
    ReferralOffer.objects.filter(version=version).update(bringer_points=0)
    version.caps.update(points=0, rule="nobody")
    ProgrammeVersion.objects.filter(pk=version.pk).update(block_value_minor=0, expiry_months=500)
    version.refresh_from_db()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_spoilt_draft_is_told_without_a_word_of_code(draft: ProgrammeVersion, language: str) -> None:
    broken(draft)
    with override(language):
        problems = validate(draft)
        rows = told(draft, problems)
    assert {problem.field.partition(".")[0] for problem in problems} >= {
        *("tier", "tierperk", "earnrule", "earncap", "reward", "card", "challenge", "contest", "plan"),
        *("giving", "referraloffer", "block_value_minor", "expiry_months"),
    }
    assert not [why for row in rows if (why := plain(row, language))]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda one: add_goals(one, challenges=[{"target": 1, "points": 9, "repeats": True}]),
         "Challenge “Name” · Minimum amount"),
        (lambda one: EarnRule.objects.create(
            version=one, code="hi", name_ar="هلا", name_en="Hi", kind="fixed", points=9, factor=1),
         "Earning rule “Hi” · Minimum amount"),
        (lambda one: TierPerk.objects.create(
            version=one, code="off", tier="bronze", kind=PerkKind.EXTRA_DISCOUNT, amount_minor=5_00,
            name_ar="خصم", name_en="Off"), "Perk “Off” · From an order of"),
        (lambda one: EarnRule.objects.filter(version=one, code="base").update(points=90), "Margin"),
    ],
    ids=["challenge", "rule", "perk", "margin"],
)  # fmt: skip
def test_what_the_guard_finds_is_named(shop: Shop, change: Any, where: str) -> None:
    version = draft_of(programme=shop.version.programme)
    change(version)
    with override("en"):
        found = panel_of(version, now=NOW).problems
        assert where in [row.where for row in found]
    assessed = assess(version, now=NOW)
    assert assessed is not None
    assert assessed.problems


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_pages_of_a_draft_show_no_field_of_code(shop: Shop, language: str) -> None:
    version = draft_of(programme=shop.version.programme)
    add_goals(version, challenges=[{"target": 1, "points": 9, "repeats": True}])
    shop.staff["owner"].language = language
    shop.staff["owner"].save()
    client = Client(headers={"accept-language": language})
    client.force_login(shop.staff["owner"], backend="allauth.account.auth_backends.AuthenticationBackend")
    for name in ("programs_programmeversion_change", "programs_programmeversion_publish"):
        page = client.get(reverse(f"admin:{name}", args=[version.pk])).content.decode()
        listed = " ".join(re.findall(r'<ul class="bo-list bo-list--bad">.*?</ul>', page, re.DOTALL))
        shown = re.sub(r"<[^>]+>", " ", listed)
        assert shown.strip()
        assert not RAW.search(shown), shown
        assert f"/admin/programs/programmeversion/{version.pk}/change/#challenges" in listed
