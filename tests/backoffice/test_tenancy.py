"""Nobody sees or touches another merchant's rows; a rival's id is answered as one that does not exist."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.access import RIGHTS
from accounts.models import ApiKey, Branch, Member, Merchant, Staff, Takeout, User
from accounts.models.staff import Role
from accounts.operator_admin import OperatorAdmin
from accounts.tenant_admin import TenantAdmin, TenantRelatedFilter
from campaigns.models import Message, MessageState, Recipe, WebhookDelivery, WebhookEndpoint
from ledger.models import ImportRun, Membership, Movement, Purchase, Redemption, UnclaimedOrder
from programs.models import Cause, MemberEvent, OccasionDays, Programme, ProgrammeVersion
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Cast, Shop
from tests.ledger.books import Books
from tests.ledger.given import invite
from tests.ledger.subscribed import pay, sell_from_now

TENANTS = [
    ApiKey, Branch, Cause, ImportRun, Member, MemberEvent, Membership, Merchant, Message, Movement,
    OccasionDays, Programme, ProgrammeVersion, Purchase, Recipe, Redemption, Staff, Takeout,
    UnclaimedOrder, WebhookDelivery, WebhookEndpoint,
]  # fmt: skip


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def row_of(model: type[Model], shop: Shop) -> Model:
    """Return (or make) a row of ``model`` at ``shop``."""
    merchant = shop.merchant
    if model is Merchant:
        return merchant
    if model is ProgrammeVersion:
        return shop.version
    if model is Programme:
        return shop.version.programme
    if model is OccasionDays:
        days = {"first_day": NOW.date(), "last_day": NOW.date(), "year": NOW.year, "set_at": NOW}
        names = {"code": merchant.slug, "name_ar": merchant.name_ar, "name_en": merchant.name_en}
        return OccasionDays.objects.create(merchant=merchant, set_by="staff:1", **names, **days)
    if model is Cause:
        named = {"name_ar": merchant.name_ar, "name_en": merchant.name_en, "licence": merchant.slug}
        return Cause.objects.get_or_create(merchant=merchant, code="orphans", defaults=named)[0]
    if model is MemberEvent:
        return (
            invite(shop, NOW, name_en=merchant.name_en)
            if not merchant.events.exists()
            else merchant.events.get()
        )
    if model is Membership:
        held = Membership.objects.filter(merchant=merchant).first()
        if held is None:
            sell_from_now(shop)
            pay(Books(shop.member, NOW))
        return held or Membership.objects.get(merchant=merchant)
    if model is ImportRun:
        return ImportRun.objects.create(
            merchant=merchant, original_name=f"{merchant.slug}.csv", created_at=NOW, file="imports/none.csv"
        )
    if model is Takeout:
        return takeout_of(merchant)
    if model in MADE:
        return MADE[model](shop)
    row = model._default_manager.filter(merchant=merchant).first()
    assert row is not None, f"{shop.merchant} has no {model.__name__}"
    return row


def takeout_of(merchant: Merchant) -> Takeout:
    """Return (or make) a file of everything."""
    there = Takeout.objects.filter(merchant=merchant).first()
    if there is not None:
        return there
    made = Takeout(
        merchant=merchant, state="done", actor="staff:1", requested_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )  # fmt: skip
    made.file.save(f"{merchant.slug}.zip", ContentFile(b"PK"))
    return made


def message_to(shop: Shop) -> Message:
    """A message that arrived."""
    merchant, recipe = shop.merchant, Recipe.objects.filter(merchant=shop.merchant).first()
    assert recipe is not None
    return Message.objects.create(
        merchant=merchant, member=shop.member, recipe=recipe, occasion="test", channel="inbox",
        template=recipe.templates.all()[0], language="ar", state=MessageState.DELIVERED,
        planned_at=NOW, due_at=NOW, not_after=NOW, subject=f"subject of {merchant.slug}",
    )  # fmt: skip


def webhook_of(shop: Shop) -> WebhookEndpoint:
    """An address that is told what happens."""
    merchant, url = shop.merchant, f"https://{shop.merchant.slug}.example/walaa"
    named = {"code": f"wh_{merchant.slug}", "topics": ["points.earned"], "created_at": NOW}
    return WebhookEndpoint.objects.get_or_create(merchant=merchant, url=url, defaults=named)[0]


def told_by(shop: Shop) -> WebhookDelivery:
    """A message that got through to it."""
    said = {"topic": "test", "state": "done", "occurred_at": NOW, "due_at": NOW, "done_at": NOW}
    return WebhookDelivery.objects.get_or_create(
        merchant=shop.merchant,
        endpoint=webhook_of(shop),
        message_id=f"msg_{shop.merchant.slug}",
        defaults=said,
    )[0]


def sold_to_nobody(shop: Shop) -> UnclaimedOrder:
    """A sale that nobody was named for."""
    said = {"occurred_at": NOW, "recorded_at": NOW, "currency": "SAR", "total_minor": 100, "lines": []}
    return UnclaimedOrder.objects.get_or_create(
        merchant=shop.merchant, source="api", external_id=f"N-{shop.merchant.slug}", defaults=said
    )[0]


MADE: dict[type[Model], Callable[[Shop], Model]] = {
    Message: message_to, WebhookEndpoint: webhook_of, WebhookDelivery: told_by,
    UnclaimedOrder: sold_to_nobody,
}  # fmt: skip


def registered() -> Iterator[tuple[type[Model], ModelAdmin[Any]]]:
    yield from admin.site._registry.items()


def test_every_page_belongs_to_a_tenant_or_to_the_operator() -> None:
    """A new admin class cannot be forgotten here: it is one or the other."""
    kinds = {model: isinstance(page, (TenantAdmin, OperatorAdmin)) for model, page in registered()}
    strays = {model.__name__ for model, is_known in kinds.items() if not is_known}
    assert strays <= {"Authenticator"}, (
        strays
    )  # allauth's second factors: Django's own permissions, operators
    assert {model for model, page in registered() if isinstance(page, TenantAdmin)} == set(TENANTS)


def test_no_filter_offers_another_merchants_rows() -> None:
    """Django's own filter by relation lists every tenant's rows."""
    for _model, page in registered():
        if not isinstance(page, TenantAdmin):
            continue
        for entry in page.list_filter:
            name, kind = entry if isinstance(entry, tuple) else (entry, None)
            if isinstance(name, str) and page.model._meta.get_field(name).is_relation:
                assert kind is TenantRelatedFilter, (page, name)


@pytest.mark.parametrize("model", TENANTS, ids=lambda model: model.__name__)
def test_lists_hold_only_ones_own(model: type[Model], shop: Shop, rival: Shop, owner: Client) -> None:
    ours, theirs = row_of(model, shop), row_of(model, rival)
    page = owner.get(address(model, "changelist"))
    assert page.status_code == 200
    seen = {row.pk for row in page.context["cl"].queryset}
    assert ours.pk in seen
    assert theirs.pk not in seen
    assert theirs.pk not in {row.pk for row in page.context["cl"].result_list}


@pytest.mark.parametrize("model", TENANTS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_absent_and_rival_look_the_same(
    model: type[Model], page: str, shop: Shop, rival: Shop, owner: Client
) -> None:
    """Status, place and words are those of an id that never was."""
    theirs = row_of(model, rival)
    absent = "nosuch.key" if model is ApiKey else 987_654_321
    answers = []
    for pk in (theirs.pk, absent):
        answer = owner.get(address(model, page, pk), follow=True)
        said = (
            [str(message).replace(str(pk), "ID") for message in answer.context["messages"]]
            if answer.context
            else []
        )
        answers.append((answer.status_code, answer.redirect_chain, said))
    assert answers[0] == answers[1]
    name = getattr(theirs, "name", None) or str(theirs)
    assert not any(name in text for text in answers[0][2])


def test_a_rivals_row_cannot_be_posted_to(shop: Shop, rival: Shop, owner: Client) -> None:
    before = rival.member.given_name
    owner.post(address(Member, "change", rival.member.pk), {"given_name": "Mine now", "phone": "0500000000"})
    rival.member.refresh_from_db()
    assert rival.member.given_name == before


def test_a_row_cannot_be_given_to_a_rival(shop: Shop, rival: Shop, owner: Client) -> None:
    """The hidden field of the merchant takes no other merchant."""
    fields = {"merchant": rival.merchant.pk, "name_ar": "فرع", "name_en": "Branch", "code": "new"}
    owner.post(address(Branch, "add"), fields)
    assert not Branch.objects.filter(code="new").exists()
    owner.post(address(Branch, "add"), fields | {"merchant": shop.merchant.pk})
    assert Branch.objects.get(code="new").merchant == shop.merchant


def test_a_rivals_branch_cannot_be_chosen(shop: Shop, rival: Shop, owner: Client) -> None:
    post_ = Staff.objects.get(user=shop.staff["cashier"])
    fields = {"merchant": shop.merchant.pk, "role": "cashier", "branch": rival.branch.pk, "is_active": "on"}
    answer = owner.post(address(Staff, "change", post_.pk), fields)
    post_.refresh_from_db()
    assert answer.status_code == 200
    assert post_.branch == shop.branch


def test_two_merchants_of_one_owner_are_not_mixed(shop: Shop, rival: Shop, sign_in: SignIn) -> None:
    """An owner of both may reach both branches, but not put one shop's cashier in the other's branch."""
    Staff.objects.create(user=shop.staff["owner"], merchant=rival.merchant, role=Role.OWNER)
    post_ = Staff.objects.get(user=shop.staff["cashier"])
    fields = {"merchant": shop.merchant.pk, "role": "cashier", "branch": rival.branch.pk, "is_active": "on"}
    sign_in(shop.staff["owner"]).post(address(Staff, "change", post_.pk), fields)
    post_.refresh_from_db()
    assert post_.branch == shop.branch


def test_search_and_lookups_do_not_reach_over(shop: Shop, rival: Shop, owner: Client) -> None:
    queries: list[dict[str, Any]] = [
        {"q": rival.member.phone}, {"q": rival.member.number}, {"id": rival.member.pk},
    ]  # fmt: skip
    for query in queries:
        page = owner.get(address(Member, "changelist"), query, follow=True)
        assert rival.member.pk not in {row.pk for row in page.context["cl"].queryset}


@pytest.mark.parametrize("name", ["approval", "approval_decide"])
def test_a_rivals_run_is_not_there(name: str, shop: Shop, rival: Shop, owner: Client) -> None:
    from campaigns.models import Run

    recipe = Recipe.objects.get(merchant=rival.merchant, kind="reactivation")
    run = Run.objects.create(
        merchant=rival.merchant,
        recipe=recipe,
        occurrence="x",
        template=recipe.templates.all()[0],
        planned_at=NOW,
    )
    for pk in (run.pk, 987_654_321):
        path = reverse(f"admin:{name}", args=[pk])
        answer = owner.post(path, {"approve": ""}) if name.endswith("decide") else owner.get(path)
        assert answer.status_code == 404
    run.refresh_from_db()
    assert run.state == "waiting"


def test_a_rivals_draft_is_not_published(rival: Shop, owner: Client) -> None:
    path = reverse("admin:programs_programmeversion_publish", args=[rival.version.pk])
    assert owner.get(path).status_code == owner.post(path).status_code == 404


def test_strangers_and_members_stay_outside(stage: Cast, sign_in: SignIn) -> None:
    assert sign_in(stage.stranger).get("/admin/", follow=True).status_code == 403
    answer = Client().get("/admin/ledger/purchase/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=/admin/ledger/purchase/")


def test_an_account_that_was_switched_off_is_out_at_once(shop: Shop, owner: Client) -> None:
    Staff.objects.filter(user=shop.staff["owner"]).update(is_active=False)
    assert owner.get("/admin/", follow=True).status_code == 403


ROOM_OF = {model: page.room for model, page in registered() if isinstance(page, TenantAdmin)}


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.ANALYST])
@pytest.mark.parametrize("model", TENANTS, ids=lambda model: model.__name__)
def test_roles_see_what_the_table_of_rights_says(
    role: str, model: type[Model], shop: Shop, sign_in: SignIn
) -> None:
    row = row_of(model, shop)
    client = sign_in(shop.staff[role])
    may_view = "view" in RIGHTS[role].get(ROOM_OF[model], frozenset())
    for path in (address(model, "changelist"), address(model, "change", row.pk)):
        assert client.get(path).status_code == (200 if may_view else 403), path


def test_an_analyst_changes_nothing(shop: Shop, sign_in: SignIn) -> None:
    analyst = sign_in(shop.staff["analyst"])
    fields = {
        "merchant": shop.merchant.pk,
        "name_ar": "فرع",
        "name_en": "B",
        "code": "new",
        "is_active": "on",
    }
    assert analyst.post(address(Branch, "add"), fields).status_code == 403
    assert analyst.post(address(Member, "change", shop.member.pk), {"given_name": "x"}).status_code == 403
    assert analyst.get(reverse("admin:import_upload")).status_code == 403


def test_a_cashier_is_sent_to_the_till(shop: Shop, sign_in: SignIn) -> None:
    answer = sign_in(shop.staff["cashier"]).get("/admin/", follow=False)
    last = sign_in(shop.staff["cashier"]).get(answer["location"])
    assert last["location"] == "/till/"


@pytest.mark.parametrize(
    "model", [Purchase, Movement, Redemption, Message, ImportRun], ids=lambda m: m.__name__
)
@pytest.mark.parametrize("who", ["owner", "operator"])
def test_facts_are_read_only(
    model: type[Model], who: str, shop: Shop, owner: Client, operator: Client
) -> None:
    client = owner if who == "owner" else operator
    row = row_of(model, shop)
    assert client.get(address(model, "add")).status_code == 403
    assert client.post(address(model, "change", row.pk), {}).status_code == 403
    assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    client.post(address(model, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk]})
    assert model._default_manager.filter(pk=row.pk).exists()


def test_operators_see_everybody_and_merchants_see_no_operators_page(
    shop: Shop, rival: Shop, operator: Client, owner: Client
) -> None:
    page = operator.get(address(Member, "changelist"))
    assert {shop.member.pk, rival.member.pk} <= {row.pk for row in page.context["cl"].queryset}
    for model, one in registered():
        if isinstance(one, OperatorAdmin):
            assert owner.get(address(model, "changelist")).status_code == 403
            assert operator.get(address(model, "changelist")).status_code == 200


def test_the_last_owner_stays(shop: Shop, owner: Client) -> None:
    post_ = Staff.objects.get(user=shop.staff["owner"])
    fields = {"merchant": shop.merchant.pk, "role": "analyst", "branch": "", "is_active": "on"}
    page = owner.post(address(Staff, "change", post_.pk), fields, follow=True)
    post_.refresh_from_db()
    assert post_.role == Role.OWNER
    assert "at least one active owner" in page.content.decode()


def test_hiring_by_e_mail(shop: Shop, rival: Shop, owner: Client) -> None:
    """Somebody new gets an account without a password; an account that stands gets a second post."""
    for email in ("new@example.com", rival.staff["cashier"].email):
        fields = {"merchant": shop.merchant.pk, "email": email, "role": "cashier", "is_active": "on"}
        owner.post(address(Staff, "add"), fields)
        assert Staff.objects.filter(merchant=shop.merchant, user__email=email, role="cashier").exists()
    assert not User.objects.get(email="new@example.com").has_usable_password()


def test_a_key_is_shown_once(shop: Shop, owner: Client) -> None:
    fields = {"merchant": shop.merchant.pk, "name": "Main till", "scope": "till", "branch": shop.branch.pk}
    page = owner.post(address(ApiKey, "add"), fields, follow=True)
    key = ApiKey.objects.get(name="Main till")
    assert f"<code>{key.prefix}." in page.content.decode()
    assert "<code>" not in owner.get(address(ApiKey, "change", key.pk)).content.decode()
