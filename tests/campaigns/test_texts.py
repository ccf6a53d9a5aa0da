"""The words every merchant starts with, and the versions a merchant adds."""

import pytest

from accounts.access import Actor
from accounts.errors import Forbidden, NotFound
from accounts.models import Member, Merchant
from campaigns.errors import BracketsUnbalanced, TemplateInvalid, UnknownPlaceholder, VariantsIncomplete
from campaigns.facts import PLACEHOLDERS, Facts, words
from campaigns.models import Recipe, RecipeKind, TemplateVersion
from campaigns.recipes import TEXT_FIELDS, check_texts, default_texts, install_recipes, revise, switch
from campaigns.wording import GENDERS, render
from tests.campaigns.scene import NOON, open_shop, owner, recipe

FACTS: Facts = {
    "points": 1240, "worth_minor": 6200, "missing_minor": 15_000, "date": "2027-02-25",
    "tier": {"ar": "الفضية", "en": "Silver"}, "next_tier": {"ar": "الذهبية", "en": "Gold"},
    "expiring": [("2027-02-25", 1000), ("2027-03-01", 240)],
    "opened": 500, "given": 100, "gift": {"ar": "قهوة", "en": "Coffee"},
    "prizes": [{"what": "voucher", "ar": "قهوة", "en": "Coffee", "until": "2027-01-10"}],
    "plan": {"ar": "بلس", "en": "Plus"}, "price_minor": 2900, "trial": "2027-01-10", "value_minor": 500,
    "event": {"ar": "أمسية", "en": "Evening"}, "at": "20:00", "cause": {"ar": "الماء", "en": "Water"},
    "number": "H4T7K2M9PX",
}  # fmt: skip


def values(points: int, language: str) -> dict[str, str]:
    shop = Merchant(name_ar="مقهى الديوان", name_en="Diwan Café")
    return words(
        {**FACTS, "points": points}, member=Member(given_name="سارة"), merchant=shop, language=language
    )


@pytest.mark.parametrize("kind", RecipeKind.values)
def test_default_words_can_be_rendered_for_everybody(kind: str) -> None:
    texts = default_texts()[kind]
    check_texts(kind, texts)
    for name in TEXT_FIELDS:
        for gender in GENDERS:
            written = render(texts[name], values(1240, name[-2:]), gender)
            assert written
            assert not set("{}[]|") & set(written)


@pytest.mark.parametrize("kind", RecipeKind.values)
def test_arabic_texts_differ_by_gender_or_address_nobody(kind: str) -> None:
    body = default_texts()[kind]["body_ar"]
    written = {render(body, values(1240, "ar"), gender) for gender in GENDERS}
    assert len(written) == 3


@pytest.mark.parametrize(
    ("points", "arabic", "english"),
    [
        (1, "نقطة واحدة", "1 point"),
        (2, "نقطتان", "2 points"),
        (3, "3 نقاط", "3 points"),
        (11, "11 نقطة", "11 points"),
        (100, "100 نقطة", "100 points"),
        (1240, "1,240 نقطة", "1,240 points"),
    ],
)
def test_points_are_counted_as_arabic_counts(points: int, arabic: str, english: str) -> None:
    assert values(points, "ar")["points"] == arabic
    assert values(points, "en")["points"] == english


def test_dying_days_are_listed_one_by_one() -> None:
    assert (
        values(1240, "ar")["expiring"]
        == "• 1,000 نقطة، آخر يوم 25 فبراير 2027\n• 240 نقطة، آخر يوم 1 مارس 2027"
    )
    assert values(1240, "en")["expiring"].splitlines()[0] == "• 1,000 points, last day 25 February 2027"


def test_every_placeholder_has_words() -> None:
    promised = {name for names in PLACEHOLDERS.values() for name in names}
    assert promised == set(values(1240, "en"))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"body_en": "Hi {nmae}"}, UnknownPlaceholder),
        ({"subject_ar": "{f:ابدئي|m:ابدأ}"}, VariantsIncomplete),
        ({"body_ar": "أهلًا [ {name}"}, BracketsUnbalanced),
        ({"body_ar": "  "}, TemplateInvalid),
        ({"body_en": "{missing} more"}, UnknownPlaceholder),  # a value of another recipe
    ],
)
def test_words_that_would_fail_are_refused_with_the_place(
    changed: dict[str, str], refusal: type[TemplateInvalid]
) -> None:
    with pytest.raises(refusal) as refused:
        check_texts(RecipeKind.WELCOME, default_texts()[RecipeKind.WELCOME] | changed)
    assert refused.value.field in changed
    assert refused.type is refusal


@pytest.mark.django_db
def test_recipes_are_installed_once() -> None:
    shop = open_shop()
    install_recipes(merchant=shop, now=NOON)
    assert {r.kind for r in Recipe.objects.filter(merchant=shop)} == set(RecipeKind.values)
    assert TemplateVersion.objects.filter(recipe__merchant=shop).count() == len(RecipeKind.values)
    assert recipe(shop, RecipeKind.REACTIVATION).needs_approval


@pytest.mark.django_db
def test_changed_words_are_a_new_version_and_only_the_shops_own_staff_write_it() -> None:
    shop, rival = open_shop(), open_shop("rival")
    welcome = recipe(shop, RecipeKind.WELCOME)
    texts = default_texts()[RecipeKind.WELCOME] | {"subject_en": "Hi at {merchant}"}
    assert revise(actor=owner(shop), recipe=welcome, texts=texts, now=NOON).number == 2
    assert [t.subject_en for t in welcome.templates.all()] == ["Hi at {merchant}", "Welcome to {merchant}"]
    with pytest.raises(NotFound):
        revise(actor=owner(rival), recipe=welcome, texts=texts, now=NOON)
    with pytest.raises(Forbidden):
        switch(actor=Actor(shop, "cashier", {}), recipe=welcome, enabled=False, now=NOON)
