"""Every reason reads as a sentence in Arabic and in English, the same one everywhere."""

from dataclasses import replace
from datetime import datetime, time
from fractions import Fraction
from typing import Any

import pytest
from django.utils.translation import override

from programs import reasons
from programs.asked import Conditions
from programs.reasons import Reason
from programs.rules import OrderLine, award
from programs.sentences import points_text, promises, sentence, sentences
from programs.terms import RuleTerms
from tests.programs.terms_of_the_rules import (
    BIRTHDAY,
    BRONZE,
    COFFEE,
    GOLD,
    PER_SAR,
    SILVER,
    STEP,
    TERMS,
    order,
    terms,
)


def _stored(result: Any) -> list[dict[str, Any]]:
    return [reason.as_json() for reason in result.reasons]


def test_rule_03_why_125_in_both_languages() -> None:
    stored = _stored(award(order(10000), SILVER, TERMS))
    assert sentences(stored, "en") == ["1 point per 1.00 SAR", "Silver ×1.25"]
    assert sentences(stored, "ar") == ["نقطة واحدة لكل 1.00 ر.س", "فضي ×1.25"]


def test_rule_07_the_winner_is_named_with_its_amount() -> None:
    lines = (OrderLine(6000, category="coffee"), OrderLine(4000))
    stored = _stored(award(order(*lines), GOLD, terms(COFFEE)))
    assert sentences(stored, "en")[1:] == ["Coffee ×2 on 60.00 SAR, only coffee", "Gold ×1.5 on 40.00 SAR"]
    assert sentences(stored, "ar")[1:] == ["قهوة ×2 على 60.00 ر.س، coffee فقط", "ذهبي ×1.5 على 40.00 ر.س"]


def test_a_rule_says_its_days_and_hours() -> None:
    asked = Conditions(
        days_of_week=frozenset({6, 4}),
        from_time=time(8),
        to_time=time(11),
        categories=frozenset({"coffee"}),
    )
    sunday = replace(COFFEE, conditions=asked)
    sunday_at_nine = datetime(2026, 7, 5, 9)
    at_nine = order(OrderLine(6000, category="coffee"), 4000, at=sunday_at_nine)
    stored = _stored(award(at_nine, BRONZE, terms(sunday)))
    assert sentence(stored[1], "en") == "Coffee ×2 on 60.00 SAR, Fridays, Sundays 08:00–11:00, only coffee"
    assert sentence(stored[1], "ar") == "قهوة ×2 على 60.00 ر.س، كل جمعة، كل أحد 08:00–11:00، coffee فقط"


def test_rule_06_what_was_paid_with_points_is_said() -> None:
    stored = _stored(award(order(10000, points_paid_minor=2500), BRONZE, TERMS))
    assert sentence(stored[-1], "en") == "25.00 SAR paid with points earns nothing"
    assert sentence(stored[-1], "ar") == "ما دُفع بالنقاط (25.00 ر.س) لا يكسب نقاطًا"


SAR = {"currency": "SAR"}


