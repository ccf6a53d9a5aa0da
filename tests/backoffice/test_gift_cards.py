"""Gift cards made by hand and printed; the poster by which people check in at a branch."""

import io
import re
from typing import Any

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from accounts.models import Staff
from ledger.models import GiftCard, GiftCardRequest
from tests.backoffice.conftest import SignIn
from tests.backoffice.test_kit import text_of
from tests.cast import NOW, Cast, Shop

CARDS = "/admin/gift-cards/"


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.SITE_URL = "https://walaa.example"


def make(client: Client, **said: str) -> Any:
    """Make a card of 20 SAR for the member, as an apology."""
    form = {"member": "0501234567", "amount": "٢٠", "why": "apology", "once": "a" * 32}
    return client.post(CARDS, form | said, follow=True)


def qr(answer: Any) -> str:
    """What a phone reads off a picture."""
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.content)))
    return str(found.text)


def test_a_card_is_made_once_and_shown_with_its_code(shop: Shop, owner: Client) -> None:
    first, again = make(owner), make(owner)
    card = GiftCard.objects.get()
    assert (card.value_minor, card.why, card.member_id) == (20_00, "apology", shop.member.pk)
    assert card.actor == f"staff:{shop.staff['owner'].pk}"
    for answer in (first, again):
        assert answer.redirect_chain[-1][0] == f"{CARDS}{card.pk}/"
    grouped = " ".join(card.code[at : at + 4] for at in (0, 4, 8))
    assert grouped in first.content.decode()
    listed = owner.get(CARDS).content.decode()
    assert card.code[-4:] in listed
    assert card.code not in listed


def test_it_is_printed_with_its_code_in_both_languages(shop: Shop, owner: Client) -> None:
    make(owner, last_day="2027-01-31")
    card = GiftCard.objects.get()
    for language in ("ar", "en"):
        picture = owner.get(f"{CARDS}{card.pk}/card.{language}.png")
        assert qr(picture) == card.code
        assert "no-store" in picture["Cache-Control"]
    said = " ".join(text_of(owner.get(f"{CARDS}{card.pk}/card.en.pdf").content).split())
    assert "20.00 SAR" in said
    assert "31 January 2027" in said
    assert owner.get(f"{CARDS}{card.pk}/card.fr.pdf").status_code == 404


def test_rule_44_above_the_limit_another_person_says_yes(shop: Shop, owner: Client, sign_in: SignIn) -> None:
    waits = make(owner, amount="51", last_day="2027-01-31").content.decode()
    assert "it waits for a second person" in waits
    assert "You asked for this yourself" in waits
    asked, place = GiftCardRequest.objects.get(), f"{CARDS}requests/{GiftCardRequest.objects.get().pk}/"
    own = owner.post(place, {"approve": ""}, follow=True).content.decode()
    assert "A second person must approve this" in own
    manager, analyst = (sign_in(shop.staff[role]) for role in ("manager", "analyst"))
    listed = manager.get(CARDS).content.decode()
    assert place in listed
    assert re.search(r'href="/admin/gift-cards/"[^<]*>.*?1\s*<', listed, re.DOTALL)
    assert "31 January 2027" in analyst.get(place).content.decode()
    assert analyst.post(place, {"approve": ""}).status_code == 403
    assert not GiftCard.objects.exists()
    done = manager.post(place, {"approve": ""}, follow=True)
    card = GiftCard.objects.get()
    assert done.redirect_chain[-1][0] == f"{CARDS}{card.pk}/"
    assert place in done.content.decode()
    assert (card.value_minor, str(card.expires_on)) == (51_00, "2027-01-31")
    again = manager.post(place, {"approve": ""}, follow=True).content.decode()
    assert "decided already" in again
    asked.refresh_from_db()
    assert (asked.decided_by, asked.card) == (f"staff:{shop.staff['manager'].pk}", card)


