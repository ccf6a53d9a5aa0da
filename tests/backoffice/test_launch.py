"""The launch plan ticks itself, the pilot is chosen and reviewed, and the launch opens it to everybody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.joining import join
from accounts.models import Branch, Member, Merchant, Staff, User
from campaigns.recipes import install_recipes
from ledger.event import LineItem
from ledger.events import PurchaseMade, RedemptionIssued
from ledger.models import Purchase
from ledger.posting import post
from loyalty_site.backoffice.launch_facts import facts_of
from loyalty_site.backoffice.launch_steps import Plan, plan_of
from programs.models import AudienceMember, Programme, ProgrammeState, Reward
from programs.pilots import sample
from programs.publishing import create_blueprint, publish
from tests.backoffice.conftest import SignIn, buy
from tests.backoffice.test_desk_budgets import BUDGET, asked
from tests.cast import NOW, PASSWORD, Cast, Shop, generous, make_key, open_shop

PLAN, PILOT, REVIEW = "/admin/launch/", "/admin/launch/pilot/", "/admin/launch/review/"


@pytest.fixture
def dunes(stage: Cast) -> Shop:
    """A shop with members whose programme is still a draft."""
    return open_shop("dunes", "0501112233", live=False)


@pytest.fixture
def hand(dunes: Shop, sign_in: SignIn) -> Client:
    """Its owner."""
    return sign_in(dunes.staff["owner"])


def plan(merchant: Merchant) -> Plan:
    merchant.refresh_from_db()
    with override("en"):
        return plan_of(facts_of(merchant, now=timezone.now()))


def bring(shop: Shop, count: int) -> list[Member]:
    """Bring members."""
    return [
        join(
            merchant=shop.merchant, now=NOW, source="test", actor="test", quiet=True,
            phone=f"05544{number:05d}", given_name="A", family_name=f"B{number}",
        )[0]
        for number in range(count)
    ]  # fmt: skip


def earned(shop: Shop, member: Member, key: str, at: Any, amount: int = 10_000) -> int:
    """Post a purchase; returns the points it earned."""
    event = PurchaseMade(
        merchant_id=shop.merchant.pk, member_id=member.pk, source="test", actor="test", occurred_at=at,
        key=key, lines=(LineItem(amount),), branch_id=shop.branch.pk, quiet=True,
    )  # fmt: skip
    post(event, now=at)
    return Purchase.objects.get(merchant=shop.merchant, external_id=key).points


def test_every_step_is_done_by_the_data_and_by_nothing_else(clock: Any, db: None, settings: Any) -> None:
    """A merchant begins with nothing; each fact ticks the steps it makes true and no other."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    merchant = Merchant.objects.create(slug="new", name_ar="جديد", name_en="New")
    assert (plan(merchant).done, plan(merchant).percent, plan(merchant).current) == (0, 0, 1)

    def named() -> None:
        Programme.objects.filter(merchant=merchant).update(name_ar="أصدقاؤنا", name_en="Our friends")

    def opened() -> None:
        version = Programme.objects.get(merchant=merchant).versions.get()
        publish(version=version, actor="test", effective_from=NOW, now=NOW, pilot=True)

    def took_part() -> None:
        member = join(
            merchant=merchant, now=NOW, source="test", actor="test", quiet=True,
            phone="0509990000", given_name="A", family_name="B",
        )[0]  # fmt: skip
        AudienceMember.objects.create(merchant=merchant, audience="pilot", member=member, since=NOW)

    def logo() -> None:
        merchant.logo.save("logo.png", ContentFile(b"png"))

    ticks: list[tuple[Callable[[], object], set[str]]] = [
        (
            lambda: create_blueprint(merchant=merchant),
            {"A rule by which purchases earn", "A reward within reach"},
        ),
        (named, {"A programme with a name of its own"}),
        (lambda: generous(merchant), {"What you keep of a sale"}),
        (logo, {"Your logo and colour"}),
        (
            lambda: Branch.objects.create(merchant=merchant, code="a", name_ar="ا", name_en="A"),
            {"A branch"},
        ),
        (lambda: make_key(merchant, "read"), set()),
        (lambda: make_key(merchant, "till"), {"Somebody or something at the till"}),
        (
            lambda: install_recipes(merchant=merchant, now=NOW),
            {"A message that speaks by itself", "A channel that reaches out"},
        ),
        (took_part, {"A pilot group"}),
        (
            opened,
            {"Terms that everybody can read", "The programme is open to the pilot group"},
        ),
    ]
    done: set[str] = set()
    for act, expected in ticks:
        act()
        found = {step.title for week in plan(merchant).weeks for step in week.steps if step.is_done}
        assert found - done == expected
        assert done <= found
        done = found
    assert plan(merchant).current == 3


