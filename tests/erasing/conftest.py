"""An installation in a folder of its own, a shop, and a person who was everywhere in it."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as live
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import outbox
from accounts.access import staff_actor
from accounts.detaching import attach, detach
from accounts.joining import record_consent
from accounts.models import Member, Staff
from analytics.models import DormancyModel, DormancyScore
from campaigns.recipes import install_recipes
from campaigns.sending import send_due
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.models import AdjustmentRequest
from ledger.posting import post
from ledger.second_person import adjust, approve
from loyalty_site.safekeeping.taking_out import ask, make_pending
from tests.api.conftest import Caller
from tests.cast import NOW, Shop, open_shop
from tests.portal import carrier

PHONE, LOCAL, ARABIC = "+966598761234", "0598761234", "٠٥٩٨٧٦١٢٣٤"
EMAIL, GIVEN, FAMILY, OUTER = "zuhra.alqamar@moon.example", "زُهرة", "القمراء", "crm-zq-99187"
PERSONAL = (
    PHONE, LOCAL, LOCAL[1:], ARABIC, "59 876 1234", EMAIL, EMAIL.upper(), GIVEN, FAMILY, OUTER, "1991-07-23",
    "0512349876",
)  # fmt: skip


@dataclass
class Scene:
    """The shop, the person, and the folder in which the installation lives."""

    shop: Shop
    number: str
    folder: Path

    @property
    def member(self) -> Member:
        return Member.objects.select_related("merchant").get(number=self.number)


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """The installation's own folder."""
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.EMAIL_BACKEND = "loyalty_site.mail.ShowingBackend"
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(tmp_path / "cache"),
        }
    }
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    carrier.kept.clear()
    return tmp_path


@pytest.fixture
def scene(db: None, folder: Path) -> Iterator[Scene]:
    """A person who came by import, bought at the till, joined in by portal and API, got letters, redeemed."""
    with time_machine.travel(NOW, tick=False) as clock:
        shop = open_shop("oasis", "0501234567")
        install_recipes(merchant=shop.merchant, now=NOW)
        _import(shop, folder)
        member = Member.objects.get(phone=PHONE)
        _api(shop, member)
        _portal(shop, member)
        _till(shop, member)
        _by_hand(shop, member)
        _back_office(shop, member, folder)
        clock.shift(60)
        _letters(shop, member)
        yield Scene(shop, member.number, folder)


def _import(shop: Shop, folder: Path) -> None:
    rows = [
        f"I-1,{ARABIC},2026-11-10,640",
        "I-2,0501234567,2026-11-10,10",
        f"I-3,{PHONE},not a day,5",
        f'I-4,"{LOCAL}",2026-11-11,7',
    ]
    file = folder / "given.csv"
    file.write_text("external_id,phone,occurred_at,amount\n" + "\n".join(rows) + "\n")
    call_command("import_purchases", str(file), "--merchant", shop.merchant.slug)
    file.unlink()


def _api(shop: Shop, member: Member) -> None:
    api = Caller(shop.key())
    about = {
        "email": EMAIL, "given_name": GIVEN, "family_name": FAMILY, "external_id": OUTER,
        "birthday": "1991-07-23", "gender": "f",
    }  # fmt: skip
    api.patch(f"members/{member.number}", about)
    api.get("members", phone=LOCAL)
    api.post("purchases", {"phone": LOCAL, "amount": "600", "order": "A-77"}, 201)
    code = api.post("redemptions", {"member": member.number, "points": 500}, once="k1")["code"]
    api.post(f"redemptions/{code}/use", {}, 200, once="k2")
    api.post("redemptions", {"member": member.number, "points": 500}, once="k3")


def _portal(shop: Shop, member: Member) -> None:
    client = Client(headers={"accept-language": "en"})
    for destination in (LOCAL, EMAIL):
        client.post(f"/m/{shop.merchant.slug}/sign-in/", {"destination": destination})
    client.post(f"/m/{shop.merchant.slug}/sign-in/", {"destination": LOCAL})
    client.post(f"/m/{shop.merchant.slug}/code/", {"code": carrier.kept[-1][1]})
    assert client.get(f"/m/{shop.merchant.slug}/").status_code == 200
    client.get(f"/m/{shop.merchant.slug}/profile/walaa.json")


