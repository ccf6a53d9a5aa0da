"""Rules and caps that could never give a point are refused, with the field and a sentence."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils.translation import override

from accounts.models import Merchant
from programs.models import EarnCap, EarnRule, OccasionDays, ProgrammeVersion
from programs.publishing import create_blueprint, validate
from programs.queries import terms_of
from programs.sentences import promises

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)


@pytest.fixture
def draft() -> ProgrammeVersion:
    merchant = Merchant.objects.create(slug="qahwa", name_ar="قهوة", name_en="Qahwa")
    return create_blueprint(merchant=merchant)


def refused(draft: ProgrammeVersion, on: date | None = TODAY, **rule: Any) -> list[tuple[str, str]]:
    names = {"code": "odd", "name_ar": "غريب", "name_en": "Odd", "kind": "multiplier", "factor": 2}
    EarnRule.objects.create(version=draft, **(names | rule))
    with override("en"):
        return [(problem.field, problem.message) for problem in validate(draft, effective_on=on)]


EVENT = {"trigger": "review", "kind": "fixed", "points": 5}


@pytest.mark.parametrize(
    ("rule", "field", "message"),
    [
        ({"nth_purchase": 0}, "nth_purchase", "Orders are counted from 1."),
        (
            {"nth_purchase": 1},
            "nth_purchase",
            "Every order is meant: choose 2 or more, or the first order alone.",
        ),
        ({"trigger": "review"}, "kind", "An event has no amount to multiply: give fixed points for it."),
        *(
            (EVENT | asked, next(iter(asked)), "Only a purchase can meet this: leave it empty for an event.")
            for asked in (
                *({"categories": ["coffee"]}, {"products": ["SKU"]}),
                *({"nth_purchase": 2}, {"is_birthday": True}),
            )
        ),
        (
            EVENT | {"trigger": "Car Wash"},
            "trigger",
            "An event is one word in small Latin letters, such as car-wash.",
        ),
        ({"plans": ["plus"]}, "plans", "There is no “plus” here."),
        ({"tiers": ["platinum"]}, "tiers", "There is no “platinum” here."),
        ({"occasions": ["ramadan", "easter"]}, "occasions", "There is no “easter” here."),
        (
            {"occasions": ["national-day"], "ends_on": date(2027, 9, 22)},
            "occasions",
            "None of its occasions falls on its dates and weekdays.",
        ),
        (
            {"occasions": ["national-day"], "ends_on": date(2027, 9, 30), "days_of_week": [4]},
            "occasions",
            "None of its occasions falls on its dates and weekdays.",
        ),
        ({"ends_on": date(2026, 11, 21)}, "ends_on", "It is over before it begins."),
        ({"factor": 0}, "factor", "A multiplier is above 0 and at most 100."),
        ({"factor": 101}, "factor", "A multiplier is above 0 and at most 100."),
    ],
)
def test_a_rule_that_never_fires_is_refused(
    draft: ProgrammeVersion, rule: dict[str, Any], field: str, message: str
) -> None:
    assert (f"earnrule.odd.{field}", message) in refused(draft, **rule)


@pytest.mark.parametrize(
    "rule",
    [
        {"nth_purchase": 1, "nth_repeats": False},
        {"nth_purchase": 2},
        EVENT | {"tiers": ["gold"], "min_amount_minor": 100},
        {"occasions": ["national-day"], "ends_on": date(2027, 9, 23), "days_of_week": [3]},
        {"occasions": ["ramadan"], "days_of_week": [4]},
        {"occasions": ["ramadan"], "ends_on": date(2027, 2, 8)},
        {"segments": ["vip"], "products": ["NEW"], "starts_on": TODAY, "ends_on": date(2026, 12, 1)},
    ],
)
def test_a_rule_that_may_fire_is_none_of_these(draft: ProgrammeVersion, rule: dict[str, Any]) -> None:
    assert refused(draft, **rule) == []


def test_an_own_occasion_must_have_a_day_left(draft: ProgrammeVersion) -> None:
    days = {"first_day": date(2026, 4, 1), "last_day": date(2026, 4, 2), "year": 2026}
    own = {
        "code": "our-day",
        "name_ar": "يومنا",
        "name_en": "Our day",
        "set_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    OccasionDays.objects.create(merchant=draft.programme.merchant, **own, **days)
    found = refused(draft, occasions=["our-day"])
    assert found == [("earnrule.odd.occasions", "It is over: its occasions have no day left.")]


def test_a_base_rule_behind_one_that_asks_only_for_a_segment_still_applies(draft: ProgrammeVersion) -> None:
    asks: dict[str, Any] = {
        "kind": "per_amount",
        "points": 2,
        "per_minor": 100,
        "priority": 1,
        "segments": ["vip"],
    }
    assert refused(draft, **asks) == []


@pytest.mark.parametrize(
    ("cap", "field", "message"),
    [
        (
            {"points": 0, "period": "day"},
            "points",
            "A cap of nothing stops the rule: switch the rule off instead.",
        ),
        ({"points": 5, "rule": "coffee"}, "rule", "There is no “coffee” here."),
        (
            {"points": 5, "scope": "all", "period": "order"},
            "period",
            "An order has one member: choose a cap for each member, or a longer time.",
        ),
    ],
)
def test_a_cap_that_caps_nothing_is_refused(
    draft: ProgrammeVersion, cap: dict[str, Any], field: str, message: str
) -> None:
    EarnCap.objects.create(version=draft, **cap)
    with override("en"):
        assert [tuple(problem) for problem in validate(draft)] == [(f"earncap.1.{field}", message)]


def test_a_cap_of_a_rule_that_is_there_is_fine_and_is_promised(draft: ProgrammeVersion) -> None:
    EarnCap.objects.create(version=draft, points=500, rule="birthday", period="year")
    EarnCap.objects.create(version=draft, points=10_000, scope="all", period="month")
    assert validate(draft) == []
    said = promises(terms_of(draft), "en")
    assert "Birthday: at most 500 points a year for each member" in said
    assert "at most 10,000 points a month for all members together" in said
