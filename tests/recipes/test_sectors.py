"""The gallery of sectors: one click makes a draft, never publishes, replaces nothing that was not shown."""

import re

import pytest
from django.test import Client

from accounts.models import Merchant, Staff, User
from accounts.models.staff import Role
from programs.models import ProgrammeVersion
from programs.publishing import create_blueprint
from programs.recipes.reading import recipes
from tests.cast import PASSWORD, Cast

GALLERY = "/admin/sectors/"


@pytest.fixture
def empty(db: None) -> Merchant:
    """A shop without anything."""
    return Merchant.objects.create(slug="new", name_ar="ركن القهوة", name_en="Corner", sector="restaurant")


def signed_in(merchant: Merchant, role: str = Role.OWNER, language: str = "en") -> Client:
    user = User.objects.create_user(f"{role}@new.example", PASSWORD, language=language)
    Staff.objects.create(user=user, merchant=merchant, role=role)
    client = Client(headers={"accept-language": language})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_gallery_shows_every_sector_in_both_languages(empty: Merchant) -> None:
    """The merchant's own sector stands first."""
    owner = signed_in(empty)
    for language in ("en", "ar"):
        User.objects.update(language=language)
        owner.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        said = text_of(owner, GALLERY)
        for recipe in recipes():
            title = recipe.title.text_en if language == "en" else recipe.title.text_ar
            assert title in said
    assert said.index("cafe/") < said.index("app/")


def test_one_click_makes_a_draft_and_promises_nothing(empty: Merchant) -> None:
    owner = signed_in(empty)
    said = text_of(owner, f"{GALLERY}cafe/")
    assert "A customer who spends 75.00 SAR a week reaches “Coffee on us” in 4 weeks." in said
    assert "Ramadan" in said
    assert not ProgrammeVersion.objects.exists(), "looking writes nothing"
    response = owner.post(f"{GALLERY}cafe/")
    made = ProgrammeVersion.objects.get()
    assert response.headers["location"] == f"/admin/programs/programmeversion/{made.pk}/change/"
    assert (made.is_published, made.programme.state) == (False, "draft")
    assert made.programme.name_ar == "أصدقاء ركن القهوة"
    assert owner.get(response.headers["location"]).status_code == 200


def test_a_draft_is_replaced_only_as_it_was_shown(empty: Merchant) -> None:
    draft = create_blueprint(merchant=empty)
    owner = signed_in(empty)
    refused = owner.post(f"{GALLERY}salon/", follow=True).content.decode()
    assert "You have a draft already" in refused
    assert set(draft.rewards.values_list("code", flat=True)) >= {"coffee"}
    shown = text_of(owner, f"{GALLERY}salon/")
    assert "Your draft of today would be replaced" in shown
    (digest,) = re.findall(r'name="replacing" value="([0-9a-f]{64})"', shown)
    draft.block_points = 400
    draft.save()
    changed = owner.post(f"{GALLERY}salon/", {"replacing": digest}, follow=True).content.decode()
    assert "The draft was changed" in changed
    assert not draft.rewards.filter(code="care").exists()
    (digest,) = re.findall(r'name="replacing" value="([0-9a-f]{64})"', text_of(owner, f"{GALLERY}salon/"))
    owner.post(f"{GALLERY}salon/", {"replacing": digest})
    assert list(draft.rewards.values_list("code", flat=True)) == ["care", "off-45", "ritual"]
    assert ProgrammeVersion.objects.get().pk == draft.pk


def test_published_terms_stay_and_a_new_draft_follows_them(stage: Cast) -> None:
    """A shop that is open drafts its next terms from a recipe; what was published is not touched."""
    shop = stage.shop
    client = Client()
    client.force_login(shop.staff["owner"], backend="allauth.account.auth_backends.AuthenticationBackend")
    before = list(shop.version.rewards.values_list("code", flat=True))
    client.post(f"{GALLERY}gym/")
    draft = shop.version.programme.versions.get(published_at__isnull=True)
    assert (draft.number, list(shop.version.rewards.values_list("code", flat=True))) == (2, before)
    assert draft.rewards.filter(code="shake").exists()


def test_who_may_not_change_looks_and_an_unknown_sector_is_not_found(empty: Merchant) -> None:
    analyst = signed_in(empty, Role.ANALYST)
    assert "Make it my draft" not in text_of(analyst, f"{GALLERY}cafe/")
    assert analyst.post(f"{GALLERY}cafe/").status_code == 403
    assert not ProgrammeVersion.objects.exists()
    assert signed_in(empty).get(f"{GALLERY}bakery/").status_code == 404
    assert Client().get(GALLERY).status_code == 302


def test_the_launch_plan_leads_there(empty: Merchant) -> None:
    assert f'href="{GALLERY}"' in text_of(signed_in(empty), "/admin/launch/")
