"""Every reason and every method has words in both languages, with Arabic counts in the right form."""

import pytest

from analytics.models import DormancyModel
from analytics.reasons import SAYINGS
from analytics.wording import method_sentence, sentence, sentences

NUMBERS = {"now": 2, "before": 6, "usual": 7, "days": 30, "visits": 3, "weeks": 4, "currency": "SAR"}


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_reason_has_words(language: str) -> None:
    said = {saying.code: sentence({"code": saying.code} | NUMBERS, language) for saying in SAYINGS}
    assert all(said.values())
    assert not any("%(" in words for words in said.values())
    if language == "ar":
        assert not any(word in text for text in said.values() for word in ("visit", "day", "basket"))


@pytest.mark.parametrize(
    ("reason", "english", "arabic"),
    [
        (
            {"code": "visits_falling", "now": 2, "before": 6},
            "Visits falling: from 6 visits to 2 visits in 30 days",
            "الزيارات تتراجع: من 6 زيارات إلى زيارتين خلال 30 يومًا",
        ),
        (
            {"code": "visits_falling", "now": 0, "before": 1},
            "Visits falling: from 1 visit to 0 visits in 30 days",
            "الزيارات تتراجع: من زيارة واحدة إلى صفر خلال 30 يومًا",
        ),
        (
            {"code": "longer_than_usual", "days": 40, "usual": 7},
            "Longer than their usual gap: nothing for 40 days, usually every 7 days",
            "غياب أطول من المعتاد: منذ 40 يومًا، والعادة زيارة كل 7 أيام",
        ),
        (
            {"code": "basket_shrinking", "now": 4050, "before": 123450, "currency": "SAR"},
            "Basket shrinking: from 1,234.50 SAR to 40.50 SAR a visit",
            "السلة تصغر: من 1,234.50 ر.س إلى 40.50 ر.س للزيارة",
        ),
    ],
)
def test_reasons_in_words(reason: dict[str, object], english: str, arabic: str) -> None:
    assert sentence(reason, "en") == english
    assert sentence(reason, "ar") == arabic


def test_a_code_nobody_knows_any_more_is_left_out() -> None:
    assert sentences([{"code": "moon_phase"}, {"code": "only_one_visit"}], "en") == ["Has come only once"]


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("why", ["no_history", "short_history", "few_members", "one_outcome", "no_lightgbm"])
def test_the_plain_rule_says_why(why: str, language: str) -> None:
    plain = method_sentence(DormancyModel(method="plain_rule"), language)
    told = method_sentence(DormancyModel(method="plain_rule", why=why), language)
    assert told.startswith(plain)
    assert len(told) > len(plain)
    assert ("libgomp1" in told) == (why == "no_lightgbm")
