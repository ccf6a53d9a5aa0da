"""Giving, events and the partner's page in a real browser: nothing sideways, nothing small, WCAG AA."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from accounts.access import staff_actor
from accounts.models import Member, Staff
from ledger.causes.choosing import choose_cause
from ledger.causes.sharing import enter_shares
from ledger.clearing import agreeing
from ledger.models import CauseEntry
from programs.models import Partner, Reward, RewardKind
from programs.queries import forget_terms
from tests.cast import Shop
from tests.ledger.books import Books, another
from tests.ledger.given import give, invite, open_giving_shop, sign_up
from tests.portal.test_browser import SMALL_TARGETS, WCAG

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = (
    "rewards/",
    "causes/",
    "causes/orphans/",
    "gifts/{gift}/",
    "events/",
    "events/tasting/",
    "events/full/",
)
NewPage = Callable[..., Any]
SHOTS = os.environ.get("WALAA_SHOTS", "")
"""A folder to keep pictures in, for whoever wants to look."""


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A shop with everything in it: gifts, a share, two events, a partner."""
    shop = open_giving_shop()
    books = Books(shop.member, now=timezone.now() - timedelta(days=40))
    choose_cause(member=shop.member, code="water", actor="test", now=books.now)
    books.earn(4000)
    give(books, 500)
    books.now = timezone.now()
    enter_shares(now=books.now)
    invite(shop, books.now, points=150, description_ar="تذوّق ثلاثة محاصيل جديدة مع المحمّص.")
    invite(shop, books.now, code="full", places=1, name_en="Roasting course", name_ar="دورة تحميص")
    other = another(shop.merchant, "0551234567")
    other.now = books.now
    sign_up(other, "full")
    sign_up(books, "full")
    Reward.objects.bulk_create([
        Reward(version=shop.version, code="wash", name_ar="غسيل سيارة", name_en="Car wash", points=300,
               kind=RewardKind.PARTNER)
    ])  # fmt: skip
    forget_terms()
    return shop


def owner_of(shop: Shop) -> Any:
    return staff_actor(Staff.objects.get(merchant=shop.merchant, role="owner"))


@pytest.fixture
def partner(shop: Shop) -> tuple[Partner, str, str]:
    """An outside partner, its PIN and a voucher for it."""
    now = timezone.now()
    said = {"name_ar": "مغسلة اللمعان", "name_en": "Shine", "contact": "Sami"}
    made, pin, _key = agreeing.enter_outside(actor=owner_of(shop), now=now, **said)
    agreeing.offer(actor=owner_of(shop), partner=made, reward_code="wash", owed_minor=1200, now=now)
    return made, pin, Books(shop.member, now=now).issue(reward_code="wash").code


def look_at(page: Any, path: str, language: str, name: str) -> list[Any]:
    """What is wrong with a page, at every width."""
    page.goto(path)
    return wrong_with(page, path, language, name)


def wrong_with(page: Any, path: str, language: str, name: str) -> list[Any]:
    found: list[Any] = []
    for width in (1440, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if page.evaluate(overflow) > 0:
            found.append((path, width, "sideways"))
        if SHOTS and width != 320:
            page.screenshot(path=f"{SHOTS}/{name}-{language}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 390, "height": 900})
    if "/admin/" not in path:
        found += [(path, target) for target in page.evaluate(SMALL_TARGETS)]
        violations = Axe().run(page, options=WCAG).response["violations"]
        found += [(path, v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in violations]
    return found


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_pages_of_giving_fit_every_width(shop: Shop, new_page: NewPage, language: str) -> None:
    Member.objects.filter(pk=shop.member.pk).update(language=language)
    session = SessionStore()
    session[f"member:{shop.merchant.pk}"] = shop.member.pk
    session.create()
    page = new_page(language)
    cookie = {"name": "sessionid", "value": session.session_key}
    page.context.add_cookies([cookie | {"domain": "localhost", "path": "/"}])
    gift = CauseEntry.objects.filter(member=shop.member).earliest("pk").pk
    found: list[Any] = []
    for path in PAGES:
        name = path.replace("/", "-").replace("{gift}", "1")
        found += look_at(page, f"/m/oasis/{path.format(gift=gift)}", language, name)
    assert not found, found


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_partners_page_fits_every_width(
    partner: tuple[Partner, str, str], new_page: NewPage, language: str
) -> None:
    made, pin, code = partner
    page, door = new_page(language), f"/p/{made.link_code}/"
    found = look_at(page, door, language, "partner-pin")
    page.fill("#pin", pin)
    page.click("main form button")
    found += wrong_with(page, door, language, "partner-counter")
    page.fill("#code", code.lower())
    page.click("main form button")
    found += wrong_with(page, door, language, "partner-voucher")
    page.click(".ticket form button")
    assert page.inner_text(".state") in {"Used just now", "صُرفت الآن"}
    page.fill("#code", "ZZZZ2222")
    page.click(".panel:last-of-type form button")
    found += wrong_with(page, door, language, "partner-wrong")
    assert not found, found


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_desk_of_giving_fits_every_width(
    shop: Shop, partner: tuple[Partner, str, str], new_page: NewPage, language: str
) -> None:
    user = shop.staff["owner"]
    user.language = language
    user.save()
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = new_page(language)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([cookie | {"domain": "localhost", "path": "/"}])
    event = shop.merchant.events.get(code="full").pk
    paths = (
        "giving/", "partners/", f"partners/{partner[0].pk}/", f"events/{event}/people/",
        "programs/cause/", "programs/memberevent/", f"programs/memberevent/{event}/change/",
    )  # fmt: skip
    found: list[Any] = []
    for path in paths:
        found += look_at(page, f"/admin/{path}", language, "desk-" + path.replace("/", "-"))
    assert not found, found