def test_steps_fall_open_again_when_their_fact_goes(hand: Client, dunes: Shop, settings: Any) -> None:
    version = dunes.version
    before = plan(dunes.merchant).done
    Reward.objects.filter(version=version).update(tiers=["gold"])
    assert plan(dunes.merchant).done == before - 1
    settings.EMAIL_BACKEND = "loyalty_site.mail.ShowingBackend"
    install_recipes(merchant=dunes.merchant, now=NOW)
    html = hand.get(PLAN).content.decode()
    assert "today no letter leaves" in html


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_step_leads_to_a_page_that_opens(dunes: Shop, sign_in: SignIn, language: str) -> None:
    client = sign_in(dunes.staff["owner"], language)
    for week in plan(dunes.merchant).weeks:
        for step in week.steps:
            assert client.get(step.link, follow=True).status_code == 200, step.title
    for address in (PLAN, PILOT, REVIEW, "/admin/kit/"):
        assert client.get(address).status_code == 200


def test_a_merchant_without_a_programme_can_open_every_page(sign_in: SignIn, stage: Cast) -> None:
    merchant = Merchant.objects.create(slug="bare", name_ar="جديد", name_en="Bare")
    user = User.objects.create_user("o@bare.example", PASSWORD, language="en")
    Staff.objects.create(user=user, merchant=merchant, role="owner")
    client = sign_in(user)
    for address in (PLAN, PILOT, REVIEW, "/admin/kit/", "/admin/"):
        assert client.get(address).status_code == 200
    assert client.post(PILOT, {"by": "percent", "percent": "10", "confirm": ""}).status_code == 200
    assert not AudienceMember.objects.exists()


def test_the_dashboard_shows_the_plan_until_the_launch(hand: Client, owner: Client, dunes: Shop) -> None:
    assert "The whole launch plan" in hand.get("/admin/").content.decode()
    publish(version=dunes.version, actor="t", effective_from=NOW, now=NOW, pilot=True)
    shown = hand.get("/admin/").content.decode()
    assert 'href="/admin/launch/"' in shown
    assert "steps are done" in shown
    assert "steps are done" not in owner.get("/admin/").content.decode()


def test_the_group_is_counted_before_it_counts(hand: Client, dunes: Shop) -> None:
    bring(dunes, 60)
    choice = {"by": "percent", "percent": "٢٠%"}
    counted = hand.post(PILOT, choice).content.decode()
    assert "would take part" in counted
    assert not AudienceMember.objects.exists()
    hand.post(PILOT, choice | {"confirm": ""})
    chosen = set(AudienceMember.objects.values_list("member", flat=True))
    assert chosen == sample(dunes.merchant, 20)
    assert f"{len(chosen)} members would take part" in counted
    again = hand.post(PILOT, {"by": "percent", "percent": "50"}).content.decode()
    assert f"Staying: {len(chosen)}." in again
    hand.post(PILOT, {"end": ""})
    assert not AudienceMember.objects.filter(until=None).exists()
    assert AudienceMember.objects.count() == len(chosen)


