"""Contests among the terms: what cannot be held is refused, what has begun stays, and all of it in words."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from programs.contest_wording import contest_sentences, final_text, missing_text, rank_text
from programs.margin_guard import assess
from programs.margin_wording import gift_text
from programs.models import Contest, ContestPrize, ProgrammeVersion
from programs.publishing import draft_of
from programs.queries import terms_of
from programs.validation import validate
from tests.cast import Shop, open_shop
from tests.ledger.collected import add_goals, put_in_force
from tests.ledger.holding import CUP, PRIZES, hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    opened = open_shop("oasis", "0501234567", live=False)
    add_goals(opened.version)
    return opened


def found(version: ProgrammeVersion, on: date = date(2026, 1, 1)) -> list[str]:
    """The fields of what is wrong with contests."""
    return [one.field for one in validate(version, effective_on=on) if one.field.startswith("contest")]


@pytest.mark.parametrize(
    ("facts", "prizes", "fields"),
    [
        ({}, PRIZES, []),
        ({"starts_on": None}, PRIZES, ["contest.cup.starts_on"]),
        ({"ends_on": None}, PRIZES, ["contest.cup.ends_on"]),
        ({"ends_on": date(2027, 3, 1)}, PRIZES, ["contest.cup.ends_on"]),
        ({"ends_on": date(2026, 1, 1)}, PRIZES, ["contest.cup.ends_on"]),
        ({"minimum": 0}, PRIZES, ["contest.cup.minimum"]),
        ({"most_per_day": 0}, PRIZES, ["contest.cup.most_per_day"]),
        ({"counts": "event"}, PRIZES, ["contest.cup.event"]),
        ({"event": "review"}, PRIZES, ["contest.cup.event"]),
        ({"tiers": ["none"]}, PRIZES, ["contest.cup.tiers"]),
        ({}, (), ["contest.cup.prizes"]),
        ({}, ({"first_place": 2, "last_place": 2, "points": 1},), ["contest.cup.prizes"]),
        ({}, ({"points": 1}, {"last_place": 3, "points": 1}), ["contest.cup.prizes"]),
        ({}, ({"badge": "nobody"},), ["contest.cup.prizes"]),
        ({}, ({},), ["contest.cup.prizes"]),
    ],
)
def test_what_cannot_be_held_or_won_is_refused(
    shop: Shop, facts: dict[str, Any], prizes: tuple[dict[str, Any], ...], fields: list[str]
) -> None:
    hold(shop.version, (facts,), prizes)
    assert found(shop.version) == fields


@pytest.mark.parametrize(
    ("on", "is_refused"), [(date(2026, 1, 31), False), (date(2026, 3, 14), True), (date(2026, 3, 15), False)]
)
def test_a_contest_that_has_begun_keeps_its_terms(shop: Shop, on: date, is_refused: bool) -> None:
    hold(shop.version)
    put_in_force(shop.version)
    draft = draft_of(programme=shop.version.programme)
    assert found(draft, on) == []  # a copy is the same contest
    ContestPrize.objects.filter(version=draft, first_place=1).update(points=1)
    assert found(draft, on) == (["contest.cup.code"] if is_refused else [])
    ContestPrize.objects.filter(version=draft).delete()
    Contest.objects.filter(version=draft).delete()
    assert found(draft, on) == (["contest.cup.code"] if is_refused else [])


def test_the_margin_guard_shows_all_prizes_as_one_fixed_sum(shop: Shop) -> None:
    hold(shop.version)
    assessed = assess(shop.version, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert assessed is not None
    (gift,) = [one for one in assessed.given if one.name_en == CUP["name_en"]]
    assert (gift.points, gift.is_once) == (500, True)
    assert gift_text(gift, "SAR", "en") == "February cup: all prizes together up to 45.00 SAR, once"


def test_a_contest_reads_in_both_languages(shop: Shop) -> None:
    hold(shop.version, ({"by_joining": True, "most_per_day": 100_00},))
    terms = terms_of(shop.version)
    english = " | ".join(contest_sentences(terms, "en"))
    assert (
        "February cup: who spends most, from 1 February 2026 to 28 February 2026, at most 100 SAR a day"
        in english
    )
    assert "First place: 300 points, the badge “Regular”" in english
    assert "Places 2 to 3: 100 points, “Coffee” each" in english
    assert "what is returned before 15 March 2026 is taken off" in english
    arabic = " | ".join(contest_sentences(terms, "ar"))
    assert "كأس فبراير: الأكثر إنفاقًا" in arabic
    assert "المركز الأول" in arabic
    (contest,) = terms.contests
    assert rank_text(3, 2, 120, "en") == "Place 3 of 120 members, level with 2 others"
    assert missing_text(contest, 3, 1_00, "SAR", "en") == "1 SAR more and you stand before the next place"
    assert missing_text(contest, None, 1_00, "SAR", "en") == "1 SAR more and you take part"
    assert final_text(None, 9, "en") == "The places are decided; you did not take part."
    assert "المركز 3" in final_text(3, 9, "ar")
