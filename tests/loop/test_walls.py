"""The walls between merchants, walked whole: every address that names a thing, and every command.

The rooms prove their own doors in detail. Here nothing can be forgotten: the addresses are read from the
installation, each is asked for what belongs to the rival, and no row anywhere may differ afterwards.
"""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver

from accounts.models import Takeout
from analytics.models import RewindRun
from campaigns.models import Message, Recipe, Run
from ledger.models import (
    AdjustmentRequest,
    CauseEntry,
    ContestClosing,
    GiftCard,
    GiftCardRequest,
    Merge,
    Movement,
    PayoutRequest,
    Place,
    Purchase,
    Redemption,
    Referral,
    ShopNews,
)  # fmt: skip
from ledger.visiting import place_token
from loyalty_site.portal.sessions import key_of
from programs.models import MemberEvent, Partner, PublishRequest
from tests.backoffice.conftest import keep_books
from tests.backoffice.test_tenancy import TENANTS, row_of
from tests.cast import NOW, Cast, Shop, the_cast
from tests.ledger.holding import hold_and_decide
from tests.loop.possessions import befriend, give_away, hear_of_a_shop, merge_two, order_of, rewind, sell
from tests.loop.walking import FLOORS, addresses, everything, filled, way_to_merchant

REFUSED = {302, 401, 403, 404, 405}
OPEN_TO_ALL = {"unsubscribe", "icon"}
FORM = {  # what would be welcome at home
    "approve": "1", "given_name": "Mine", "amount": "5", "points": "500", "spare": "T-22222222",
    "token": "0" * 32, "post": "yes", "password1": "open-sesame-2002", "password2": "open-sesame-2002",
}  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Iterator[Cast]:
    """Two shops with books, till sales, codes, messages, a run that waits and a file that came in."""
    with time_machine.travel(NOW, tick=False):
        cast = the_cast()
        for shop in (cast.shop, cast.rival):
            keep_books(shop)
            sell(shop)
            merge_two(shop)
            recipe = Recipe.objects.get(merchant=shop.merchant, kind="reactivation")
            Run.objects.create(
                merchant=shop.merchant, recipe=recipe, occurrence="today",
                template=recipe.templates.all()[0], planned_at=NOW,
            )  # fmt: skip
            AdjustmentRequest.objects.create(
                merchant=shop.merchant, member=shop.member, points=5_000, reason=f"for {shop.merchant.slug}",
                source="api", key="a", asked_by="key:x", asked_at=NOW, ripe_at=NOW,
            )  # fmt: skip
            PublishRequest.objects.create(
                version=shop.version, digest="x", rate_percent=15, ceiling_percent=10, asked_by="staff:1",
                asked_at=NOW, ripe_at=NOW,
            )  # fmt: skip
            rewind(shop)
            befriend(shop)
            hear_of_a_shop(shop)
            give_away(shop)
            hold_and_decide(shop, NOW)
            for model in TENANTS:
                row_of(model, shop)
        yield cast


