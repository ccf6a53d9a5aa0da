"""From the blueprint to terms in force, and everything a draft may be refused for."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils.translation import override

from accounts.joining import join
from accounts.models import Branch, Merchant
from programs import errors, lifecycle
from programs.having import Facts, in_order, offer_of
from programs.models import (
    AudienceMember,
    EarnRule,
    Programme,
    ProgrammeState,
    ProgrammeVersion,
    Reward,
    Tier,
)
from programs.publishing import create_blueprint, draft_of, publish, validate
from programs.queries import (
    may_earn,
    programme_of,
    terms_of,
    timeline,
    version_at,
)
from programs.rules import MemberState, award
from programs.stops import stops_of
from tests.cast import generous
from tests.programs.terms_of_the_rules import order

NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
YEAR_AGO = NOW - timedelta(days=365)

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant() -> Merchant:
    shop = Merchant.objects.create(slug="qahwa", name_ar="قهوة", name_en="Qahwa", sector="restaurant")
    generous(shop)
    return shop


@pytest.fixture
def draft(merchant: Merchant) -> ProgrammeVersion:
    return create_blueprint(merchant=merchant)


def _publish(
    version: ProgrammeVersion, effective_from: datetime = YEAR_AGO, **options: Any
) -> ProgrammeVersion:
    return publish(version=version, actor="staff:1", effective_from=effective_from, now=NOW, **options)


def test_the_blueprint_is_the_programme_of_the_examples(draft: ProgrammeVersion) -> None:
    assert validate(draft) == []
    offered = terms_of(_publish(draft))
    assert [(tier.code, tier.threshold_minor, tier.multiplier) for tier in offered.tiers] == [
        ("bronze", 0, 1),
        ("silver", 150_000, Fraction(5, 4)),
        ("gold", 400_000, Fraction(3, 2)),
    ]
    assert (offered.block_points, offered.block_value_minor, offered.expiry_months) == (500, 2_500, 12)
    assert award(order(9999), MemberState("gold"), offered).points == 149
    born_today = MemberState("gold", birthday=date(1990, 7, 1))
    assert award(order(10000), born_today, offered).points == 200


def test_the_blueprint_fits_a_currency_of_three_decimals() -> None:
    kuwaiti = Merchant.objects.create(slug="kw", name_ar="كويت", name_en="KW", currency="KWD")
    offered = terms_of(create_blueprint(merchant=kuwaiti))
    assert (offered.rules[0].per_minor, offered.block_value_minor) == (1000, 25_000)


def test_a_draft_is_in_force_only_once_it_is_published(merchant: Merchant, draft: ProgrammeVersion) -> None:
    assert version_at(merchant, NOW) is None
    _publish(draft)
    assert version_at(merchant, NOW) == draft
    assert version_at(merchant, YEAR_AGO - timedelta(seconds=1)) is None
    programme = programme_of(merchant)
    assert programme is not None
    assert programme.state == ProgrammeState.LIVE


def test_a_published_version_is_never_edited(draft: ProgrammeVersion) -> None:
    _publish(draft)
    with pytest.raises(errors.VersionPublished):
        _publish(draft)
    draft.block_points = 1
    with pytest.raises(errors.VersionPublished):
        draft.save()
    with pytest.raises(errors.VersionPublished):
        draft.tiers.get(code="gold").delete()
    gold = draft.tiers.get(code="gold")
    gold.multiplier = Decimal(9)
    with pytest.raises(errors.VersionPublished):
        gold.save()
    assert terms_of(ProgrammeVersion.objects.get()).block_points == 500


def test_a_draft_copies_what_is_live_and_leaves_it_alone(draft: ProgrammeVersion) -> None:
    live = _publish(draft)
    copy = draft_of(programme=live.programme)
    assert (copy.number, copy.is_published, draft_of(programme=live.programme)) == (2, False, copy)
    before, after = terms_of(live), terms_of(copy)
    assert (after.tiers, after.rules, after.version_id) == (before.tiers, before.rules, copy.pk)
    assert copy.rewards.count() == live.rewards.count() > 0
    copy.rules.filter(code="base").update(points=2)
    _publish(copy, NOW)
    assert terms_of(live).rules[0].points == 1
    assert terms_of(copy).rules[0].points == 2


def test_rule_13_a_purchase_is_priced_by_the_version_of_its_own_date(
    merchant: Merchant, draft: ProgrammeVersion
) -> None:
    first = _publish(draft)
    second = _publish(draft_of(programme=first.programme), NOW)
    moment = NOW - timedelta(microseconds=1)
    assert (version_at(merchant, moment), version_at(merchant, NOW)) == (first, second)
    course = timeline(merchant)
    assert course.at(YEAR_AGO - timedelta(seconds=1)) is None
    for when, version in ((YEAR_AGO, first), (moment, first), (NOW, second)):
        found = course.at(when)
        assert found is not None
        assert found.version_id == version.pk


def test_later_terms_never_reprice_the_past(draft: ProgrammeVersion) -> None:
    copy = draft_of(programme=_publish(draft).programme)
    with pytest.raises(errors.EffectiveTooEarly):
        _publish(copy, NOW - timedelta(seconds=1))
    _publish(copy, NOW + timedelta(days=30))
    third = draft_of(programme=copy.programme)
    with pytest.raises(errors.EffectiveTooEarly):
        _publish(third, NOW + timedelta(days=30))


def test_a_draft_with_problems_is_not_published(merchant: Merchant, draft: ProgrammeVersion) -> None:
    draft.tiers.filter(code="gold").update(multiplier=1)
    with pytest.raises(errors.NotPublishable) as refused:
        _publish(draft)
    assert [problem.field for problem in refused.value.params["problems"]] == ["tier.gold.multiplier"]
    assert version_at(merchant, NOW) is None


def _problems(draft: ProgrammeVersion, **options: Any) -> list[str]:
    return [problem.field for problem in validate(draft, **options)]


def test_tiers_must_exist_begin_at_zero_and_rise(draft: ProgrammeVersion) -> None:
    draft.tiers.filter(code="bronze").update(threshold_minor=1)
    draft.tiers.filter(code="gold").update(multiplier=Decimal(0))
    assert _problems(draft) == [
        "tier.bronze.threshold_minor",
        "tier.gold.multiplier",
        "tier.gold.multiplier",
    ]
    Tier.objects.all().delete()
    assert "tiers" in _problems(draft)


def test_a_programme_without_a_base_rule_is_refused(draft: ProgrammeVersion) -> None:
    draft.rules.filter(code="base").update(is_active=False)
    assert _problems(draft) == ["rules"]


def test_a_base_rule_behind_one_that_always_applies_is_noticed(draft: ProgrammeVersion) -> None:
    _rule(draft, kind="per_amount", points=3, priority=200)
    assert _problems(draft) == ["earnrule.x.priority"]


def _rule(draft: ProgrammeVersion, **fields: Any) -> EarnRule:
    given = {"kind": "multiplier", "factor": Decimal(3), "name_ar": "س", "name_en": "X", **fields}
    return EarnRule.objects.create(version=draft, code="x", **given)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"factor": Decimal(0)}, "factor"),
        ({"factor": Decimal("100.001")}, "factor"),
        ({"factor": Decimal(1)}, "factor"),
        ({"factor": Decimal("0.5")}, "factor"),
        ({"factor": Decimal("1.5"), "tiers": ["gold"]}, "factor"),
        ({"kind": "fixed", "points": 0}, "points"),
        ({"kind": "step", "points": 5, "per_minor": 0, "priority": 1, "days_of_week": [1]}, "per_minor"),
        ({"name_en": " "}, "name_en"),
        ({"days_of_week": [7]}, "days_of_week"),
        ({"days_of_week": ["Sunday"]}, "days_of_week"),
        ({"tiers": ["platinum"]}, "tiers"),
        ({"branches": ["nowhere"]}, "branches"),
        ({"from_time": time(9), "to_time": time(9)}, "to_time"),
        ({"starts_on": date(2026, 8, 2), "ends_on": date(2026, 8, 1)}, "ends_on"),
        ({"ends_on": date(2026, 6, 30)}, "ends_on"),
        (
            {"starts_on": date(2026, 8, 3), "ends_on": date(2026, 8, 4), "days_of_week": [4]},
            "days_of_week",
        ),
    ],
)
def test_a_rule_that_can_never_fire_or_gives_nothing_is_refused(
    draft: ProgrammeVersion, fields: dict[str, Any], field: str
) -> None:
    _rule(draft, **fields)
    assert _problems(draft, effective_on=date(2026, 7, 1)) == [f"earnrule.x.{field}"]


@pytest.mark.parametrize(
    "fields",
    [
        {"factor": Decimal("1.2")},
        {"starts_on": date(2026, 8, 3), "ends_on": date(2026, 8, 9), "days_of_week": [4]},
        {"from_time": time(22), "to_time": time(2), "branches": ["olaya"], "tiers": ["gold"]},
    ],
)
def test_a_rule_that_can_fire_is_welcome(
    merchant: Merchant, draft: ProgrammeVersion, fields: dict[str, Any]
) -> None:
    Branch.objects.create(merchant=merchant, code="olaya", name_ar="العليا", name_en="Olaya")
    _rule(draft, **fields)
    assert _problems(draft, effective_on=date(2026, 7, 1)) == []


def test_a_branch_of_another_shop_is_unknown_here(draft: ProgrammeVersion) -> None:
    rival = Merchant.objects.create(slug="rival", name_ar="منافس", name_en="Rival")
    Branch.objects.create(merchant=rival, code="olaya", name_ar="العليا", name_en="Olaya")
    _rule(draft, branches=["olaya"])
    assert _problems(draft) == ["earnrule.x.branches"]


def test_worth_and_life_must_make_sense(draft: ProgrammeVersion) -> None:
    draft.block_points, draft.block_value_minor = 0, 0
    draft.max_redeem_minor, draft.expiry_months = 10, 0
    assert _problems(draft) == ["block_points", "block_value_minor", "expiry_months"]
    draft.block_points, draft.block_value_minor, draft.expiry_months = 500, 2500, None
    assert _problems(draft) == ["max_redeem_minor"]


def test_a_name_is_asked_for_only_in_the_languages_of_the_shop(
    merchant: Merchant, draft: ProgrammeVersion
) -> None:
    Tier.objects.filter(version=draft, code="gold").update(name_en="")
    Programme.objects.update(name_en="")
    draft = ProgrammeVersion.objects.get(pk=draft.pk)
    assert _problems(draft) == ["programme.name_en", "tier.gold.name_en"]
    Merchant.objects.update(languages=["ar"])
    assert _problems(ProgrammeVersion.objects.get(pk=draft.pk)) == []


def test_problems_are_told_in_the_readers_language(draft: ProgrammeVersion) -> None:
    draft.rules.filter(code="base").delete()
    with override("en"):
        assert validate(draft)[0].message == "Add a rule that says how many points an amount earns."


def test_the_states_of_a_programme_follow_one_path(draft: ProgrammeVersion) -> None:
    programme = draft.programme
    with pytest.raises(errors.WrongState):
        lifecycle.pause(programme=programme, now=NOW)
    _publish(draft, pilot=True)
    programme.refresh_from_db()
    assert programme.state == ProgrammeState.PILOT
    lifecycle.go_live(programme=programme, now=NOW - timedelta(hours=1), by="staff:1")
    paused = lifecycle.pause(programme=programme, now=NOW)
    assert (paused.state, paused.paused_at) == (ProgrammeState.PAUSED, NOW)
    with pytest.raises(errors.WrongState):
        lifecycle.pause(programme=programme, now=NOW)
    resumed = lifecycle.resume(programme=programme, now=NOW)
    assert (resumed.state, resumed.paused_at, resumed.resuming_at) == (ProgrammeState.LIVE, NOW, NOW)
    with pytest.raises(errors.WrongState):
        lifecycle.close(programme=programme, now=NOW)
    again = lifecycle.pause(programme=programme, now=NOW + timedelta(minutes=1), by="staff:2")
    assert (again.state, again.paused_at) == (ProgrammeState.PAUSED, NOW)  # the clock still stands from there
    assert lifecycle.settled(programme=programme, places=[1]).paused_at == NOW + timedelta(minutes=1)
    lifecycle.resume(programme=programme, now=NOW + timedelta(minutes=2), by="staff:3")
    assert lifecycle.settled(programme=programme, places=[2]).paused_at is None
    assert programme.resuming_at is None
    assert [(stop.by, stop.until_by) for stop in stops_of(programme.stops)] == [
        ("staff:1", "staff:1"),
        ("", ""),
        ("staff:2", "staff:3"),
    ]
    assert lifecycle.close(programme=programme, now=NOW).closes_on == date(2026, 9, 29)
    with pytest.raises(errors.WrongState):
        lifecycle.pause(programme=programme, now=NOW)


@pytest.mark.parametrize(
    ("state", "earns"), [("draft", False), ("pilot", True), ("live", True), ("paused", False)]
)
def test_who_earns_depends_on_the_state(draft: ProgrammeVersion, state: str, earns: bool) -> None:
    programme, merchant = draft.programme, draft.programme.merchant
    member, other = (
        join(merchant=merchant, now=YEAR_AGO, source="till", actor="staff:1", phone=phone)[0]
        for phone in ("0501234567", "0501234568")
    )
    AudienceMember.objects.create(merchant=merchant, audience="pilot", member=member, since=YEAR_AGO)
    programme.state = state
    assert may_earn(programme, member_id=member.pk, now=NOW) is earns
    assert may_earn(programme, member_id=other.pk, now=NOW) is (state == "live")


def test_rewards_show_what_can_be_had_first(draft: ProgrammeVersion) -> None:
    Reward.objects.create(version=draft, code="vip", name_ar="خاص", name_en="VIP", points=10, tiers=["gold"])
    facts = Facts(local=datetime(2026, 1, 1, 9), tier="bronze")
    offers = in_order(offer_of(reward, facts, 250) for reward in draft.rewards.all())
    shown = [(offer.reward.code, offer.missing_points, offer.is_affordable) for offer in offers]
    assert shown == [
        ("coffee", 0, True),
        ("dessert", 100, False),
        ("breakfast", 950, False),
        ("vip", 0, False),
    ]


def test_terms_are_read_once_and_the_zone_of_the_shop_is_not_frozen(
    merchant: Merchant, draft: ProgrammeVersion, django_assert_num_queries: Any
) -> None:
    version = _publish(draft)
    assert terms_of(version) is terms_of(version)
    found = version_at(merchant, NOW)
    assert found is not None
    with django_assert_num_queries(0):
        terms_of(found)
    Merchant.objects.update(zone="Asia/Dubai")
    moved = version_at(merchant, NOW)
    assert moved is not None
    assert terms_of(moved).zone == "Asia/Dubai"
