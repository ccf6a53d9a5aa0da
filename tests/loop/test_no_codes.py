"""Codes are for machines: no page shows one to people where the thing has a name of its own."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.urls import get_resolver

from campaigns.models import Message, Recipe, Run
from ledger.models import AdjustmentRequest, Redemption
from loyalty_site.portal.sessions import key_of
from programs.models import Card, Challenge, EarnCap, EarnRule, PublishRequest, Reward, Tier
from tests.backoffice.conftest import keep_books
from tests.backoffice.test_tenancy import TENANTS, row_of
from tests.cast import NOW, Shop, open_shop
from tests.ledger.books import Books
from tests.ledger.collected import add_goals, put_in_force
from tests.ledger.holding import hold_and_decide
from tests.ledger.subscribed import pay, sell
from tests.loop.possessions import befriend, give_away, hear_of_a_shop, merge_two, rewind
from tests.loop.possessions import sell as sell_at_till
from tests.loop.test_walls import back_office_addresses

CODE = re.compile(r"zz-[a-z-]+")
CODED = (Tier, EarnRule, Reward, Card, Challenge)
FORMS = ("admin/programs/", "admin/accounts/branch/")
"""Where a merchant chooses codes, they are shown as what they are."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop whose every code begins with zz, with something of everything in its books."""
    with time_machine.travel(NOW, tick=False):
        opened = open_shop("oasis", "0501234567", live=False)
        version = opened.version
        add_goals(version, cards=[{"stamps": 1}], challenges=[{"target": 1, "points": 5, "repeats": True}])
        sell(version, code="zz-plus")
        EarnCap.objects.create(version=version, rule="zz-base", points=9_000)
        for model in CODED:
            for row in model._default_manager.filter(version=version):
                row.code = f"zz-{row.code}"
                row.save()
        Card.objects.filter(version=version).update(reward="zz-coffee")
        Challenge.objects.filter(version=version).update(badge="regular")
        put_in_force(version)
        version.refresh_from_db()
        yield lived_in(opened)


def lived_in(shop: Shop) -> Shop:
    books = Books(shop.member, NOW)
    books.buy(2_000_00, branch_id=shop.branch.pk)
    keep_books(shop)
    sell_at_till(shop)
    pay(books, plan="zz-plus")
    books.issue(reward_code="zz-gift-wrap")
    merge_two(shop)
    befriend(shop)
    hear_of_a_shop(shop)
    give_away(shop)
    rewind(shop)
    hold_and_decide(shop, NOW)
    recipe = Recipe.objects.get(merchant=shop.merchant, kind="reactivation")
    Run.objects.create(
        merchant=shop.merchant, recipe=recipe, occurrence="today", template=recipe.templates.all()[0],
        planned_at=NOW,
    )  # fmt: skip
    for model in TENANTS:
        row_of(model, shop)
    Message.objects.filter(sent_at=None).update(sent_at=NOW)
    waits = {"asked_by": "key:x", "asked_at": NOW, "ripe_at": NOW, "source": "api", "key": "a"}
    AdjustmentRequest.objects.create(
        merchant=shop.merchant, member=shop.member, points=5_000, reason="Sorry", **waits
    )
    PublishRequest.objects.create(
        version=shop.version, digest="x", rate_percent=15, ceiling_percent=10, asked_by="staff:1",
        asked_at=NOW, ripe_at=NOW,
    )  # fmt: skip
    return shop


def shown(html: str) -> str:
    """What people read of a page: no addresses, no values of fields, no scripts."""
    text = re.sub(r"<(script|style|svg|template|textarea)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", text))


def codes_on(client: Client, path: str) -> list[str]:
    answer: Any = client.get(path)
    if answer.status_code != 200 or "text/html" not in answer.headers.get("content-type", ""):
        return []
    return CODE.findall(shown(answer.content.decode()))


def plain_addresses(room: str) -> Iterator[str]:
    """Every page of a room that is about nothing in particular."""
    for route, _name, names in every_address(room):
        if not names:
            yield f"/{route}"


def every_address(room: str) -> Iterator[tuple[str, str, list[str]]]:
    resolver = get_resolver()
    yield from ((route, name, names) for route, name, names in all_of(resolver) if route.startswith(room))


def all_of(resolver: Any, start: str = "") -> Iterator[tuple[str, str, list[str]]]:
    for entry in resolver.url_patterns:
        route = start + str(entry.pattern).lstrip("^")
        if hasattr(entry, "url_patterns"):
            yield from all_of(entry, route)
        elif "(" not in route and "\\" not in route:
            yield route, entry.name or "", list(entry.pattern.converters)


def signed_in(shop: Shop, role: str, language: str) -> Client:
    user = shop.staff[role]
    user.language = language
    user.save()
    client = Client(headers={"accept-language": language})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_back_office_and_the_till_show_names(shop: Shop) -> None:
    owner = signed_in(shop, "owner", "en")
    cashier = signed_in(shop, "cashier", "en")
    paths = {*back_office_addresses(shop), *plain_addresses("admin/"), *plain_addresses("till/")}
    paths |= {f"/till/codes/{code}/" for code in Redemption.objects.values_list("code", flat=True)}
    seen, bad = 0, []
    for path in sorted(paths):
        if path.lstrip("/").startswith(FORMS) or "logout" in path:
            continue
        client = cashier if path.startswith("/till/") else owner
        found = codes_on(client, path)
        seen += 1
        bad += [f"{path}: {sorted(set(found))}"] if found else []
    assert seen > 120
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_portal_shows_names(shop: Shop, language: str) -> None:
    client = Client(headers={"accept-language": language})
    session = client.session
    session[key_of(shop.merchant)] = shop.member.pk
    session.save()
    things: dict[str, Any] = {"codes": "Redemption", "history": "Movement", "places": "Place"}
    paths = []
    for route, _name, names in all_of(get_resolver()):
        if not route.startswith("m/<slug:slug>/"):
            continue
        path = "/" + route.replace("<slug:slug>", shop.merchant.slug)
        rest = [name for name in names if name != "slug"]
        if not rest:
            paths.append(path)
            continue
        model = things.get(route.split("/")[2])
        if model and len(rest) == 1:
            rows = apps.get_model("ledger", model).objects.filter(member=shop.member)
            paths += [re.sub(r"<\w+:\w+>", str(pk), path) for pk in rows.values_list("pk", flat=True)]
    paths += [f"/m/oasis/rewards/{code}/" for code in ("zz-gift-wrap", "zz-surprise", "zz-coffee")]
    paths += ["/m/oasis/membership/zz-plus/"]
    bad = [f"{path}: {found}" for path in paths if (found := codes_on(client, path))]
    assert len(paths) > 30
    assert not bad, "\n".join(bad)


def test_the_walk_sees_what_it_looks_for(shop: Shop) -> None:
    """It would find a code: where codes are chosen, they are read."""
    page = f"/admin/programs/programmeversion/{shop.version.pk}/change/"
    found = codes_on(signed_in(shop, "owner", "en"), page)
    assert {"zz-gold", "zz-coffee-card"} <= set(found)