def back_office_addresses(rival: Shop) -> Iterator[str]:
    """Yield every page of the back office and of the till, about a row of the rival's."""
    models = {f"{model._meta.app_label}/{model._meta.model_name}": model for model in admin.site._registry}
    code = Redemption.objects.filter(merchant=rival.merchant).latest("pk").code
    run = Run.objects.get(merchant=rival.merchant)
    fixed = {"number": rival.member.number, "order": order_of(rival), "code": code, "run_id": run.pk}
    fixed |= {"member_id": rival.member.pk, "merge_id": Merge.objects.get(merchant=rival.merchant).pk}
    fixed |= {"pk": Takeout.objects.get(merchant=rival.merchant).pk}
    fixed |= {"request_id": AdjustmentRequest.objects.get(merchant=rival.merchant).pk}
    fixed |= {"asked_id": PublishRequest.objects.get(version=rival.version).pk}
    fixed |= {"referral_id": Referral.objects.get(merchant=rival.merchant).pk}
    fixed |= {"partner_id": Partner.objects.get(merchant=rival.merchant).pk}
    fixed |= {"event_id": MemberEvent.objects.get(merchant=rival.merchant).pk}
    fixed |= {"closing_id": ContestClosing.objects.get(merchant=rival.merchant).pk}
    card = GiftCard.objects.get(merchant=rival.merchant)
    fixed |= {"card_id": card.pk, "branch_id": rival.branch.pk}
    fixed |= {"news_id": ShopNews.objects.get(merchant=rival.merchant).pk}
    fixed |= {"piece": "check-in-a5", "language": "en", "kind": "pdf"}
    payout = PayoutRequest.objects.get(merchant=rival.merchant).pk
    gift = GiftCardRequest.objects.get(merchant=rival.merchant).pk
    fixed |= {"rewind_id": RewindRun.objects.get(merchant=rival.merchant).pk, "place": 1}
    for route, _name, _parameters in addresses(get_resolver()):
        room, _slash, rest = route.partition("/")
        if room not in {"admin", "till"} or rest.startswith(("sectors/", "shops/<slug")):  # nobody's
            continue
        model = models.get("/".join(rest.split("/")[:2]))
        values: dict[str, Any] = dict(fixed) | ({"request_id": payout} if "payouts" in route else {})
        values |= {"request_id": gift} if "gift-cards/requests" in route else {}
        values |= {"code": card.code} if "gift-cards" in route else {}
        if model is not None:
            way = way_to_merchant(model)
            row = model._default_manager.filter(**{way: rival.merchant.pk}).last() if way else None
            pk = row.pk if row else rival.staff["owner"].pk
            values |= {"object_id": pk, "id": pk}
        yield filled(route, values)


def portal_addresses(slug: str, rival: Shop) -> Iterator[tuple[str, str]]:
    """Yield (name, path) of every portal page about a thing of the rival's, under ``slug``."""
    things: dict[str, type[Model]] = {
        "codes": Redemption, "history": Movement, "inbox": Message, "places": Place, "gifts": CauseEntry,
    }  # fmt: skip
    for route, name, _parameters in addresses(get_resolver()):
        if not route.startswith("m/"):
            continue
        model = things.get(route.split("/")[2])
        row = model._default_manager.filter(merchant=rival.merchant).latest("pk") if model else None
        token = place_token(rival.branch) if name == "here" else "x"
        values = {"slug": slug, "pk": row.pk if row else "", "code": "coffee", "token": token, "size": 192}
        values |= {"number": 10**6}
        yield name, filled(route, values)


def shows_the_rival(answer: Any, rival: Shop) -> bool:
    """Say whether a page tells what only the rival knows."""
    said = answer.content.decode()
    secrets = (f"@{rival.merchant.slug}.example", "507654321", rival.merchant.name_ar, rival.merchant.name_en)
    return any(secret in said for secret in secrets)


