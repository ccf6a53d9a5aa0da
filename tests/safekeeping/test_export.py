"""A merchant whole, to take away: only their own rows, sums that tie, files that explain themselves."""

import csv
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.joining import record_consent
from accounts.models import Branch, Member, Merchant, Takeout
from ledger.models import Balance, Lot, Movement, Purchase
from loyalty_site.safekeeping import taking_out
from loyalty_site.safekeeping.takeout import export_merchant
from loyalty_site.safekeeping.takeout_tables import LEFT_OUT, money, tables, way_to_merchant
from programs.publishing import create_blueprint, publish
from tests.backoffice.conftest import keep_books
from tests.cast import FOUNDED, PASSWORD, Cast, Shop, the_cast
from tests.ledger.books import Books, another, prove

FLOORS = ("accounts", "programs", "ledger", "analytics", "campaigns")


@pytest.fixture
def cast(db: None) -> Cast:
    """Two shops with books; ours with a refund, a redemption, a debt and a name that is a formula."""
    cast = the_cast()
    for shop in (cast.shop, cast.rival):
        keep_books(shop)
    books = Books(cast.shop.member, now=timezone.now() - timedelta(days=3))
    books.buy(33_33, 66_66, key="A")
    books.earn(600, key="B")
    books.close(books.issue(500).code)
    books.refund("A", 33_33)
    owing = another(cast.shop.merchant, "0555555555", given_name="=HYPERLINK(1)", external_id="K-1")
    owing.now = books.now
    owing.earn(500, key="C")
    owing.close(owing.issue(500).code)
    owing.refund("C", 50_000)
    record_consent(
        member=owing.member, channel="sms", purpose="marketing", granted=True, source="portal", actor="m",
        now=books.now,
    )  # fmt: skip
    return cast


@pytest.fixture
def folder(cast: Cast, tmp_path: Path) -> Path:
    """Our export."""
    call_command("export_merchant", "--merchant", "oasis", "--output", str(tmp_path / "export"))
    return tmp_path / "export"


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]