def test_a_branch_is_where_somebody_bought_last(hand: Client, dunes: Shop) -> None:
    publish(version=dunes.version, actor="t", effective_from=NOW, now=NOW, pilot=True)
    other = Branch.objects.create(merchant=dunes.merchant, code="b", name_ar="ب", name_en="B")
    here, there, _nowhere = bring(dunes, 3)
    for member, first, last in ((here, other, dunes.branch), (there, dunes.branch, other)):
        for days, branch in ((9, first), (2, last)):
            buy(Shop(dunes.merchant, branch, dunes.version, {}, member, {}), f"{member.pk}-{days}", 5_000,
                days_ago=days, member_id=member.pk)  # fmt: skip
    hand.post(PILOT, {"by": "branch", "branch": str(dunes.branch.pk), "confirm": ""})
    assert list(AudienceMember.objects.values_list("member", flat=True)) == [here.pk]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": "percent"}, "Say which one."),
        ({"by": "percent", "percent": "0"}, "greater than or equal to 1"),
        ({"by": "percent", "percent": "51"}, "less than or equal to 50"),
        ({"by": "percent", "percent": "ten"}, "Enter a whole number"),
        ({"by": "branch"}, "Say which one."),
        ({"by": "branch", "branch": "rival"}, "Select a valid choice"),
        ({"by": "segment", "segment": "rivals-best"}, "Say which one."),
        ({"by": "everybody"}, "Select a valid choice"),
        ({}, "This field is required"),
    ],
)
def test_a_choice_that_cannot_be_is_named(
    hand: Client, stage: Cast, asked: dict[str, str], said: str
) -> None:
    """A rival's branch and a rival's segment are none of the choices."""
    AudienceMember.objects.create(
        merchant=stage.rival.merchant, audience="rivals-best", member=stage.rival.member, since=NOW
    )
    if asked.get("branch") == "rival":
        asked = asked | {"branch": str(stage.rival.branch.pk)}
    answer = hand.post(PILOT, asked | {"confirm": ""})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not AudienceMember.objects.filter(audience="pilot").exists()


def test_who_may_look_and_who_may_choose(dunes: Shop, sign_in: SignIn, stage: Cast, owner: Client) -> None:
    choice = {"by": "percent", "percent": "50", "confirm": ""}
    bring(dunes, 30)
    expected = {"owner": (200, 302), "manager": (200, 302), "analyst": (200, 403)}
    for role, (look, choose) in expected.items():
        client = sign_in(dunes.staff[role])
        assert client.get(PILOT).status_code == look
        assert client.post(PILOT, choice).status_code == choose
    cashier = sign_in(dunes.staff["cashier"])
    for address in (PLAN, PILOT, REVIEW):
        assert cashier.get(address).status_code in (302, 403)
        assert Client().get(address).status_code == 302
    owner.post(PILOT, choice)  # whose programme is live
    assert set(AudienceMember.objects.values_list("merchant", flat=True)) == {dunes.merchant.pk}