def signed_in(shop: Shop, role: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(shop.staff[role], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_same_walk_opens_doors_at_home(cast: Cast) -> None:
    """Were the addresses wrong, the refusals below would say nothing."""
    client = signed_in(cast.rival, "owner")
    answers = {path: client.get(path).status_code for path in back_office_addresses(cast.rival)}
    assert sum(status == 200 for status in answers.values()) > 35
    operators = ("/mfa/", "/accounts/user/", "/accounts/outboxdelivery/", "/django_celery_beat/")
    closed = {path for path, status in answers.items() if status not in {200, 302, 405}}
    assert not [
        path for path in closed if not path.endswith("/delete/") and not any(o in path for o in operators)
    ]


@pytest.mark.parametrize("role", ["owner", "manager", "analyst", "cashier"])
def test_no_page_of_staff_opens_or_changes_what_is_the_rivals(cast: Cast, role: str) -> None:
    client = signed_in(cast.shop, role)
    walked = list(back_office_addresses(cast.rival))
    before = everything()
    for path in walked:
        for answer in (client.get(path), client.post(path, FORM)):
            assert answer.status_code in REFUSED, (path, answer.status_code)
            assert not shows_the_rival(answer, cast.rival), path
    assert everything() == before


def test_no_page_of_members_opens_or_changes_what_is_the_rivals(cast: Cast) -> None:
    ours, rival = cast.shop, cast.rival
    for slug in (ours.merchant.slug, rival.merchant.slug):
        stranger, member = Client(), Client()
        enter(member, ours)
        before = everything()
        for name, path in portal_addresses(slug, rival):
            if name in OPEN_TO_ALL or (name == "redeem-reward" and slug == ours.merchant.slug):
                continue  # nobody's, or a name that means our own reward here
            for verb in ("get", "post"):
                answer = getattr(member, verb)(path, FORM)
                assert answer.status_code in {302, 404, 405}, (path, answer.status_code)
                if slug == rival.merchant.slug:  # here our member is a stranger
                    unknown = getattr(stranger, verb)(path, FORM)
                    told = (answer.status_code, answer.headers.get("location"))
                    assert told == (unknown.status_code, unknown.headers.get("location")), path
                else:
                    assert answer.status_code in {404, 405}, path
        assert everything() == before


def enter(client: Client, shop: Shop) -> None:
    """Open a member's session, as the door does after the code came back."""
    session = client.session
    session[key_of(shop.merchant)] = shop.member.pk
    session.save()
    assert client.get(f"/m/{shop.merchant.slug}/").status_code == 200


def test_every_command_for_a_merchant_leaves_the_other_alone(cast: Cast, tmp_path: Path) -> None:
    ours, rival = cast.shop, cast.rival
    file = tmp_path / "theirs.csv"
    rows = [("order", "0501234567", "7"), (order_of(ours), "0507654321", "9")]
    file.write_text(
        "external_id,phone,occurred_at,amount\n" + "\n".join(f"{o},{p},2026-11-14,{a}" for o, p, a in rows)
    )
    balances = tmp_path / "balances.csv"
    balances.write_text("phone,points,tier\n0501234567,7,gold\n0507654321,9,\n")
    asked: dict[str, list[str]] = {
        "import_purchases": [str(file), "--source", "till"],
        "import_balances": [str(balances)],
        "export_merchant": ["--output", str(tmp_path / "export")],
        "train_dormancy": [],
        "score_dormancy": ["--as-of", "2026-11-15", "--output", str(tmp_path / "scores.csv")],
        "verify_ledger": [],
        "export_heads": [],
        "liability": ["--output", str(tmp_path / "liability.csv")],
        "erase_member": ["--member", rival.member.number, "--yes"],  # last: nothing is found afterwards
    }
    assert set(asked) == set(commands_with_a_merchant())
    before, theirs = everything(ours.merchant), everything(rival.merchant)
    for command, arguments in asked.items():
        call_command(command, *arguments, "--merchant", rival.merchant.slug, stdout=StringIO())
        with pytest.raises(CommandError, match="no merchant"):
            call_command(command, *arguments, "--merchant", "nobody", stdout=StringIO())
    assert everything(ours.merchant) == before
    assert everything(rival.merchant) != theirs
    assert Purchase.objects.filter(merchant=rival.merchant, source="till").count() == 3
    scores = (tmp_path / "scores.csv").read_text()
    assert rival.member.number in scores
    assert ours.member.number not in scores
    assert (tmp_path / "liability.csv").stat().st_size
    exported = "".join(path.read_text() for path in (tmp_path / "export").rglob("*") if path.is_file())
    assert rival.member.number in exported
    assert ours.member.number not in exported


def commands_with_a_merchant() -> Iterator[str]:
    """Yield our commands that are told whose books they are about."""
    for name, app in get_commands().items():
        if app.partition(".")[0] in {*FLOORS, "loyalty_site"}:
            parser = load_command_class(app, name).create_parser("manage.py", name)
            if "--merchant" in parser._option_string_actions:
                yield name
