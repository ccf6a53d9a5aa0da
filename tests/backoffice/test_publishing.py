"""RULES 8 through the back office: the guard beside the form, a second yes, a sole owner, never a loss."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.models import Staff
from accounts.models.staff import Role
from programs.models import EarnRule, MarginFigures, MemberPace, ProgrammeVersion, PublishRequest
from programs.publishing import draft_of
from tests.backoffice.conftest import SignIn
from tests.backoffice.test_pages import posted, queries
from tests.cast import NOW, Shop
from tests.ledger.test_second_person import second_factor

HTMX = {"HX-Request": "true"}
FIGURES = {"gross": "40", "vat": "15", "ceiling": "10", "by_category": ""}


@pytest.fixture
def draft(shop: Shop) -> ProgrammeVersion:
    """The blueprint with Gold and birthday multiplied, where 40 % are kept and 10 given back at most."""
    said(shop)
    draft = draft_of(programme=shop.version.programme)
    draft.stacking = "multiply"
    draft.save()
    return draft


@pytest.fixture
def manager(shop: Shop, sign_in: SignIn) -> Client:
    return sign_in(shop.staff["manager"])


def said(shop: Shop, *, gross: int = 40, ceiling: int = 10) -> None:
    MarginFigures.objects.create(
        merchant=shop.merchant, gross_percent=gross, vat_percent=15, ceiling_percent=ceiling,
        holds_from=NOW, said_by="test", said_at=NOW,
    )  # fmt: skip


def change(draft: ProgrammeVersion) -> str:
    return reverse("admin:programs_programmeversion_change", args=[draft.pk])


def publish(draft: ProgrammeVersion) -> str:
    return reverse("admin:programs_programmeversion_publish", args=[draft.pk])


def page_of(asked: PublishRequest) -> str:
    return reverse("admin:publish_request", args=[asked.pk])


def decide(client: Client, asked: PublishRequest, **said: str) -> str:
    path = reverse("admin:publish_request_decide", args=[asked.pk])
    return client.post(path, said or {"approve": "1"}, follow=True).content.decode()


def ask(client: Client, draft: ProgrammeVersion) -> PublishRequest:
    client.post(publish(draft), {})
    return PublishRequest.objects.get(version=draft, state="waiting")


def is_published(draft: ProgrammeVersion) -> bool:
    return ProgrammeVersion.objects.get(pk=draft.pk).is_published


@pytest.mark.postgres
def test_rule_08_gold_and_birthday_multiplied_are_blocked_at_10_percent(
    owner: Client, manager: Client, draft: ProgrammeVersion, shop: Shop
) -> None:
    shown = owner.get(publish(draft)).content.decode()
    assert "15%" in shown
    assert "17.25%" in shown
    assert "Above your ceiling" in shown
    asked = ask(owner, draft)
    assert not is_published(draft)
    assert (str(asked.rate_percent), str(asked.ceiling_percent)) == ("15.0000", "10.00")
    assert "Gold ×1.5 + Birthday ×2" in asked.worst["en"]
    assert "another owner or manager decides" in owner.get(page_of(asked)).content.decode()
    assert "A second person must approve this" in decide(owner, asked)
    assert not is_published(draft)
    decide(manager, asked)
    asked.refresh_from_db()
    version = ProgrammeVersion.objects.get(pk=draft.pk)
    assert (version.effective_from, version.published_by) == (NOW, f"staff:{shop.staff['owner'].pk}")
    assert (asked.state, asked.decided_by) == ("published", f"staff:{shop.staff['manager'].pk}")
    assert "decided already" in decide(manager, asked)


@pytest.mark.postgres
def test_rule_08_a_sole_owner_waits_a_day_and_proves_a_second_factor(
    owner: Client, draft: ProgrammeVersion, shop: Shop, clock: Any
) -> None:
    Staff.objects.filter(merchant=shop.merchant, role=Role.MANAGER).update(is_active=False)
    asked = ask(owner, draft)
    assert "You have no second factor yet" in owner.get(page_of(asked)).content.decode()
    second_factor(shop.staff["owner"])
    assert "waits a day" in owner.get(page_of(asked)).content.decode()
    assert "24 more hours" in decide(owner, asked)
    clock.move_to(NOW + timedelta(hours=24))
    assert "This code is not right" in decide(owner, asked, approve="1", code="000000")
    assert not is_published(draft)
    Authenticator.objects.all().delete()
    decide(owner, asked, approve="1", code=second_factor(shop.staff["owner"]))
    asked.refresh_from_db()
    assert (asked.state, asked.second_factor_at) == ("published", NOW + timedelta(hours=24))
    assert is_published(draft)


def test_rule_08_another_account_of_the_same_person_is_no_second_person(
    owner: Client, manager: Client, draft: ProgrammeVersion, shop: Shop
) -> None:
    Staff.objects.filter(merchant=shop.merchant).update(phone="+966500000001")
    asked = ask(owner, draft)
    assert "more hours" in decide(manager, asked)
    assert not is_published(draft)


def test_rule_08_above_the_margin_nobody_publishes(
    owner: Client, manager: Client, draft: ProgrammeVersion, shop: Shop
) -> None:
    asked = ask(owner, draft)
    said(shop, gross=17)
    page = owner.post(publish(draft), {}).content.decode()
    assert "loses money" in page
    assert "17.25%" in page
    assert "Yes, go on" not in page
    assert "loses money" in decide(manager, asked)
    assert not is_published(draft)
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_rule_08_what_was_agreed_to_is_what_is_published(
    owner: Client, manager: Client, draft: ProgrammeVersion
) -> None:
    asked = ask(owner, draft)
    EarnRule.objects.filter(version=draft, code="birthday").update(factor="2.1")
    assert "changed after this was asked" in decide(manager, asked)
    assert not is_published(draft)
    again = ask(owner, draft)
    asked.refresh_from_db()
    assert (asked.state, again.pk == asked.pk) == ("withdrawn", False)
    assert ask(owner, draft) == again  # the same draft asked for again is the same request


def test_rule_08_a_request_is_withdrawn_or_refused(
    owner: Client, manager: Client, draft: ProgrammeVersion
) -> None:
    first = ask(owner, draft)
    assert "Withdrawn." in decide(owner, first, decline="1")
    second = ask(owner, draft)
    assert "Refused." in decide(manager, second, decline="1")
    listed = owner.get(reverse("admin:publish_requests")).content.decode()
    assert listed.count("15%") == 2


def test_rule_08_within_the_ceiling_one_person_publishes(owner: Client, draft: ProgrammeVersion) -> None:
    draft.stacking = "best_of"
    draft.save()
    owner.post(publish(draft), {})
    assert is_published(draft)
    assert not PublishRequest.objects.exists()


def test_rule_08_the_margin_is_asked_before_the_first_publishing(
    owner: Client, manager: Client, shop: Shop
) -> None:
    MarginFigures.objects.filter(merchant=shop.merchant).delete()
    draft = draft_of(programme=shop.version.programme)
    page = owner.post(publish(draft), {}, follow=True)
    assert not is_published(draft)
    address, _status = page.redirect_chain[-1]
    assert address == f"{reverse('admin:margin')}?version={draft.pk}"
    form = page.context["form"]
    assert [form[name].value() for name in ("gross", "vat", "ceiling")] == ["40", "15", "10"]  # a retailer
    assert "Only an owner changes these." in manager.get(address).content.decode()
    assert manager.post(address, FIGURES).status_code == 403
    assert owner.post(address, FIGURES | {"gross": "٣٥٫٥٪"}, follow=True).redirect_chain[0][0] == publish(
        draft
    )
    row = MarginFigures.objects.get(merchant=shop.merchant)
    assert (str(row.gross_percent), row.said_by) == ("35.50", f"staff:{shop.staff['owner'].pk}")
    owner.post(publish(draft), {})
    assert is_published(draft)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("gross", "101"), ("gross", "-1"), ("gross", "NaN"), ("gross", ""), ("vat", "1e9"), ("ceiling", "x"),
        ("by_category", "coffee"), ("by_category", "= 5"), ("by_category", "coffee = 200"),
    ],
)  # fmt: skip
def test_rule_08_figures_that_cannot_be_are_refused_by_their_field(
    owner: Client, shop: Shop, field: str, typed: str
) -> None:
    before = MarginFigures.objects.count()
    page = owner.post(reverse("admin:margin"), FIGURES | {field: typed})
    assert list(page.context["form"].errors) == [field]
    assert MarginFigures.objects.count() == before


@pytest.mark.postgres
def test_rule_08_the_guard_is_live_and_saves_nothing(owner: Client, draft: ProgrammeVersion) -> None:
    fields = posted(owner.get(change(draft))) | {"stacking": "best_of", "_check": "1"}
    panel = owner.post(change(draft), fields, headers=HTMX).content.decode()
    assert "<html" not in panel
    assert "Within your ceiling" in panel
    assert "bo-guard--success" in panel
    fields["stacking"] = "multiply"
    fields["tiers-2-multiplier"] = "3"
    panel = owner.post(change(draft), fields, headers=HTMX).content.decode()
    assert "30%" in panel
    assert "bo-guard--warning" in panel
    draft.refresh_from_db()
    assert draft.stacking == "multiply"
    assert str(draft.tiers.get(code="gold").multiplier) == "1.500"


def test_rule_08_without_scripts_the_form_comes_back_as_it_was_typed(
    owner: Client, draft: ProgrammeVersion
) -> None:
    fields = posted(owner.get(change(draft))) | {"stacking": "best_of", "block_value_minor": "20"}
    page = owner.post(change(draft), fields | {"_check": ""})
    html = page.content.decode()
    assert "<html" in html
    assert "Within your ceiling" in html
    assert page.context["adminform"].form["block_value_minor"].value() == "20"
    assert not page.context["errors"]
    draft.refresh_from_db()
    assert (draft.stacking, draft.block_value_minor) == ("multiply", 2_500)


def test_rule_08_an_incomplete_form_is_told_and_not_measured(owner: Client, draft: ProgrammeVersion) -> None:
    fields = posted(owner.get(change(draft))) | {"block_points": "", "_check": "1"}
    panel = owner.post(change(draft), fields, headers=HTMX).content.decode()
    assert "Some fields are not complete yet" in panel
    assert "points in one block" in panel.lower()


def test_rule_08_numbers_that_divide_by_nothing_are_no_error(owner: Client, draft: ProgrammeVersion) -> None:
    fields = posted(owner.get(change(draft))) | {"rules-0-per_minor": "0", "_check": "1"}
    panel = owner.post(change(draft), fields, headers=HTMX)
    assert panel.status_code == 200
    assert "Say per which amount." in panel.content.decode()


def test_rule_08_a_fixed_bonus_needs_a_smallest_order(owner: Client, draft: ProgrammeVersion) -> None:
    rule = EarnRule.objects.create(
        version=draft, code="gift", name_ar="هدية", name_en="Gift", kind="fixed", points=100
    )
    page = owner.post(publish(draft), {}).content.decode()
    assert "Give it a minimum amount" in page
    assert "earnrule.gift.min_amount_minor" not in page
    assert "“Gift” · Minimum amount" in unescape(page)
    EarnRule.objects.filter(pk=rule.pk).update(min_amount_minor=10_000)
    page = owner.get(publish(draft)).content.decode()
    assert "20%" in page  # 15 % and 5 SAR of 100
    assert "on an order of 100.00 SAR" in page


def test_rule_08_points_that_die_before_the_smallest_reward_are_refused(
    owner: Client, draft: ProgrammeVersion, shop: Shop
) -> None:
    assert "not measured yet" in owner.get(publish(draft)).content.decode()
    pace = MemberPace.objects.create(
        merchant=shop.merchant, monthly_minor=1_000, monthly_orders=1, members=50, days=60, measured_at=NOW
    )
    page = owner.post(publish(draft), {}).content.decode()
    assert "A typical member of yours spends 10.00 SAR a month and has 130 points at most" in page
    assert not is_published(draft)
    pace.members = 49  # too few to judge by
    pace.save()
    assert "not measured yet" in owner.get(publish(draft)).content.decode()


def test_rule_08_a_reward_without_a_cost_counts_as_what_its_points_are_worth_and_says_so(
    owner: Client, draft: ProgrammeVersion
) -> None:
    assert "no cost" not in owner.get(change(draft)).content.decode()
    draft.rewards.filter(code="surprise").update(cost_minor=None)
    page = owner.get(change(draft)).content.decode()
    assert "1 reward has no cost: it is counted at what its points are worth." in page
    assert "15%" in page


def test_rule_08_the_panel_speaks_arabic(shop: Shop, draft: ProgrammeVersion, sign_in: SignIn) -> None:
    page = sign_in(shop.staff["owner"], "ar").get(change(draft)).content.decode()
    assert "أقصى ما يردّه هذا البرنامج" in page
    assert "ذهبي ×1.5 + عيد الميلاد ×2" in page


def test_rule_08_an_analyst_reads_and_decides_nothing(
    owner: Client, draft: ProgrammeVersion, shop: Shop, sign_in: SignIn
) -> None:
    analyst, cashier = sign_in(shop.staff["analyst"]), sign_in(shop.staff["cashier"])
    asked = ask(owner, draft)
    page = analyst.get(page_of(asked)).content.decode()
    assert "Approve and publish" not in page
    assert "Check without saving" not in analyst.get(change(draft)).content.decode()
    assert analyst.post(change(draft), {"_check": "1"}, headers=HTMX).status_code == 403
    assert analyst.get(reverse("admin:margin")).status_code == 403
    path = reverse("admin:publish_request_decide", args=[asked.pk])
    assert analyst.post(path, {"approve": "1"}).status_code == 403
    assert cashier.get(page_of(asked)).status_code in (302, 403)
    assert not is_published(draft)


def test_rule_08_a_rivals_request_is_answered_like_an_absent_one(
    rival: Shop, owner: Client, draft: ProgrammeVersion, sign_in: SignIn
) -> None:
    asked = ask(owner, draft)
    theirs = sign_in(rival.staff["owner"])
    absent = reverse("admin:publish_request", args=[10**6])
    assert theirs.get(page_of(asked)).status_code == theirs.get(absent).status_code == 404
    path = reverse("admin:publish_request_decide", args=[asked.pk])
    assert theirs.post(path, {"approve": "1"}).status_code == 404
    there, nowhere = (
        theirs.post(where, {"_check": "1"}, headers=HTMX)
        for where in (change(draft), reverse("admin:programs_programmeversion_change", args=[10**6]))
    )
    assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
    assert not theirs.get(reverse("admin:publish_requests")).context["lines"]
    assert not is_published(draft)


def test_rule_08_the_guards_questions_do_not_grow_with_the_rules(
    owner: Client, draft: ProgrammeVersion
) -> None:
    def add(numbers: range) -> int:
        for number in numbers:
            EarnRule.objects.create(
                version=draft, code=f"r{number}", name_ar="ق", name_en="R", kind="multiplier", factor="1.1",
                days_of_week=[number % 7], branches=["olaya"], tiers=["gold"],
            )  # fmt: skip
        return queries(lambda: owner.get(change(draft)))

    few = add(range(1))
    assert add(range(1, 12)) <= few <= 46
