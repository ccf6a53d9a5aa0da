"""Each recipe lives: one click in an empty shop, published through the guard, then a life of a member.

They join in the portal, buy through the API, fill a card and win a badge, reach Gold, and spend their points
in the portal and at the till.
"""

import re
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.models import Branch, Member, Merchant, Staff, User
from accounts.models.keys import Scope
from accounts.models.staff import Role
from ledger.bulk.activating import activate
from ledger.models import Achievement, Redemption
from programs.models import ProgrammeVersion, TermsAnswer
from programs.recipes.reading import Recipe, recipes
from tests.api.conftest import Caller
from tests.cast import NOW, PASSWORD, make_key
from tests.portal import carrier

pytestmark = pytest.mark.postgres
PHONE = "0551234567"


class Life:
    """A shop that was empty, its owner's hand, its till, and one member's browser."""

    def __init__(self, recipe: Recipe, clock: time_machine.Traveller) -> None:
        self.recipe, self.clock, self.orders = recipe, clock, count(1)
        self.merchant = Merchant.objects.create(
            slug="new", name_ar="ركن", name_en="Corner", sector=recipe.sector
        )
        Branch.objects.create(merchant=self.merchant, code="main", name_ar="الرئيسي", name_en="Main")
        user = User.objects.create_user("owner@new.example", PASSWORD, language="en")
        Staff.objects.create(user=user, merchant=self.merchant, role=Role.OWNER)
        self.owner = Client(headers={"accept-language": "en"})
        self.owner.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        self.api = Caller(make_key(self.merchant, Scope.SHOP))
        self.till = Caller(make_key(self.merchant, Scope.TILL))
        self.browser = Client(headers={"accept-language": "en"})

    def publish(self) -> ProgrammeVersion:
        """One click, the margin said once, one more click."""
        made = self.owner.post(f"/admin/sectors/{self.recipe.code}/")
        assert made.status_code == 302
        draft = ProgrammeVersion.objects.get(programme__merchant=self.merchant)
        figures = {"gross": str(self.recipe.gross), "vat": "15", "ceiling": "10", "by_category": ""}
        self.owner.post("/admin/margin/", figures)
        self.owner.post(f"/admin/programs/programmeversion/{draft.pk}/publish/", {})
        draft.refresh_from_db()
        assert draft.is_published
        return draft

    def join(self) -> Member:
        """Come in by the phone's code, and agree to what is shown."""
        self.come_back()
        form = self.browser.get("/m/new/join/").content.decode()
        (shown,) = re.findall(r'name="terms" value="(\d+)"', form)
        self.at("join/", given_name="Lama", language="en", terms=shown)
        return Member.objects.get(merchant=self.merchant)

    def come_back(self) -> None:
        """Sign in again, weeks later."""
        self.at("sign-in/", destination=PHONE)
        self.at("code/", code=carrier.kept[-1][1])

    def at(self, path: str, **said: Any) -> Any:
        return self.browser.post(f"/m/new/{path}", said)

    def page(self, path: str = "") -> str:
        return self.browser.get(f"/m/new/{path}").content.decode()

    def buy(self, number: str, amount: str) -> Any:
        """One order a day: the day begins when the one before is over."""
        self.clock.shift(timedelta(days=1))
        return self.api.post(
            "purchases", {"member": number, "order": f"o-{next(self.orders)}", "amount": amount}
        )

    def balance(self, number: str) -> Any:
        return self.api.get(f"members/{number}/balance")


@pytest.fixture(params=[pytest.param(recipe, id=recipe.code) for recipe in recipes()])
def life(request: pytest.FixtureRequest, db: None, clock: time_machine.Traveller, settings: Settings) -> Life:
    """A shop of each sector."""
    carrier.kept.clear()
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    return Life(request.param, clock)


def test_a_recipe_earns_stamps_badges_upgrades_and_redeems(life: Life) -> None:
    version = life.publish()
    member = life.join()
    assert TermsAnswer.objects.get(member=member).edition.version_id == version.pk
    _earn_by_an_event(life, member)
    _fill_a_card_and_win_a_badge(life, member, version)
    _reach_gold(life, member, version)
    _spend(life, member, version)


def _earn_by_an_event(life: Life, member: Member) -> None:
    """Something that is no purchase: a review, a check-in, a bag brought back."""
    rules = [rule for rule in life.recipe.said["rules"] if rule.get("trigger", "sign-up") != "sign-up"]
    for rule in rules[:1]:
        told = life.api.post("events", {"event": rule["trigger"], "id": "e-1", "member": member.number})
        assert told["points"] == rule["points"]


def _fill_a_card_and_win_a_badge(life: Life, member: Member, version: ProgrammeVersion) -> None:
    """As many visits as the milestone asks: the card is full on the way, its voucher is used at the till."""
    card, goal = version.cards.get(), version.challenges.filter(kind="milestone").earliest("target")
    amount = f"{max(card.min_amount_minor, goal.min_amount_minor) / 100:.2f}"
    visits = max(card.stamps, int(goal.target))
    for visit in range(1, visits + 1):
        bought = life.buy(member.number, amount)
        assert bought["points"] > 0
        full = Redemption.objects.filter(member=member, origin="card").count()
        assert full == visit // card.stamps, "so many stamps, one reward"
    voucher = Redemption.objects.filter(member=member, origin="card").latest("pk")
    assert (voucher.points, voucher.reward_code) == (0, card.reward)
    used = life.till.post(f"redemptions/{voucher.code}/use", {"order": "o-1"}, 200, once="use-voucher")
    assert used["state"] == "used"
    won = Achievement.objects.filter(member=member, kind="challenge").exclude(badge="")
    assert goal.badge in set(won.values_list("badge", flat=True))


def _reach_gold(life: Life, member: Member, version: ProgrammeVersion) -> None:
    """One order as large as Gold asks; the next one is priced as Gold's, and the portal says so."""
    gold = version.tiers.get(code="gold")
    life.buy(member.number, f"{gold.threshold_minor / 100:.2f}")
    assert life.balance(member.number)["tier"]["code"] == "gold"
    life.come_back()
    assert "Gold" in life.page()
    priced = life.buy(member.number, "400")
    assert any("Gold" in reason["text"] or "×" in reason["text"] for reason in priced["reasons"])


def _spend(life: Life, member: Member, version: ProgrammeVersion) -> None:
    """The cheapest reward in the portal, its code used at the till; the points are gone once."""
    life.clock.shift(timedelta(days=10))
    activate(merchant=life.merchant, now=NOW + timedelta(days=60))
    reward = version.rewards.filter(points__gt=0).earliest("points")
    before = life.balance(member.number)["available"]
    life.come_back()
    form = life.page(f"rewards/{reward.code}/")
    (token,) = re.findall(r'name="token" value="([0-9a-f]{32})"', form)
    life.at(f"rewards/{reward.code}/", token=token)
    issued = Redemption.objects.get(member=member, origin="points")
    assert life.balance(member.number)["available"] == before - reward.points
    assert life.till.post(f"redemptions/{issued.code}/use", {}, 200, once="use")["state"] == "used"