def cells(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def tenant_tables() -> Iterator[type[Any]]:
    for floor in FLOORS:
        yield from (model for model in apps.get_app_config(floor).get_models() if way_to_merchant(model))


def test_every_table_of_a_merchant_is_exported_or_left_out_with_a_reason(folder: Path) -> None:
    exported = {table.model for table in tables()}
    for model in tenant_tables():
        assert (model in exported) != (model._meta.label in LEFT_OUT), model
    assert {apps.get_model(label) for label in LEFT_OUT} <= set(tenant_tables())
    for table in tables():
        for kind in ("csv", "jsonl"):
            assert (folder / f"{table.name}.{kind}").exists()


def test_it_holds_every_row_of_ours_and_none_of_the_rivals(cast: Cast, folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    for table in tables():
        own = table.model._default_manager.filter(**{table.way: cast.shop.merchant.pk}).count()
        assert len(lines(folder, table.name)) == len(cells(folder, table.name)) == own, table.name
        assert manifest["files"][table.name]["rows"] == own
    everything = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    for secret in ("mirage", "507654321", cast.rival.merchant.name_ar, cast.rival.member.number):
        assert secret not in everything, secret
    for key in cast.shop.keys.values():
        assert key not in everything
    assert cast.shop.staff["owner"].email in everything
    assert cast.shop.staff["owner"].password not in everything


def test_sums_tie_to_the_books(cast: Cast, folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    balances = Balance.objects.filter(merchant=cast.shop.merchant)
    books = manifest["books"]
    assert books["tie"]
    assert books["available"] == sum(balance.available for balance in balances) > 0
    assert books["owed"] == sum(balance.owed for balance in balances) == 500
    bought = Purchase.objects.filter(merchant=cast.shop.merchant)
    total = sum(order.total_minor for order in bought)
    assert manifest["files"]["purchases"]["sums"]["total"] == money(total, "SAR")
    written = sum(Decimal(row["total"]) for row in lines(folder, "purchases"))
    assert written == Decimal(total) / 100


def test_amounts_moments_and_formulas_are_written_for_people(cast: Cast, folder: Path) -> None:
    order = next(row for row in lines(folder, "purchases") if row["external_id"] == "A")
    assert (order["total"], order["currency"], order["refunded"]) == ("99.99", "SAR", "33.33")
    assert datetime.fromisoformat(order["occurred_at"]).utcoffset() == timedelta(hours=3)
    line = cells(folder, "purchase_lines")[0]
    assert line["currency"] == "SAR"
    assert "." in line["amount"]
    names = {row["given_name"] for row in cells(folder, "members")}
    assert "'=HYPERLINK(1)" in names  # harmless in a spreadsheet
    assert "=HYPERLINK(1)" in {row["given_name"] for row in lines(folder, "members")}  # exact here


def test_the_readme_names_every_file_and_column_in_both_languages(folder: Path) -> None:
    page = (folder / "README.md").read_text()
    arabic, english = page.split('<div dir="ltr" lang="en">')
    for table in tables():
        for half in (arabic, english):
            assert f"## `{table.name}` — " in half
            for column in table.columns:
                assert f"| `{column.name}` | " in half
    assert "المشتريات" in arabic
    assert "## `purchases` — purchases" in english


def test_nothing_is_written_over_and_nothing_half(cast: Cast, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is there already"):
        call_command("export_merchant", "--merchant", "oasis", "--output", str(folder))
    with pytest.raises(CommandError, match="no folder"):
        call_command("export_merchant", "--merchant", "oasis", "--output", str(tmp_path / "no" / "x"))
    with pytest.raises(CommandError, match="no merchant"):
        call_command("export_merchant", "--merchant", "nobody", "--output", str(tmp_path / "x"))
    call_command("export_merchant", "--merchant", "oasis", "--output", str(tmp_path / "all.zip"))
    with zipfile.ZipFile(tmp_path / "all.zip") as file:
        assert file.testzip() is None
        assert {"README.md", "manifest.json", "members.csv", "import/balances.csv"} <= set(file.namelist())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.zip", "export"]
    assert (tmp_path / "all.zip").stat().st_mode & 0o077 == 0


def test_a_fresh_house_brings_the_export_in_with_the_same_sums(cast: Cast, folder: Path) -> None:
    """The round trip: the files under import/ through the commands everybody uses."""
    fresh = Merchant.objects.create(slug="fresh", name_ar="جديد", name_en="Fresh")
    Branch.objects.create(merchant=fresh, code="olaya", name_ar="العليا", name_en="Olaya")
    publish(version=create_blueprint(merchant=fresh), actor="test", effective_from=FOUNDED, now=FOUNDED)
    for name, more in (("balances", []), ("purchases", ["--no-award"])):
        path = folder / "import" / f"{name}.csv"
        call_command(f"import_{name}", str(path), "--merchant", "fresh", "--strict", *more)
    ours, theirs = cast.shop.merchant, fresh

    def sums(merchant: Merchant) -> list[object]:
        bought = Purchase.objects.filter(merchant=merchant)
        lots = Lot.objects.filter(merchant=merchant, remaining__gt=0)
        return [
            sorted(bought.values_list("total_minor", "business_date")),
            sorted((lot.remaining, str(lot.expires_on)) for lot in lots),
            sum(balance.available for balance in Balance.objects.filter(merchant=merchant)),
        ]

    assert sums(ours) == sums(theirs)
    assert set(Movement.objects.filter(merchant=fresh).values_list("kind", flat=True)) == {"opening"}
    twin = Member.objects.get(merchant=fresh, phone=cast.shop.member.phone)
    assert twin.given_name == cast.shop.member.given_name
    assert Member.objects.get(merchant=fresh, external_id="K-1").consents.get(channel="sms").granted
    prove(fresh)


def signed_in(shop: Shop, role: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(shop.staff[role], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.usefixtures("_own_media")
def test_an_owner_asks_for_it_fetches_it_and_after_a_day_it_is_gone(cast: Cast) -> None:
    owner = signed_in(cast.shop, "owner")
    asked = owner.get(reverse("admin:takeout"), follow=True)
    assert asked.redirect_chain[-1][0].startswith("/accounts/reauthenticate/?next=")
    assert owner.post(reverse("admin:takeout")).status_code == 302
    assert not Takeout.objects.exists()
    assert owner.post(asked.redirect_chain[-1][0], {"password": "not it"}).status_code == 200
    assert owner.get(reverse("admin:takeout")).status_code == 302
    assert owner.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    assert owner.get(reverse("admin:takeout")).status_code == 200
    page = owner.post(reverse("admin:takeout"), follow=True)
    takeout = Takeout.objects.get()
    assert page.redirect_chain[-1][0] == reverse("admin:accounts_takeout_change", args=[takeout.pk])
    assert page.headers["refresh"] == "3"
    owner.post(reverse("admin:takeout"))
    assert Takeout.objects.count() == 1  # one is under way already
    address = reverse("admin:takeout_file", args=[takeout.pk])
    assert owner.get(address).status_code == 404  # not yet
    assert taking_out.make_pending(clock=timezone.now) == 1
    assert taking_out.make_pending(clock=timezone.now) == 0
    takeout.refresh_from_db()
    assert (takeout.state, takeout.merchant, takeout.done) == ("done", cast.shop.merchant, takeout.tables)
    page = owner.get(reverse("admin:accounts_takeout_change", args=[takeout.pk]))
    assert address in page.content.decode()
    answer: Any = owner.get(address)
    content = b"".join(answer.streaming_content)
    assert (answer.status_code, len(content)) == (200, takeout.size)
    assert "no-store" in answer.headers["cache-control"]
    left_open = signed_in(cast.shop, "owner").get(address)
    assert left_open.headers["location"].startswith("/accounts/reauthenticate/")
    for stranger in (signed_in(cast.rival, "owner"), signed_in(cast.shop, "manager"), Client()):
        assert stranger.get(address).status_code in {302, 403, 404}
    assert signed_in(cast.shop, "manager").post(reverse("admin:takeout")).status_code == 403
    assert taking_out.throw_out(now=timezone.now()) == 0
    assert taking_out.throw_out(now=timezone.now() + timedelta(hours=25)) == 1
    assert owner.get(address).status_code == 404
    assert not list((Path(settings.MEDIA_ROOT) / "takeout").iterdir())


@pytest.mark.usefixtures("_own_media")
def test_an_export_whose_worker_died_is_made_again(cast: Cast) -> None:
    now = timezone.now()
    taking_out.ask(merchant=cast.shop.merchant, actor="staff:1", now=now)
    Takeout.objects.update(state="running", claimed_until=now - timedelta(seconds=1))
    assert taking_out.make_pending(clock=timezone.now) == 1


@pytest.mark.django_db(transaction=True)
def test_an_export_sees_one_moment_while_others_write(tmp_path: Path) -> None:
    """What is posted in the middle is not in it: the files agree with one another."""
    shop = the_cast().shop
    books = Books(shop.member, now=timezone.now() - timedelta(days=3))
    books.earn(100)
    sold: list[int] = []

    def sell_on(done: int, _of: int) -> None:
        if done and not sold:
            sold.append(books.earn(50).points)

    manifest = export_merchant(
        merchant=shop.merchant, output=tmp_path / "export", now=timezone.now(), progress=sell_on
    )
    assert sold == [50]
    assert manifest["books"] == {"moved": 100, "available": 100, "owed": 0, "in_lots": 100, "tie": True}
