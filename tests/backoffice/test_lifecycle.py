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
from tests.cast import Shop


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
