"""Every page opens in both languages, asks the database a bounded number of questions, and says the truth."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models.fields.files import FieldFile
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.joining import join, record_consent
from accounts.models import Member, Staff
from accounts.models.staff import Role
from analytics.scoring import refresh_dormancy
from analytics.snapshots import refresh_snapshot
from campaigns.models import Message, Recipe, Run
from campaigns.planning import plan
from ledger.models import Purchase
from programs.models import ProgrammeVersion
from programs.publishing import draft_of
from tests.backoffice.conftest import SignIn, buy
from tests.cast import FOUNDED, NOW, Shop

LISTS = [
    "accounts_member_changelist", "ledger_purchase_changelist", "ledger_movement_changelist",
    "ledger_redemption_changelist", "ledger_importrun_changelist", "campaigns_message_changelist",
    "campaigns_recipe_changelist", "programs_programmeversion_changelist", "accounts_branch_changelist",
    "accounts_staff_changelist", "accounts_apikey_changelist", "accounts_merchant_changelist",
]  # fmt: skip
OWN_PAGES = ["index", "at_risk", "lost", "approvals", "import_upload"]
FORMS = ["accounts_member_add", "accounts_branch_add", "accounts_staff_add", "accounts_apikey_add"]
FILES = ["accounts_member_import", "accounts_member_export", "ledger_purchase_export"]
BUDGET = 25


def crowd(shop: Shop, size: int, start: int = 0) -> list[Member]:
    """Bring people who bought twice and then stayed away for about seven weeks."""
    people = []
    for number in range(start, start + size):
        member, _new = join(
            merchant=shop.merchant, now=FOUNDED, source="test", actor="test", quiet=True,
            phone=f"05550{number:05d}", given_name=f"Name{number}", email=f"n{number}@example.com",
        )  # fmt: skip
        record_consent(
            member=member, channel="email", purpose="marketing", granted=True, source="test", actor="test",
            now=FOUNDED,
        )  # fmt: skip
        for days_ago in (75, 48):
            buy(shop, f"c-{number}-{days_ago}", 5_000 + number, days_ago=days_ago, member_id=member.pk)
        people.append(member)
    return people


def learn(shop: Shop) -> None:
    """Score the members, plan the reactivation, count the figures."""
    refresh_dormancy(merchant=shop.merchant, now=NOW)
    plan(recipe=Recipe.objects.get(merchant=shop.merchant, kind="reactivation"), now=NOW)
    refresh_snapshot(merchant=shop.merchant, now=NOW)


def queries(call: Callable[[], Any]) -> int:
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert call().status_code == 200
    return len(seen)


@pytest.mark.parametrize("name", [*LISTS, *OWN_PAGES, *FORMS, *FILES])
@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
def test_every_page_speaks_both_languages(
    name: str, language: str, direction: str, shop: Shop, sign_in: SignIn
) -> None:
    page = sign_in(shop.staff["owner"], language).get(reverse(f"admin:{name}"))
    assert page.status_code == 200
    text = page.content.decode()
    assert re.search(rf'<html lang="{language}" dir="{direction}"', text)


def test_no_english_is_left_in_the_arabic_frame(shop: Shop, sign_in: SignIn) -> None:
    """The sidebar, the header and the dashboard of an Arabic reader hold no English words."""
    crowd(shop, 3)
    learn(shop)
    text = sign_in(shop.staff["owner"], "ar").get("/admin/").content.decode()
    shown = strip_tags(re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text, flags=re.DOTALL))
    icons = set(re.findall(r"material-symbols-outlined[^>]*>\s*([a-z_]+)\s*<", text))
    latin = set(re.findall(r"[A-Za-z][A-Za-z_]{2,}", html.unescape(shown))) - icons
    known = {"owner", "oasis", "example", "Owner", "API", "Name", "CSV", "Excel", "English"}
    assert not {word for word in latin if word not in known and not word.startswith("Name")}, latin


@pytest.mark.parametrize("name", [*LISTS, "index", "at_risk", "lost", "approvals"])
def test_queries_do_not_grow_with_the_rows(name: str, shop: Shop, owner: Client) -> None:
    crowd(shop, 3)
    learn(shop)
    path = reverse(f"admin:{name}")
    few = queries(lambda: owner.get(path))
    crowd(shop, 12, start=3)
    Staff.objects.filter(user=shop.staff["manager"]).update(role=Role.MANAGER)
    Run.objects.update(state="rejected", occurrence="earlier")
    Message.objects.all().delete()
    learn(shop)
    many = queries(lambda: owner.get(path))
    assert many <= few, f"{few} → {many}"
    assert many < BUDGET, many


def test_a_members_page_asks_a_bounded_number_of_questions(shop: Shop, owner: Client) -> None:
    member = crowd(shop, 3)[0]
    learn(shop)
    path = reverse("admin:accounts_member_change", args=[member.pk])
    few = queries(lambda: owner.get(path))
    for number in range(8):
        buy(shop, f"more-{number}", 3_000, days_ago=50 + number, member_id=member.pk)
    many = queries(lambda: owner.get(path))
    assert many <= few
    assert many < BUDGET, many


def test_the_dashboard_shows_the_blueprints_figures(shop: Shop, owner: Client) -> None:
    crowd(shop, 4)
    learn(shop)
    page = owner.get("/admin/")
    text = page.content.decode()
    for title in (
        "Active members",
        "Points outstanding",
        "Repeat rate",
        "Redemption rate",
        "Customer value",
        "At risk",
    ):
        assert title in text
    assert "Figures as of 15 November 2026, 12:00 PM" in text
    assert page.context["figures"].cards[1].note == "worth 35.00 SAR"  # 1,200 earned, 500 set aside
    assert page.context["runs"][0].members == 4
    assert reverse("admin:approval", args=[page.context["runs"][0].pk]) in text


def test_the_dashboards_chart_reads_the_readers_way(shop: Shop, sign_in: SignIn) -> None:
    for language, reverse_ in (("ar", True), ("en", False)):
        chart = sign_in(shop.staff["owner"], language).get("/admin/").context["figures"].chart
        assert f'"reverse": {str(reverse_).lower()}' in chart.options
        assert ('"locale": "ar-u-nu-latn"' in chart.options) is reverse_
        assert '"data": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1200]' in chart.data


def test_an_empty_shop_is_shown_the_first_steps(shop: Shop, sign_in: SignIn) -> None:
    from accounts.models import Merchant

    young = Merchant.objects.create(slug="young", name_ar="جديد", name_en="Young")
    Staff.objects.create(user=shop.staff["owner"], merchant=young, role=Role.OWNER)
    client = sign_in(shop.staff["owner"])
    assert client.get("/admin/?merchant=young", follow=True).context["steps"]
    assert "Getting started" in client.get("/admin/").content.decode()
    assert not client.get("/admin/?merchant=oasis", follow=True).context["steps"]


def test_a_merchant_out_of_reach_cannot_be_chosen(shop: Shop, rival: Shop, owner: Client) -> None:
    page = owner.get(f"/admin/?merchant={rival.merchant.slug}", follow=True)
    assert rival.merchant.name_en not in page.content.decode()


@pytest.mark.parametrize(
    "typed",
    ["0501234567", "٠٥٠١٢٣٤٥٦٧", "+966501234567", "00966 50 123 4567", "050-123-4567", "4567", "نورة"],
)
def test_rule_41_a_member_is_found_by_any_spelling(typed: str, shop: Shop, owner: Client) -> None:
    page = owner.get(reverse("admin:accounts_member_changelist"), {"q": typed})
    assert [row.pk for row in page.context["cl"].result_list] == [shop.member.pk]


def test_a_member_is_added_and_changed_through_the_verbs(shop: Shop, owner: Client) -> None:
    fields = {"merchant": shop.merchant.pk, "given_name": "Sara", "phone": "٠٥٥٥٥٥٥٥٥٥", "language": "ar"}
    owner.post(reverse("admin:accounts_member_add"), fields)
    member = Member.objects.get(phone="+966555555555")
    assert (member.source, member.merchant) == ("backoffice", shop.merchant)
    assert member.number
    again = owner.post(reverse("admin:accounts_member_add"), fields | {"phone": "055 555 5555"})
    assert "Another member has this phone." in again.content.decode()
    owner.post(
        reverse("admin:accounts_member_change", args=[member.pk]),
        fields | {"birthday": "1990-05-01", "email": "SARA@Example.com"},
    )
    member.refresh_from_db()
    assert (str(member.birthday), member.email) == ("1990-05-01", "sara@example.com")
    assert member.birthday_changed_on is not None


def test_a_members_page_tells_every_floor(shop: Shop, owner: Client) -> None:
    member = crowd(shop, 3)[0]
    learn(shop)
    for number in range(2):
        buy(shop, f"now-{number}", 5_000, days_ago=number, member_id=member.pk)
    page = owner.get(reverse("admin:accounts_member_change", args=[member.pk]))
    shown = page.context["overview"]
    assert [line.movement.points for line in shown.movements] == [50, 50]
    assert all(line.reasons for line in shown.movements)
    assert len(shown.reasons) == 3
    assert shown.worth == "5.00 SAR"
    assert {message.recipe.kind for message in shown.messages} == {"reactivation"}
    assert [consent.granted for consent in shown.consents] == [True]


def test_approving_lets_a_run_go_once(shop: Shop, owner: Client) -> None:
    crowd(shop, 4)
    learn(shop)
    run = Run.objects.get(merchant=shop.merchant, state="waiting")
    page = owner.get(reverse("admin:approval", args=[run.pk]))
    assert {text.language for text in page.context["shown"].texts} == {"ar", "en"}
    assert all(person.reasons for person in page.context["shown"].members)
    path = reverse("admin:approval_decide", args=[run.pk])
    assert owner.get(path).status_code == 405  # a link never decides
    owner.post(path, {"approve": ""})
    run.refresh_from_db()
    assert (run.state, run.decided_by) == ("approved", f"staff:{shop.staff['owner'].pk}")
    refused = owner.post(path, {"reject": ""}, follow=True)
    assert "already been decided" in refused.content.decode()


def test_an_analyst_may_read_a_run_and_not_decide(shop: Shop, sign_in: SignIn) -> None:
    crowd(shop, 4)
    learn(shop)
    run = Run.objects.get(merchant=shop.merchant, state="waiting")
    analyst = sign_in(shop.staff["analyst"])
    page = analyst.get(reverse("admin:approval", args=[run.pk]))
    assert "Approve and send" not in page.content.decode()
    analyst.post(reverse("admin:approval_decide", args=[run.pk]), {"approve": ""})
    run.refresh_from_db()
    assert run.state == "waiting"


def test_terms_are_drafted_edited_and_published(shop: Shop, owner: Client) -> None:
    """Money is typed in riyals; a GET publishes nothing; what is published is read only."""
    path = reverse("admin:programs_programmeversion_edit_draft")
    assert not ProgrammeVersion.objects.filter(published_at=None, programme__merchant=shop.merchant).exists()
    owner.get(path)
    assert not ProgrammeVersion.objects.filter(published_at=None, programme__merchant=shop.merchant).exists()
    owner.post(path)
    draft = ProgrammeVersion.objects.get(published_at=None, programme__merchant=shop.merchant)
    edit = reverse("admin:programs_programmeversion_change", args=[draft.pk])
    fields = posted(owner.get(edit)) | {"block_value_minor": "٣٠٫٥٠"}
    assert fields["rules-0-per_minor"] == "1.00"
    answer = owner.post(edit, fields)
    assert answer.status_code == 302, answer.context["errors"]
    draft.refresh_from_db()
    assert draft.block_value_minor == 3_050
    publish = reverse("admin:programs_programmeversion_publish", args=[draft.pk])
    assert "30.50 SAR" in owner.get(publish).content.decode()
    draft.refresh_from_db()
    assert draft.published_at is None
    owner.post(publish, {})
    draft.refresh_from_db()
    assert draft.effective_from == NOW
    assert owner.post(edit, fields).status_code == 403


def test_a_draft_with_problems_is_not_publishable(shop: Shop, owner: Client) -> None:
    draft = draft_of(programme=shop.version.programme)
    draft.tiers.filter(code="bronze").update(threshold_minor=100)
    page = owner.post(reverse("admin:programs_programmeversion_publish", args=[draft.pk]), {})
    draft.refresh_from_db()
    assert draft.published_at is None
    assert "The first tier starts from zero." in page.content.decode()


def posted(page: Any) -> dict[str, Any]:
    """Return what a browser would post from a change page as it stands."""
    forms = [page.context["adminform"].form]
    data: dict[str, Any] = {}
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    for form in forms:
        for field in form:
            value = field.value()
            if value is True:
                data[field.html_name] = "on"
            elif value is not None and value is not False and not isinstance(value, FieldFile):
                data[field.html_name] = value
    return data


def test_words_of_a_recipe_become_a_new_version(shop: Shop, owner: Client) -> None:
    recipe = Recipe.objects.get(merchant=shop.merchant, kind="welcome")
    path = reverse("admin:campaigns_recipe_change", args=[recipe.pk])
    fields = posted(owner.get(path))
    refused = owner.post(path, fields | {"body_en": "Hello {nobody}"})
    assert "nobody" in str(refused.context["errors"])
    owner.post(path, fields | {"body_en": "Hello[ {name}], welcome.", "valid_hours": "24"})
    recipe.refresh_from_db()
    assert [version.number for version in recipe.templates.all()] == [2, 1]
    assert recipe.settings["valid_hours"] == 24
    owner.post(path, {name: value for name, value in fields.items() if name != "is_enabled"})
    recipe.refresh_from_db()
    assert not recipe.is_enabled


def test_times_are_told_in_the_merchants_zone(shop: Shop, owner: Client) -> None:
    purchase = Purchase.objects.filter(merchant=shop.merchant)[0]
    page = owner.get(reverse("admin:ledger_purchase_change", args=[purchase.pk])).content.decode()
    assert "12 November 2026, 12:00 PM" in page  # 09:00 UTC
