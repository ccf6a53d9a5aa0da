"""Rules, caps and occasions in the back office: chosen and ticked, said in words, refused in words."""

from datetime import date
from typing import Any

import pytest
from django.db.models.fields.files import FieldFile
from django.test import Client
from django.urls import reverse

from programs.models import AudienceMember, EarnCap, EarnRule, OccasionDays, ProgrammeVersion
from programs.publishing import draft_of
from tests.cast import NOW, Cast, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(shop: Shop) -> ProgrammeVersion:
    AudienceMember.objects.create(merchant=shop.merchant, member=shop.member, audience="vip", since=NOW)
    return draft_of(programme=shop.version.programme)


def change(version: ProgrammeVersion) -> str:
    return reverse("admin:programs_programmeversion_change", args=[version.pk])


def posted(page: Any) -> dict[str, Any]:
    """Every field of a page as a browser would send it back."""
    fields: dict[str, Any] = {}
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False and not isinstance(value, FieldFile):
                fields[bound.html_name] = value
    return fields


NEW_RULE = {
    "rules-TOTAL_FORMS": "3", "rules-2-code": "feast", "rules-2-name_ar": "العيد", "rules-2-name_en": "Feast",
    "rules-2-kind": "multiplier", "rules-2-priority": "100", "rules-2-points": "0", "rules-2-per_minor": "1",
    "rules-2-factor": "3", "rules-2-birthday_window_days": "7", "rules-2-min_amount_minor": "0",
    "rules-2-is_active": "on", "rules-2-count": "1",
}  # fmt: skip


def test_a_rule_is_ticked_together_and_reads_as_a_sentence(owner: Client, draft: ProgrammeVersion) -> None:
    asked = {
        "rules-2-occasions": ["ramadan", "eid-al-fitr"], "rules-2-segments": ["vip"],
        "rules-2-products": "SKU-1، SKU-2", "rules-2-nth_purchase": "5", "rules-2-nth_repeats": "on",
    }  # fmt: skip
    page = owner.post(change(draft), posted(owner.get(change(draft))) | NEW_RULE | asked)
    assert page.status_code == 302
    rule = EarnRule.objects.get(version=draft, code="feast")
    assert (rule.trigger, rule.occasions, rule.segments) == ("purchase", ["ramadan", "eid-al-fitr"], ["vip"])
    assert (rule.products, rule.nth_purchase, rule.nth_repeats) == (["SKU-1", "SKU-2"], 5, True)
    shown = owner.get(change(draft)).content.decode()
    assert "Feast ×3, during Eid al-Fitr, Ramadan, for the segment vip" in shown
    assert "only the products SKU-1, SKU-2, on every order number 5" in shown


@pytest.mark.parametrize(
    ("typed", "trigger"),
    [
        ({"rules-2-trigger": "review"}, "review"),
        ({"rules-2-trigger": "review", "rules-2-own_event": "Car-wash"}, "car-wash"),
        ({}, "purchase"),
    ],
)
def test_what_sets_a_rule_off_is_chosen_or_the_shops_own_word(
    owner: Client, draft: ProgrammeVersion, typed: dict[str, str], trigger: str
) -> None:
    gift = {"rules-2-kind": "fixed", "rules-2-points": "50"}
    owner.post(change(draft), posted(owner.get(change(draft))) | NEW_RULE | gift | typed)
    assert EarnRule.objects.get(version=draft, code="feast").trigger == trigger
    again = posted(owner.get(change(draft)))
    assert owner.post(change(draft), again).status_code == 302
    assert EarnRule.objects.get(version=draft, code="feast").trigger == trigger


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"rules-2-own_event": "two words"}, "own_event"),
        ({"rules-2-occasions": ["easter"]}, "occasions"),
        ({"rules-2-segments": ["strangers"]}, "segments"),
        ({"rules-2-nth_purchase": "-1"}, "nth_purchase"),
        ({"rules-2-factor": "1000"}, "factor"),
        ({"rules-2-trigger": "moon"}, "trigger"),
    ],
)
def test_a_wrong_condition_is_refused_at_its_field(
    owner: Client, draft: ProgrammeVersion, typed: dict[str, Any], said: str
) -> None:
    page = owner.post(change(draft), posted(owner.get(change(draft))) | NEW_RULE | typed)
    assert page.status_code == 200
    formsets = (inline.formset for inline in page.context["inline_admin_formsets"])
    rules = next(one for one in formsets if one.prefix == "rules")
    assert said in rules.forms[2].errors
    assert not EarnRule.objects.filter(version=draft, code="feast").exists()


