"""Punch cards, challenges and badges in the back office: chosen, typed in riyals, refused in words."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from programs.models import Badge, Card, Challenge, EarnRule, ProgrammeVersion, Reward
from programs.publishing import draft_of
from tests.backoffice.test_rules import NEW_RULE, posted
from tests.cast import Shop

pytestmark = pytest.mark.django_db

CARD = {
    "cards-TOTAL_FORMS": "1", "cards-0-code": "coffee", "cards-0-name_ar": "بطاقة القهوة",
    "cards-0-name_en": "Coffee card", "cards-0-stamps": "9", "cards-0-counts": "visit",
    "cards-0-reward": "free-coffee", "cards-0-min_amount_minor": "15", "cards-0-is_active": "on",
}  # fmt: skip
CHALLENGE = {
    "challenges-TOTAL_FORMS": "1", "challenges-0-code": "regular", "challenges-0-name_ar": "الوفي",
    "challenges-0-name_en": "Regular", "challenges-0-kind": "challenge", "challenges-0-counts": "spend",
    "challenges-0-amount": "٥٠٠٫٥", "challenges-0-period": "week", "challenges-0-points": "50",
    "challenges-0-stamps": "0", "challenges-0-min_amount_minor": "0", "challenges-0-is_active": "on",
}  # fmt: skip


@pytest.fixture
def draft(shop: Shop) -> ProgrammeVersion:
    version = draft_of(programme=shop.version.programme)
    Reward.objects.create(
        version=version, code="free-coffee", name_ar="قهوة", name_en="Coffee", points=300, cost_minor=400
    )
    Badge.objects.create(version=version, code="fan", name_ar="محب", name_en="Fan")
    return version


def save(owner: Client, draft: ProgrammeVersion, *asked: dict[str, Any]) -> Any:
    address = reverse("admin:programs_programmeversion_change", args=[draft.pk])
    fields = posted(owner.get(address))
    for one in asked:
        fields |= one
    return owner.post(address, fields)


def test_a_card_gives_one_of_the_rewards_below(owner: Client, draft: ProgrammeVersion) -> None:
    assert save(owner, draft, CARD).status_code == 302
    card = Card.objects.get(version=draft)
    assert (card.stamps, card.reward, card.min_amount_minor) == (9, "free-coffee", 1_500)
    assert save(owner, draft, {"cards-0-stamps": "10"}).status_code == 302
    assert Card.objects.get(version=draft).stamps == 10


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"cards-0-reward": ""}, "reward", "Choose what a full card gives."),
        ({"cards-0-reward": "yacht"}, "reward", "yacht is not one of the available choices"),
        ({"cards-0-stamps": "0"}, "stamps", "greater than or equal to 1"),
    ],
)
def test_a_card_that_gives_nothing_is_refused_at_its_field(
    owner: Client, draft: ProgrammeVersion, typed: dict[str, str], field: str, words: str
) -> None:
    page = save(owner, draft, CARD, typed)
    formset = next(
        one.formset for one in page.context["inline_admin_formsets"] if one.formset.prefix == "cards"
    )
    assert words in str(formset.forms[0].errors[field])
    assert not Card.objects.filter(version=draft).exists()


def test_a_target_of_money_is_typed_as_money_and_read_back(owner: Client, draft: ProgrammeVersion) -> None:
    assert save(owner, draft, CHALLENGE, {"challenges-0-badge": "fan"}).status_code == 302
    challenge = Challenge.objects.get(version=draft)
    assert (challenge.target, challenge.badge, challenge.points) == (50_050, "fan", 50)
    assert save(owner, draft).status_code == 302
    assert Challenge.objects.get(version=draft).target == 50_050


def test_a_target_of_visits_is_a_number(owner: Client, draft: ProgrammeVersion) -> None:
    visits = {"challenges-0-counts": "visit", "challenges-0-amount": "", "challenges-0-target": "5"}
    assert save(owner, draft, CHALLENGE, visits).status_code == 302
    assert Challenge.objects.get(version=draft).target == 5


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"challenges-0-amount": ""}, "amount"),
        ({"challenges-0-counts": "visit", "challenges-0-target": ""}, "target"),
        ({"challenges-0-kind": "streak", "challenges-0-target": ""}, "target"),
    ],
)
def test_a_challenge_without_a_target_is_refused_at_its_field(
    owner: Client, draft: ProgrammeVersion, typed: dict[str, str], field: str
) -> None:
    page = save(owner, draft, CHALLENGE, typed)
    formsets = (one.formset for one in page.context["inline_admin_formsets"])
    formset = next(one for one in formsets if one.prefix == "challenges")
    assert "Say what is to be reached." in str(formset.forms[0].errors[field])
    assert not Challenge.objects.filter(version=draft).exists()


def test_a_rule_gives_a_badge_or_stamps(owner: Client, draft: ProgrammeVersion) -> None:
    gift = {"rules-2-kind": "badge", "rules-2-target": "fan", "rules-2-count": "1"}
    assert save(owner, draft, NEW_RULE, gift).status_code == 302
    rule = EarnRule.objects.get(version=draft, code="feast")
    assert (rule.kind, rule.target) == ("badge", "fan")
