"""Cards, challenges and gifts that could never come about are refused, with the field and a sentence."""

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from accounts.models import Merchant
from programs.models import Badge, Card, Challenge, EarnRule, ProgrammeVersion
from programs.publishing import create_blueprint, draft_of, validate
from tests.ledger.collected import put_in_force

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)
NAMES = {"name_ar": "غريب", "name_en": "Odd", "code": "odd"}


@pytest.fixture
def draft() -> ProgrammeVersion:
    merchant = Merchant.objects.create(slug="qahwa", name_ar="قهوة", name_en="Qahwa")
    draft = create_blueprint(merchant=merchant)
    Badge.objects.create(version=draft, code="regular", name_ar="وفي", name_en="Regular")
    Card.objects.create(version=draft, **(NAMES | {"code": "card", "reward": "surprise"}))
    return draft


def found(draft: ProgrammeVersion) -> list[tuple[str, str]]:
    with override("en"):
        return [(problem.field, problem.message) for problem in validate(draft, effective_on=TODAY)]


def test_what_is_right_is_not_refused(draft: ProgrammeVersion) -> None:
    window = {"starts_on": date(2027, 2, 1), "ends_on": date(2027, 3, 1)}
    Challenge.objects.create(version=draft, **NAMES, target=4, kind="streak", points=5, **window)
    EarnRule.objects.create(version=draft, **NAMES, kind="stamp", target="card", trigger="review")
    assert found(draft) == []


@pytest.mark.parametrize(
    ("card", "field", "message"),
    [
        ({"stamps": 0}, "stamps", "A card asks for at least one stamp."),
        ({"counts": "spend"}, "counts", "A card counts visits or items."),
        ({"reward": "moon"}, "reward", "There is no “moon” here."),
        ({"reward": ""}, "reward", "Choose the reward that a full card gives."),
        (
            {"most_per_visit": 0},
            "most_per_visit",
            "With nothing in a visit it never moves: leave it empty for no limit.",
        ),
        ({"ends_on": date(2026, 11, 1)}, "ends_on", "It is over before it begins."),
        ({"branches": ["moon"]}, "branches", "There is no “moon” here."),
        ({"occasions": ["easter"]}, "occasions", "There is no “easter” here."),
        ({"name_en": " "}, "name_en", "Give it a name in this language."),
    ],
)
def test_cards(draft: ProgrammeVersion, card: dict[str, Any], field: str, message: str) -> None:
    Card.objects.create(version=draft, **(NAMES | {"reward": "surprise"} | card))
    assert found(draft) == [(f"card.odd.{field}", message)]


ONLY_ORDERS = "Only a purchase can meet this: leave it empty for an event."


@pytest.mark.parametrize(
    ("challenge", "field", "message"),
    [
        ({"target": 0}, "target", "Say what is to be reached: at least 1."),
        ({"points": 0}, "points", "It gives nothing: choose points, a badge, a reward or stamps."),
        ({"badge": "moon"}, "badge", "There is no “moon” here."),
        ({"reward": "moon"}, "reward", "There is no “moon” here."),
        ({"card": "moon", "stamps": 2}, "card", "There is no “moon” here."),
        ({"card": "card"}, "stamps", "Say how many stamps, and on which card."),
        ({"stamps": 2}, "card", "Say how many stamps, and on which card."),
        ({"counts": "event"}, "event", "An event is one word in small Latin letters, such as car-wash."),
        ({"event": "review"}, "event", "It counts no events: leave this empty, or let it count events."),
        ({"counts": "event", "event": "review", "products": ["x"]}, "products", ONLY_ORDERS),
        (
            {"kind": "milestone", "repeats": True},
            "repeats",
            "A milestone is reached once: choose a challenge for one that comes again.",
        ),
        (
            {"kind": "streak", "target": 6, "starts_on": date(2027, 2, 1), "ends_on": date(2027, 3, 1)},
            "target",
            "There is not so much time between its first and its last day.",
        ),
        ({"ends_on": date(2026, 11, 1)}, "ends_on", "It is over before it begins."),
    ],
)
def test_challenges(draft: ProgrammeVersion, challenge: dict[str, Any], field: str, message: str) -> None:
    Challenge.objects.create(version=draft, **(NAMES | {"target": 3, "points": 5} | challenge))
    assert found(draft) == [(f"challenge.odd.{field}", message)]


@pytest.mark.parametrize(
    ("rule", "field", "message"),
    [
        ({"kind": "stamp", "target": "regular"}, "target", "There is no “regular” here."),
        ({"kind": "badge", "target": "card"}, "target", "There is no “card” here."),
        ({"kind": "voucher", "target": "moon"}, "target", "There is no “moon” here."),
        ({"kind": "voucher"}, "target", "Choose the card, the badge or the reward that it gives."),
        ({"kind": "stamp", "target": "card", "count": 0}, "count", "Give at least one stamp."),
    ],
)
def test_rules_that_give(draft: ProgrammeVersion, rule: dict[str, Any], field: str, message: str) -> None:
    EarnRule.objects.create(version=draft, **(NAMES | rule))
    assert found(draft) == [(f"earnrule.odd.{field}", message)]


def test_a_new_draft_has_the_goals_of_the_version_before(draft: ProgrammeVersion) -> None:
    Challenge.objects.create(version=draft, **NAMES, target=4, points=5)
    put_in_force(draft)
    copy = draft_of(programme=draft.programme)
    for rows in ("cards", "challenges", "badges"):
        before, after = (
            list(getattr(version, rows).values_list("code", "name_ar")) for version in (draft, copy)
        )
        assert before == after != []