def test_from_the_choice_to_the_launch(hand: Client, dunes: Shop, clock: Any) -> None:
    """Only the group earns, the review tells what it did, and the launch lets everybody earn."""
    inside, outside, *_rest = bring(dunes, 2)
    AudienceMember.objects.create(merchant=dunes.merchant, audience="vip", member=inside, since=NOW)
    hand.post(PILOT, {"by": "segment", "segment": "vip", "confirm": ""})
    publish(version=dunes.version, actor="t", effective_from=NOW, now=NOW, pilot=True)
    noon = NOW + timedelta(days=1)
    clock.move_to(noon)
    assert [earned(dunes, one, f"p{one.pk}", noon) for one in (inside, outside)] == [100, 0]
    clock.move_to(NOW + timedelta(days=8))
    assert "So far 8 days and 1 purchase" in hand.get(PLAN).content.decode()
    review = hand.get(REVIEW).content.decode()
    go_live = reverse("admin:programs_programme_go_live", args=[dunes.version.programme_id])
    assert go_live in review
    assert "From now on every member earns points" in hand.get(go_live).content.decode()
    assert Programme.objects.get(merchant=dunes.merchant).state == ProgrammeState.PILOT
    hand.post(go_live)
    launched = NOW + timedelta(days=8)
    assert earned(dunes, outside, "after", launched) == 100
    assert AudienceMember.objects.get(audience="pilot").until == launched
    assert not plan(dunes.merchant).weeks[3].is_done
    clock.move_to(launched + timedelta(hours=1))
    join(
        merchant=dunes.merchant, now=launched + timedelta(hours=1), source="test", actor="test", quiet=True,
        phone="0509990001", given_name="A", family_name="B",
    )  # fmt: skip
    assert plan(dunes.merchant).weeks[3].is_done
    assert go_live not in hand.get(REVIEW).content.decode()


def test_a_launch_without_a_pilot_leaves_its_week_out(shop: Shop) -> None:
    week = plan(shop.merchant).weeks[2]
    assert week.is_done
    assert all("opened to everybody at once" in step.hint for step in week.steps)


def test_the_review_counts_what_members_did_while_they_took_part(
    hand: Client, dunes: Shop, clock: Any
) -> None:
    first, second, outside = bring(dunes, 3)
    for member in (first, second):
        AudienceMember.objects.create(merchant=dunes.merchant, audience="pilot", member=member, since=NOW)
    assert "The pilot has not begun" in hand.get(REVIEW).content.decode()
    publish(version=dunes.version, actor="t", effective_from=NOW, now=NOW, pilot=True)
    for number, (member, days, amount) in enumerate(
        [(first, 1, 40_000), (first, 2, 20_000), (outside, 2, 90_000), (second, 9, 10_000)]
    ):
        at = NOW + timedelta(days=days)
        clock.move_to(at)
        if days == 9:
            AudienceMember.objects.filter(member=second).update(until=NOW + timedelta(days=5))
        earned(dunes, member, f"r{number}", at, amount)
    at = NOW + timedelta(days=3)
    redeemed = RedemptionIssued(
        merchant_id=dunes.merchant.pk, member_id=first.pk, source="test", actor="test", occurred_at=at,
        key="r", points=500,
    )  # fmt: skip
    post(redeemed, now=NOW + timedelta(days=9))
    context = hand.get(REVIEW).context
    found, figures = context["found"], {one.title: (one.value, one.note) for one in context["figures"]}
    assert (found.members, found.buyers, found.orders, found.revenue_minor) == (2, 1, 2, 60_000)
    assert (found.issued, found.used) == (600, 500)
    assert figures["Points given"] == ("600", "worth 30.00 SAR, 5.0% of what they bought for")
    assert figures["Points used"] == ("500", "worth 25.00 SAR, 4.2% of what they bought for")
    assert figures["Came back during the pilot"] == ("too few to tell", "1 of 1 buyers")
    assert context["told"] == "Too few bought to tell whether members come back more often."


def test_the_pages_questions_do_not_grow_with_the_members(hand: Client, dunes: Shop) -> None:
    def fill(first: int, count: int) -> None:
        for member in bring(dunes, first + count)[first:]:
            AudienceMember.objects.create(merchant=dunes.merchant, audience="pilot", member=member, since=NOW)
            buy(dunes, f"b{member.pk}", 5_000, days_ago=0, member_id=member.pk)

    publish(version=dunes.version, actor="t", effective_from=NOW, now=NOW, pilot=True)
    fill(0, 2)
    pages = [PLAN, PILOT, REVIEW, "/admin/"]
    few = asked(hand, pages)
    fill(2, 6)
    many = asked(hand, pages)
    assert many == few
    assert max(many.values()) < BUDGET, many