def test_rule_44_a_card_is_refused_or_withdrawn(shop: Shop, owner: Client, sign_in: SignIn) -> None:
    manager = sign_in(shop.staff["manager"])
    for client, once, said in ((manager, "a", "Refused: no card"), (owner, "b", "Withdrawn: no card")):
        make(owner, amount="51", once=once * 32)
        place = f"{CARDS}requests/{GiftCardRequest.objects.latest('pk').pk}/"
        assert said in client.post(place, {"decline": ""}, follow=True).content.decode()
    assert not GiftCard.objects.exists()


def test_a_card_that_waits_elsewhere_is_not_there(stage: Cast, owner: Client) -> None:
    theirs = GiftCardRequest.objects.create(
        merchant=stage.rival.merchant, member=stage.rival.member, value_minor=900_00, why="given",
        source="x", key="x", asked_by="staff:0", asked_at=NOW, ripe_at=NOW,
    )  # fmt: skip
    for pk in (theirs.pk, 987_654_321):
        place = f"{CARDS}requests/{pk}/"
        assert owner.get(place).status_code == owner.post(place, {"approve": ""}).status_code == 404
    assert "900.00" not in owner.get(CARDS).content.decode()
    theirs.refresh_from_db()
    assert theirs.state == "waiting"


def test_a_card_that_is_sold_names_its_order(owner: Client) -> None:
    assert "errorlist" in make(owner, why="sold").content.decode() or not GiftCard.objects.exists()
    make(owner, why="sold", order="S-1", amount="1000")
    assert GiftCard.objects.get().order_ref == "S-1"


def test_nobody_makes_their_own_card(shop: Shop, owner: Client) -> None:
    Staff.objects.filter(user=shop.staff["owner"]).update(phone=shop.member.phone)
    assert "Somebody else must do it" in make(owner).content.decode()
    assert not GiftCard.objects.exists()


def test_what_is_left_is_cancelled_and_the_page_says_by_whom(owner: Client) -> None:
    make(owner)
    card = GiftCard.objects.get()
    done = owner.post(f"{CARDS}{card.pk}/", follow=True).content.decode()
    assert "The gift card is cancelled." in done
    card.refresh_from_db()
    assert (card.balance_minor, card.closed_at is None) == (0, False)
    assert "Cancel what is left on it" not in done


def test_analysts_see_the_list_without_the_codes_and_cashiers_nothing(
    shop: Shop, owner: Client, sign_in: SignIn
) -> None:
    make(owner)
    card = GiftCard.objects.get()
    analyst, cashier = (sign_in(shop.staff[role]) for role in ("analyst", "cashier"))
    listed = analyst.get(CARDS).content.decode()
    assert "Make the card" not in listed
    assert f"{CARDS}{card.pk}/" not in listed
    assert analyst.post(CARDS, {}).status_code == 403
    for path in (f"{CARDS}{card.pk}/", f"{CARDS}{card.pk}/card.en.pdf"):
        assert analyst.get(path).status_code == 403
    assert cashier.get(CARDS).status_code in {302, 403}


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_branchs_poster_leads_to_its_check_in(shop: Shop, owner: Client, language: str) -> None:
    pk = shop.branch.pk
    page = owner.get(f"/admin/branches/{pk}/check-in/").content.decode()
    assert "By today" in page
    file = f"/admin/branches/{pk}/check-in/check-in-a5.{language}.png"
    leads_to = qr(owner.get(file))
    assert leads_to.startswith("https://walaa.example/m/oasis/here/")
    assert Client().get(leads_to.removeprefix("https://walaa.example")).status_code == 302
    branch = owner.get(f"/admin/accounts/branch/{pk}/change/").content.decode()
    assert f"/admin/branches/{pk}/check-in/" in branch


def test_a_closed_or_foreign_branch_has_no_poster(stage: Cast, owner: Client) -> None:
    ours, theirs = stage.shop.branch, stage.rival.branch
    type(ours).objects.filter(pk=ours.pk).update(is_active=False)
    for branch in (ours, theirs):
        assert owner.get(f"/admin/branches/{branch.pk}/check-in/").status_code == 404
        assert owner.get(f"/admin/branches/{branch.pk}/check-in/check-in-a4.en.pdf").status_code == 404
    assert owner.get(f"/admin/branches/{ours.pk}/check-in/poster-a4.en.pdf").status_code == 404
