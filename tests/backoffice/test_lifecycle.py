"""RULES D 26 from the back office: pause, resume, close, and terms that would come as a surprise."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from ledger.freezing import settle_all
from ledger.models import Lot
from programs.models import Programme, ProgrammeState
from programs.publishing import draft_of
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Shop


@pytest.fixture
def owner(shop: Shop, sign_in: SignIn) -> Client:
    return sign_in(shop.staff["owner"])


def programme(shop: Shop) -> Programme:
    return Programme.objects.get(merchant=shop.merchant)


def press(owner: Client, shop: Shop, step: str) -> Any:
    return owner.post(f"/admin/programs/programme/{programme(shop).pk}/{step}/", follow=True)


def test_rule_26_pausing_and_resuming_by_button(owner: Client, shop: Shop, clock: Any) -> None:
    first = Lot.objects.filter(member=shop.member).latest("id").expires_on
    press(owner, shop, "pause")
    assert programme(shop).state == ProgrammeState.PAUSED
    clock.move_to("2026-11-25T09:00:00Z")
    press(owner, shop, "resume")
    assert (programme(shop).state, programme(shop).resuming_at is None) == (ProgrammeState.LIVE, False)
    settle_all(now=programme(shop).resuming_at)  # type: ignore[arg-type]
    assert programme(shop).paused_at is None
    moved = Lot.objects.filter(member=shop.member).latest("id").expires_on
    assert first is not None
    assert moved is not None
    assert (moved - first).days == 10


def test_rule_26_closing_asks_first_and_says_until_when(owner: Client, shop: Shop) -> None:
    asked = owner.get(f"/admin/programs/programme/{programme(shop).pk}/close/").content.decode()
    assert "Members can spend their points until 13 February 2027" in asked
    assert programme(shop).state == ProgrammeState.LIVE
    press(owner, shop, "close")
    assert (programme(shop).state, programme(shop).closes_on) == (ProgrammeState.CLOSING, date(2027, 2, 13))


def test_rule_26_a_closing_is_taken_back_by_button_and_who_did_it_is_told(owner: Client, shop: Shop) -> None:
    before = list(Lot.objects.filter(member=shop.member).values_list("expires_on", flat=True))
    press(owner, shop, "close")
    settle_all(now=NOW)
    assert set(Lot.objects.filter(member=shop.member).values_list("expires_on", flat=True)) == {
        date(2027, 2, 13)
    }
    html = press(owner, shop, "reopen").content.decode()
    settle_all(now=NOW)
    assert (programme(shop).state, programme(shop).closes_on) == (ProgrammeState.LIVE, None)
    assert list(Lot.objects.filter(member=shop.member).values_list("expires_on", flat=True)) == before
    assert "Closing down:" in html
    assert html.count(str(shop.staff["owner"])) >= 2


def test_rule_26_only_who_may_close_may_take_it_back(shop: Shop, owner: Client, sign_in: SignIn) -> None:
    press(owner, shop, "close")
    for role in ("cashier", "analyst"):
        other = sign_in(shop.staff[role])
        press(other, shop, "reopen")
        assert programme(shop).state == ProgrammeState.CLOSING


def test_rule_26_pausing_again_at_once_by_button(owner: Client, shop: Shop) -> None:
    for step in ("pause", "resume", "pause"):
        press(owner, shop, step)
    assert programme(shop).state == ProgrammeState.PAUSED


def test_rule_26_worse_terms_are_refused_with_what_got_worse_and_from_when(owner: Client, shop: Shop) -> None:
    draft = draft_of(programme=programme(shop))
    draft.block_value_minor = 2000
    draft.save()
    where = f"/admin/programs/programmeversion/{draft.pk}/publish/"
    html = owner.post(where, {"effective_from_0": "", "effective_from_1": ""}).content.decode()
    assert "Points would buy less than today." in html
    assert "2026-12-15" in html
    draft.refresh_from_db()
    assert not draft.is_published
