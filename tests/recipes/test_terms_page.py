"""The page of terms in the back office: editions, who agreed to which, and what the shop adds."""

from django.test import Client

from accounts.joining import join
from programs.models import TermsEdition
from tests.cast import NOW, Cast, Shop

PAGE = "/admin/terms-page/"


def signed_in(shop: Shop, role: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(shop.staff[role], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_owner_sees_editions_and_adds_to_them(stage: Cast) -> None:
    owner = signed_in(stage.shop, "owner")
    first = owner.get(PAGE).content.decode()
    assert "Version 1, from" in first
    assert "1 member has not agreed to any version yet" in first
    answer = owner.post(
        PAGE, {"registration": "١٠١٠١٢٣٤٥٦", "contact_ar": "اتصل بنا", "contact_en": "Call us"}
    )
    assert answer.status_code == 302
    said = owner.get(PAGE).content.decode()
    assert "Version 2, from" in said
    assert 'value="1010123456"' in said
    edition = TermsEdition.objects.get(merchant=stage.shop.merchant, number=2)
    assert edition.changes["en"] == ["New: Commercial registration: 1010123456", "New: Contact: Call us"]
    assert edition.changes["ar"][0] == "جديد: السجل التجاري: 1010123456"
    assert not TermsEdition.objects.filter(merchant=stage.rival.merchant, number=2).exists()


def test_a_text_too_long_is_refused_with_its_field(stage: Cast) -> None:
    owner = signed_in(stage.shop, "owner")
    refused = owner.post(PAGE, {"more_en": "x" * 2_001})
    assert refused.status_code == 200
    assert "2000" in refused.content.decode()
    assert TermsEdition.objects.filter(merchant=stage.shop.merchant).count() == 1


def test_who_may_not_change_reads(stage: Cast) -> None:
    analyst = signed_in(stage.shop, "analyst")
    assert "What you add to it" not in analyst.get(PAGE).content.decode()
    assert analyst.post(PAGE, {"more_en": "x"}).status_code == 403


def test_the_till_and_the_office_note_the_edition_and_a_shops_system_says_it(stage: Cast) -> None:
    shop = stage.shop
    signed_in(shop, "cashier").post("/till/join/", {"phone": "0551110001", "given_name": "Lama"})
    key = {"authorization": f"Api-Key {shop.key()}"}

    def take_in(phone: str, **said: object) -> int:
        body = {"phone": phone, **said}
        return (
            Client().post("/api/v1/members", body, content_type="application/json", headers=key).status_code
        )

    assert take_in("0551110002", terms=1) == 201
    assert take_in("0551110003") == 201
    assert take_in("0551110004", terms=9) == 422
    assert take_in("0551110004", terms="x") == 422
    join(merchant=shop.merchant, now=NOW, source="test", actor="test", quiet=True, phone="0551110005")
    answers = TermsEdition.objects.get(merchant=shop.merchant).answers.order_by("id")
    assert list(answers.values_list("source", "agreed")) == [("till", True), ("api", True)]
    assert shop.merchant.members.count() == 5, "a wrong number makes no member"