def test_caps_stand_beside_their_rules(owner: Client, draft: ProgrammeVersion) -> None:
    cap = {
        "caps-TOTAL_FORMS": "1", "caps-0-scope": "all", "caps-0-rule": "birthday", "caps-0-period": "month",
        "caps-0-points": "5000",
    }  # fmt: skip
    page = owner.post(change(draft), posted(owner.get(change(draft))) | cap)
    assert page.status_code == 302
    made = EarnCap.objects.get(version=draft)
    assert (made.scope, made.rule, made.period, made.points) == ("all", "birthday", "month", 5000)


def test_the_same_cap_twice_is_refused_in_words(owner: Client, draft: ProgrammeVersion) -> None:
    cap = {"scope": "member", "rule": "", "period": "day", "points": "50"}
    twice = {f"caps-{place}-{name}": value for place in (0, 1) for name, value in cap.items()}
    fields = posted(owner.get(change(draft))) | twice | {"caps-TOTAL_FORMS": "2"}
    page = owner.post(change(draft), fields)
    assert page.status_code == 200
    assert not EarnCap.objects.exists()


def test_published_rules_and_caps_are_only_read(owner: Client, shop: Shop) -> None:
    page = owner.get(change(shop.version))
    assert page.status_code == 200
    assert "Birthday ×2, within 7 days of the birthday" in page.content.decode()


ADD = "admin:programs_occasiondays_add"


def set_days(client: Client, **fields: str) -> Any:
    return client.post(reverse(ADD), {"first_day": "2027-02-09", "last_day": "2027-03-09"} | fields)


def test_the_days_of_an_occasion_are_set_and_stay_in_the_record(owner: Client, shop: Shop) -> None:
    page = owner.get(reverse(ADD))
    which = next(
        value for value, _name in page.context["adminform"].form.fields["which"].choices if "ramadan" in value
    )
    posted_once = set_days(owner, merchant=str(shop.merchant.pk), which=which)
    assert posted_once.status_code == 302
    row = OccasionDays.objects.get()
    assert f"{row.code}/{row.year}" == which
    assert (row.first_day, row.set_by.startswith("staff:")) == (date(2027, 2, 9), True)
    assert owner.get(reverse("admin:programs_occasiondays_changelist")).status_code == 200
    assert owner.get(reverse("admin:programs_occasiondays_change", args=[row.pk])).status_code == 200


def test_an_occasion_of_the_shops_own_has_its_names(owner: Client, shop: Shop) -> None:
    own = {"which": "own", "code": "our-day", "name_ar": "يومنا", "name_en": "Our day"}
    assert set_days(owner, merchant=str(shop.merchant.pk), **own).status_code == 302
    row = OccasionDays.objects.get()
    assert (row.code, row.year, row.name_en) == ("our-day", 2027, "Our day")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"which": "own"}, "code"),
        ({"which": "own", "code": "ramadan", "name_ar": "رمضان", "name_en": "Ramadan"}, "code"),
        ({"which": "easter/2027"}, "which"),
        ({"which": "own", "last_day": "2027-02-08"}, "last_day"),
        ({"which": "own", "last_day": "2028-02-08"}, "last_day"),
        ({"which": "own", "first_day": "soon"}, "first_day"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(
    owner: Client, shop: Shop, typed: dict[str, str], field: str
) -> None:
    page = set_days(owner, merchant=str(shop.merchant.pk), **typed)
    assert page.status_code == 200
    assert field in page.context["adminform"].form.errors
    assert not OccasionDays.objects.exists()


def test_nobody_sets_days_for_a_rival(owner: Client, stage: Cast) -> None:
    page = set_days(
        owner, merchant=str(stage.rival.merchant.pk), which="own", code="x", name_ar="x", name_en="x"
    )
    assert page.status_code == 200
    assert not OccasionDays.objects.exists()