@pytest.mark.parametrize(
    ("reason", "english", "arabic"),
    [
        ({"code": "refund", "amount_minor": 3333, **SAR}, "Refund of 33.33 SAR", "استرجاع 33.33 ر.س"),
        ({"code": "refund"}, "Refund", "استرجاع"),
        (
            {"code": "redemption", "value_minor": 2500, **SAR},
            "Redeemed for 25.00 SAR off",
            "استبدال بخصم 25.00 ر.س",
        ),
        ({"code": "redemption", "name_ar": "قهوة", "name_en": "Coffee"}, "Redeemed: Coffee", "استبدال: قهوة"),
        ({"code": "redemption"}, "Redeemed", "استبدال"),
        ({"code": "returned"}, "Points returned", "نقاط معادة"),
        (
            {"code": "expired", "on": "2026-02-25"},
            "Expired on 25 February 2026",
            "انتهت صلاحيتها في 25 فبراير 2026",
        ),
        ({"code": "expired"}, "Expired", "انتهت صلاحيتها"),
        ({"code": "adjustment", "note": "late delivery"}, "Adjusted by the shop: late delivery", None),
        ({"code": "adjustment"}, "Adjusted by the shop", "تعديل من المتجر"),
        ({"code": "owed_paid", "points": 1}, "1 owed point paid back", "سُدّدت نقطة مستحقة"),
        ({"code": "owed_paid", "points": 20}, "20 owed points paid back", "سُدّدت 20 نقطة مستحقة"),
        ({"code": "imported"}, "Opening balance", "رصيد افتتاحي"),
        ({"code": "history_only"}, "No points: imported history", "بلا نقاط: مشتريات سابقة مستوردة"),
        (
            {"code": "outside_window", "days": 30},
            "No points: the purchase is more than 30 days old",
            "بلا نقاط: مضى على الشراء أكثر من 30 يومًا",
        ),
        ({"code": "paused"}, "No points: the programme is paused", "بلا نقاط: البرنامج متوقف مؤقتًا"),
        (
            {"code": "no_programme"},
            "No points: the programme was not open",
            "بلا نقاط: لم يكن البرنامج مفعّلًا",
        ),
        ({"code": "nothing_earned"}, "Nothing in this order earns points", "لا شيء في هذا الطلب يكسب نقاطًا"),
        ({"code": "of a later release"}, "Points", "نقاط"),
    ],
)
def test_every_row_of_the_history_has_its_sentence(
    reason: dict[str, Any], english: str, arabic: str | None
) -> None:
    assert sentence(reason, "en") == english
    assert arabic is None or sentence(reason, "ar") == arabic


def test_every_code_has_a_wording_of_its_own() -> None:
    whole = {
        "points": 3,
        "per_minor": 100,
        "amount_minor": 100,
        "factor": "2",
        "days": 3,
        "number": "M-1",
        "period": "day",
        "scope": "member",
        "cut": 2,
        "plan": "plus",
        "count": 2,
        "gift_ar": "قهوة",
        "gift_en": "Coffee",
        **SAR,
    }
    for code in reasons.ALL:
        said = sentence(Reason(code, whole).as_json(), "en")
        assert said not in {"Points", code}


@pytest.mark.parametrize(
    ("points", "arabic", "english"),
    [
        (0, "لا نقاط", "0 points"),
        (1, "نقطة واحدة", "1 point"),
        (2, "نقطتان", "2 points"),
        (3, "3 نقاط", "3 points"),
        (11, "11 نقطة", "11 points"),
        (100, "100 نقطة", "100 points"),
        (1240, "1,240 نقطة", "1,240 points"),
        (-50, "-50 نقطة", "-50 points"),
    ],
)
def test_points_are_counted_as_each_language_counts(points: int, arabic: str, english: str) -> None:
    with override("ar"):
        assert points_text(points) == arabic
    with override("en"):
        assert points_text(points) == english


def test_a_programme_says_what_it_promises() -> None:
    gift = RuleTerms("gift", "هدية", "Gift", "fixed", points=50)
    offered = replace(terms(BIRTHDAY, gift), rules=(PER_SAR, STEP, BIRTHDAY, gift))
    assert promises(offered, "en") == [
        "1 point per 1.00 SAR",
        "5 points per full 2.50 SAR",
        "Birthday ×2, within 7 days of the birthday",
        "Gift: 50 points",
        "Silver ×1.25",
        "Gold ×1.5",
        "500 points = 25.00 SAR",
        "Points live 12 months",
    ]
    assert promises(offered, "ar")[-2:] == ["500 نقطة = 25.00 ر.س", "صلاحية النقاط 12 شهرًا"]
    assert promises(replace(TERMS, expiry_months=None), "en")[-1] == "Points never expire"


def test_a_multiplier_is_written_exactly() -> None:
    odd = replace(COFFEE, factor=Fraction(4, 3))
    assert sentence(terms(odd).reasons["coffee"].as_json(), "en") == "Coffee ×4/3, only coffee"
    whole = replace(COFFEE, factor=Fraction(100))
    assert sentence(terms(whole).reasons["coffee"].as_json(), "en") == "Coffee ×100, only coffee"
