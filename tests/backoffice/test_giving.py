"""Causes, partners and events in the back office: what is owed, paid, agreed, checked in; and the walls."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from ledger.clearing.settling import due_minor
from ledger.models import BookSettings, CauseEntry, ClearingEntry, Occurrence, PayoutRequest, Place
from loyalty_site.portal.sessions import key_of
from programs.models import Cause, MemberEvent, Partner, PartnerOffer, Reward, RewardKind
from programs.publishing import draft_of
from programs.queries import forget_terms
from programs.validation import validate
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Shop, open_shop
from tests.ledger.books import Books
from tests.ledger.given import give, invite, open_giving_shop, sign_up


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    """A shop that gives."""
    return open_giving_shop()


@pytest.fixture
def neighbour(shop: Shop) -> Shop:
    """The shop next door."""
    return open_shop("mirage", "0507654321")


@pytest.fixture
def books(shop: Shop) -> Books:
    books = Books(shop.member, now=NOW)
    books.earn(40_000)
    return books


def once(page: str) -> str:
    found = re.search(r'name="once" value="([0-9a-f]{32})"', page)
    assert found
    return found[1]


def pay(client: Client, amount: str, reference: str = "TRX-1", **more: str) -> str:
    """Record a payout to the orphans; what the page says."""
    page = client.get(reverse("admin:giving")).content.decode()
    cause = Cause.objects.get(code="orphans")
    said = {"cause": str(cause.pk), "amount": amount, "reference": reference, "once": once(page)} | more
    return str(client.post(reverse("admin:giving"), said, follow=True).content.decode())


def test_what_is_owed_is_paid_with_a_reference_and_never_more(owner: Client, books: Books) -> None:
    give(books, 2000)
    assert "100.00 SAR" in owner.get(reverse("admin:giving")).content.decode()
    assert "No more than that can be paid out" in pay(owner, "100.01")
    assert "above zero" in pay(owner, "0") or not CauseEntry.objects.filter(kind="payout").exists()
    assert "Receipt number" in pay(owner, "60")
    assert CauseEntry.objects.get(kind="payout").amount_minor == -6000
    book = openpyxl.load_workbook(
        BytesIO(owner.get(reverse("admin:giving_file"), {"format": "xlsx"}).content)
    )
    month, journal = book.worksheets
    row = [cell.value for cell in month[2]]
    assert row[3:7] == [100, 0, 60, 40]
    debit, credit = (sum(float(str(row[place].value)) for row in list(journal.rows)[1:]) for place in (5, 6))
    assert debit == credit == 160.0
    assert owner.get(reverse("admin:giving_file"), {"format": "pdf"}).status_code == 404


def test_a_large_payout_waits_for_another_person(
    owner: Client, shop: Shop, sign_in: SignIn, books: Books
) -> None:
    give(books, 30_000)
    assert "second person" in pay(owner, "1200")
    asked = PayoutRequest.objects.get()
    page = reverse("admin:giving_payout", args=[asked.pk])
    owner.post(page, {"approve": "1"})
    assert not CauseEntry.objects.filter(kind="payout").exists()
    sign_in(shop.staff["manager"]).post(page, {"approve": "1"})
    assert CauseEntry.objects.get(kind="payout").amount_minor == -120_000


def test_the_owner_chooses_from_which_sum_two_decide(owner: Client, shop: Shop, books: Books) -> None:
    BookSettings.objects.create(merchant=shop.merchant, payout_over_minor=50_00)
    give(books, 2_000)
    assert "50.00 SAR" in owner.get(reverse("admin:giving")).content.decode()
    assert "second person" in pay(owner, "51")
    assert not CauseEntry.objects.filter(kind="payout").exists()


def test_a_cause_has_a_picture_that_members_and_machines_see(
    owner: Client, shop: Shop, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    cause = Cause.objects.get(merchant=shop.merchant, code="orphans")
    change, drawn = reverse("admin:programs_cause_change", args=[cause.pk]), BytesIO()
    Image.new("RGB", (60, 40), "#0f766e").save(drawn, "PNG")
    said = {"name_ar": "كفالة", "name_en": "Orphan care", "licence": "NCNP-1001", "is_active": "on"}

    def upload(**more: str) -> HttpResponse:
        picture = SimpleUploadedFile("a.png", drawn.getvalue(), "image/png")
        return owner.post(change, said | {"picture": picture} | more)  # type: ignore[return-value]

    assert "Say in both languages" in upload(picture_alt_ar="أطفال").content.decode()
    assert upload(picture_alt_ar="أطفال يقرؤون", picture_alt_en="Children reading").status_code == 302
    cause.refresh_from_db()
    assert Client().get(cause.picture.url)["Content-Type"] == "image/webp"
    key = {"authorization": f"Api-Key {shop.key('till')}", "accept-language": "en"}
    shown = Client(headers=key).get("/api/v1/causes").json()["results"][0]["picture"]
    assert shown["url"].endswith(cause.picture.url)
    assert shown["alt"] == "Children reading"
    browser = Client(headers={"accept-language": "ar"})
    session = browser.session
    session[key_of(shop.merchant)] = shop.member.pk
    session.save()
    for page in ("causes", "causes/orphans"):
        html = browser.get(f"/m/oasis/{page}/").content.decode()
        assert f'src="{cause.picture.url}" alt="أطفال يقرؤون"' in html


def test_analysts_look_and_cashiers_do_not(shop: Shop, sign_in: SignIn, books: Books) -> None:
    give(books, 100)
    analyst, cashier = sign_in(shop.staff["analyst"]), sign_in(shop.staff["cashier"])
    assert analyst.get(reverse("admin:giving")).status_code == 200
    assert analyst.post(reverse("admin:giving"), {"amount": "1"}).status_code == 403
    assert cashier.get(reverse("admin:giving")).status_code in (302, 403)


def test_two_shops_agree_and_clear_by_the_same_figure(
    shop: Shop, owner: Client, neighbour: Shop, sign_in: SignIn, books: Books
) -> None:
    theirs = sign_in(neighbour.staff["owner"])
    draft = shop.version.programme.versions.get()
    Reward.objects.bulk_create([Reward(
        version=draft, code="wash", name_ar="غسيل", name_en="Car wash", points=300, kind=RewardKind.PARTNER
    )])  # fmt: skip
    forget_terms()
    assert (
        "no other shop"
        in owner.post(reverse("admin:partners"), {"ask": "1", "shop": "nobody"}).content.decode()
    )
    owner.post(reverse("admin:partners"), {"ask": "1", "shop": "mirage"})
    partner = Partner.objects.get()
    page = reverse("admin:partner", args=[partner.pk])
    assert "Do you agree?" not in owner.get(page).content.decode()
    assert "Do you agree?" in theirs.get(page).content.decode()
    theirs.post(page, {"agree": "1"})
    owner.post(page, {"offer": "1", "reward": "wash", "owed": "12.00"})
    made = PartnerOffer.objects.get()
    owner.post(page, {"accept": str(made.pk)})
    made.refresh_from_db()
    assert made.state == "asked"
    theirs.post(page, {"accept": str(made.pk)})
    code = books.issue(reward_code="wash").code
    till = sign_in(neighbour.staff["cashier"])
    found = till.post("/till/find/", {"q": code}, follow=True).content.decode()
    assert "Car wash" in found
    assert "12 SAR" in found
    assert shop.member.number not in found
    assert shop.member.given_name not in found
    assert "نورة" not in found
    spare = re.search(r'name="spare" value="([^"]+)"', found)
    assert spare
    for _press in range(2):
        till.post(f"/till/vouchers/{code}/use/", {"spare": spare[1]})
    assert due_minor(partner) == 1200
    assert ClearingEntry.objects.count() == 1
    for client in (owner, theirs):
        assert "12.00 SAR" in client.get(page).content.decode()
    assert theirs.post(page, {"settle": "1", "amount": "1", "reference": "X"}).status_code == 404
    owner.post(page, {"settle": "1", "amount": "12", "reference": "TRX-1"})
    assert due_minor(partner) == 0
    third = open_shop("dune", "0503333333")
    stranger = sign_in(third.staff["owner"])
    for path in (page, reverse("admin:partner_file", args=[partner.pk])):
        assert stranger.get(path).status_code == 404
    assert sign_in(shop.staff["cashier"]).post("/till/find/", {"q": code}, follow=True).status_code == 200


def test_an_outside_partner_has_a_page_of_its_own(shop: Shop, owner: Client, books: Books) -> None:
    Reward.objects.bulk_create([Reward(
        version=shop.version, code="wash", name_ar="غسيل سيارة", name_en="Car wash", points=300,
        kind=RewardKind.PARTNER,
    )])  # fmt: skip
    forget_terms()
    said = {"enter": "1", "name_ar": "اللمعان", "name_en": "Shine", "contact": "Sami"}
    told = owner.post(reverse("admin:partners"), said, follow=True).content.decode()
    pin = re.search(r"PIN (\d{6})", told)
    assert pin
    partner = Partner.objects.get()
    owner.post(reverse("admin:partner", args=[partner.pk]), {"offer": "1", "reward": "wash", "owed": "9"})
    voucher, money = books.issue(reward_code="wash").code, books.issue(500).code
    guest, door = Client(headers={"accept-language": "ar"}), f"/p/{partner.link_code}/"
    assert guest.post(door, {"code": voucher}).status_code == 200
    assert not ClearingEntry.objects.exists()
    wrong = "000000" if pin[1] != "000000" else "111111"
    assert guest.post(door, {"pin": wrong}).status_code == 422
    assert guest.post(door, {"pin": pin[1]}).status_code == 302
    assert guest.post(door, {"code": money}).status_code == 404
    page = guest.post(door, {"code": voucher}).content.decode()
    assert "غسيل سيارة" in page
    for secret in (shop.member.number, "نورة", "0501234567", "+966501234567"):
        assert secret not in page
    press = {"code": voucher, "use": "yes", "once": "a" * 32}
    assert guest.post(door, press).status_code == 200
    assert guest.post(door, press).status_code == 200
    assert guest.post(door, press | {"once": "b" * 32}).status_code == 409
    assert due_minor(partner) == 900
    owner.post(reverse("admin:partner", args=[partner.pk]), {"renew": "1"})
    assert guest.get(door).status_code == 404
    assert guest.get("/p/nothing/").status_code == 404


def test_a_partners_own_till_has_a_key(shop: Shop, owner: Client, books: Books) -> None:
    Reward.objects.bulk_create([Reward(
        version=shop.version, code="wash", name_ar="غسيل سيارة", name_en="Car wash", points=300,
        kind=RewardKind.PARTNER,
    )])  # fmt: skip
    forget_terms()
    said = {"enter": "1", "name_ar": "اللمعان", "name_en": "Shine", "contact": ""}
    told = owner.post(reverse("admin:partners"), said, follow=True).content.decode()
    key = re.search(r"key (wp_[\w-]+)", told)
    assert key
    partner = Partner.objects.get()
    owner.post(reverse("admin:partner", args=[partner.pk]), {"offer": "1", "reward": "wash", "owed": "9"})
    voucher, money = books.issue(reward_code="wash").code, books.issue(500).code
    machine = Client(headers={"authorization": f"Partner-Key {key[1]}"})
    seen = machine.get(f"/p/api/vouchers/{voucher}").json()
    assert (seen["name_en"], seen["owed"], seen["state"]) == ("Car wash", "9.00", "reserved")
    assert shop.member.number not in str(seen)
    assert machine.get(f"/p/api/vouchers/{money}").status_code == 404
    use = f"/p/api/vouchers/{voucher}/use"
    assert machine.post(use).status_code == 422
    assert machine.post(use, headers={"idempotency-key": "a"}).json()["state"] == "used"
    assert machine.post(use, headers={"idempotency-key": "a"}).status_code == 200
    assert machine.post(use, headers={"idempotency-key": "b"}).json()["code"] == "code_spent"
    assert due_minor(partner) == 900
    for other in ("wp_wrong", "", shop.key()):
        assert Client(headers={"authorization": f"Partner-Key {other}"}).get(use[:-4]).status_code == 401
    assert Client(headers={"authorization": f"Api-Key {key[1]}"}).get("/api/v1/programme").status_code == 401


def test_pins_are_not_guessed(shop: Shop, owner: Client) -> None:
    said = {"enter": "1", "name_ar": "اللمعان", "name_en": "Shine", "contact": ""}
    owner.post(reverse("admin:partners"), said)
    door, guest = f"/p/{Partner.objects.get().link_code}/", Client()
    states = [guest.post(door, {"pin": f"00000{turn}"}).status_code for turn in range(7)]
    assert states[-1] == 429


def test_who_comes_is_listed_checked_in_and_exported(
    shop: Shop, owner: Client, neighbour: Shop, sign_in: SignIn, books: Books
) -> None:
    event = invite(shop, NOW)
    place = Place.objects.get(pk=sign_up(books).place_id or 0)
    page = reverse("admin:event_people", args=[event.pk])
    assert "Check in" in owner.get(page).content.decode()
    for _press in range(2):
        owner.post(page, {"place": str(place.pk)})
    assert Occurrence.objects.get().name == "event-attended"
    assert "was there" in owner.get(page).content.decode()
    text = owner.get(reverse("admin:event_people_file", args=[event.pk])).content.decode("utf-8-sig")
    assert shop.member.number in text
    rival = sign_in(neighbour.staff["owner"])
    assert rival.get(page).status_code == 404
    assert rival.post(page, {"place": str(place.pk)}).status_code == 404
    assert owner.post(page, {"place": "x"}).status_code == 404


def test_an_event_is_made_announced_and_called_off_in_the_back_office(owner: Client, shop: Shop) -> None:
    day = NOW + timedelta(days=20)
    said = {
        "merchant": shop.merchant.pk, "name_ar": "أمسية", "name_en": "Evening", "place_ar": "هنا",
        "place_en": "Here", "starts_at_0": f"{day:%Y-%m-%d}", "starts_at_1": "18:00",
        "ends_at_0": f"{day:%Y-%m-%d}", "ends_at_1": "17:00", "places": "20", "points": "0",
        "state": "open", "code": "evening", "tiers": "", "segments": "", "plans": "", "early_tiers": "",
        "description_ar": "", "description_en": "",
    }  # fmt: skip
    add = reverse("admin:programs_memberevent_add")
    refused = owner.post(add, said)
    assert "It ends before it begins." in refused.content.decode()
    assert owner.post(add, said | {"ends_at_1": "21:00"}).status_code == 302
    event = MemberEvent.objects.get()
    assert (event.places, event.state) == (20, "open")


def test_giving_is_part_of_the_terms_and_refused_when_it_cannot_be(shop: Shop) -> None:
    draft = draft_of(programme=shop.version.programme)
    giving = draft.givings.get()
    assert str(giving.share_percent) == "2.50"
    type(giving).objects.filter(pk=giving.pk).update(share_percent=0, min_points=75, step_points=50)
    Cause.objects.update(is_active=False)
    found = {problem.field for problem in validate(draft)}
    assert {"giving.takes_points", "giving.min_points"} <= found
