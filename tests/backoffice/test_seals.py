"""The seals page, its file, and the alarm: for whom, in both languages, and gone when all is well."""

import pytest
from django.test import Client
from django.utils import translation

from ledger.models import Balance
from ledger.proving.heads import as_csv
from ledger.proving.nightly import verify
from ledger.seals.sealing import seal
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Cast

ALARM = "bo-alarm"


def prove(stage: Cast, *, broken: bool) -> None:
    """Seal and prove our shop's books, after somebody wrote in the database or not."""
    merchant = stage.shop.merchant
    seal(clock=lambda: NOW)
    balances = Balance.objects.filter(merchant=merchant)
    before = balances.values_list("earned_ever", flat=True)[0]
    if broken:
        balances.update(earned_ever=before + 1)
    verify(merchant=merchant, clock=lambda: NOW)
    balances.update(earned_ever=before)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_alarm_says_where_and_what_to_do_on_every_page(stage: Cast, owner: Client, language: str) -> None:
    prove(stage, broken=True)
    owner.cookies["django_language"] = language
    for page in ("/admin/", "/admin/seals/", "/admin/accounts/member/"):
        text = owner.get(page).content.decode()
        assert ALARM in text, page
        assert f"balance, earned_ever: member {stage.shop.member.pk}" in text
    with translation.override(language):
        assert (
            translation.gettext("What to do when the books do not add up")
            in owner.get("/admin/seals/").content.decode()
        )


def test_there_is_no_alarm_when_all_is_well(stage: Cast, owner: Client) -> None:
    prove(stage, broken=False)
    assert ALARM not in owner.get("/admin/").content.decode()
    prove(stage, broken=True)
    assert ALARM in owner.get("/admin/").content.decode()
    prove(stage, broken=False)
    assert ALARM not in owner.get("/admin/").content.decode()


def test_the_rival_sees_neither_our_alarm_nor_our_seals(stage: Cast, sign_in: SignIn) -> None:
    prove(stage, broken=True)
    rival = sign_in(stage.rival.staff["owner"])
    page = rival.get("/admin/seals/").content.decode()
    assert ALARM not in page
    assert rival.get("/admin/seals/heads.csv").content.decode() == as_csv(stage.rival.merchant)


def test_the_seals_come_as_a_file(stage: Cast, owner: Client) -> None:
    prove(stage, broken=False)
    answer = owner.get("/admin/seals/heads.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert answer.content.decode() == as_csv(stage.shop.merchant)
    assert "oasis" in answer["Content-Disposition"]
    assert as_csv(stage.shop.merchant).count("\n") == 2