def _till(shop: Shop, member: Member) -> None:
    cashier = Client()
    cashier.force_login(shop.staff["cashier"], backend="allauth.account.auth_backends.AuthenticationBackend")
    cashier.get("/till/", {"q": LOCAL})
    event = PurchaseMade(
        merchant_id=shop.merchant.pk, member_id=member.pk, occurred_at=NOW, source="till", key="T-1",
        actor="till", lines=(LineItem(90_000),),
    )  # fmt: skip
    post(event, now=NOW)


def _by_hand(shop: Shop, member: Member) -> None:
    """Staff name the person in the reasons they type: one posted at once, one approved, one that waits."""
    owner, manager = (
        staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff[role]))
        for role in ("owner", "manager")
    )
    why = f"{GIVEN} {FAMILY} waited; call {LOCAL}"
    said: dict[str, Any] = {"member": member, "reason": why, "source": "backoffice", "now": NOW}
    adjust(actor=owner, points=20, key="S-1", **said)
    asked = adjust(actor=owner, points=1_500, key="S-2", **said)
    assert isinstance(asked, AdjustmentRequest)
    approve(actor=manager, request_id=asked.pk, now=NOW)
    adjust(actor=owner, points=1_600, key="S-3", **said)


def _back_office(shop: Shop, member: Member, folder: Path) -> None:
    owner = Client()
    owner.force_login(shop.staff["owner"], backend="allauth.account.auth_backends.AuthenticationBackend")
    page = reverse("admin:accounts_member_change", args=[member.pk])
    owner.get(reverse("admin:accounts_member_changelist"), {"q": LOCAL})
    assert owner.get(page).status_code == 200
    member.refresh_from_db()
    detach(member=member, source="test", actor="staff:1", now=NOW, reason=f"{GIVEN} called")
    attach(member=member, phone="0512349876", actor="staff:1", now=NOW)
    detach(member=member, source="test", actor="staff:1", now=NOW, reason="again")
    attach(member=member, phone=LOCAL, actor="staff:1", now=NOW)
    ask(merchant=shop.merchant, actor="staff:1", now=NOW)
    assert make_pending(clock=lambda: NOW) == 1
    waiting = folder / "media" / "uploads"
    waiting.mkdir(parents=True, exist_ok=True)
    (waiting / "unguessable.csv").write_text(f"external_id,phone\nX,{LOCAL}\n")


def _letters(shop: Shop, member: Member) -> None:
    for channel in ("email", "inbox"):
        record_consent(
            member=member, channel=channel, purpose="marketing", granted=True, source="portal",
            actor="member", now=NOW,
        )  # fmt: skip
    now = NOW.replace(hour=10)
    while outbox.relay(now=now):
        pass
    while send_due(now=now):
        pass
    model = DormancyModel.objects.get(merchant=shop.merchant, is_current=True)  # learnt from the import
    DormancyScore.objects.get_or_create(
        model=model, member=member, defaults={"merchant": shop.merchant, "probability": 0.5, "days_silent": 3}
    )


def traces(folder: Path) -> list[str]:
    """Return where a personal value still stands: tables, files, the cache, the kept e-mail."""
    return [*_in_tables(), *_in_files(folder), *_in_cache()]


def _in_tables() -> Iterator[str]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    yield from _found(f"{table}.{column}", _readable(table, column, value))


def _readable(table: str, column: str, value: Any) -> str:
    if (table, column) == ("django_session", "session_data"):
        from django.contrib.sessions.backends.db import SessionStore

        return str(SessionStore().decode(value))
    text = str(value)
    return text.encode().decode("unicode_escape", "ignore") + text if "\\u" in text else text


def _in_files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            for content in _contents(path):
                yield from _found(str(path.relative_to(folder)), content.decode("utf-8", "replace"))


def _contents(path: Path) -> Iterator[bytes]:
    """The file's bytes, and those of every file packed in it."""
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def _in_cache() -> Iterator[str]:
    yield from _found("cache", repr(getattr(cache, "_cache", "")))
    yield from _found("outbox of mail", repr([m.message().as_string() for m in getattr(mail, "outbox", [])]))


def _found(where: str, text: str) -> Iterator[str]:
    yield from (f"{where}: {value}" for value in PERSONAL if value in text)


def installation() -> Path:
    """Return the folder named by the live settings."""
    return Path(live.VAR_DIR)
