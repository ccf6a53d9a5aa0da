"""Files in and out: a preview first, errors by row, one door into the ledger, and no formula that runs."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.joining import join
from accounts.models import Member
from accounts.spreadsheets import as_typed, harmless
from ledger.imports.purchases import run_pending
from ledger.models import ImportRun, Purchase
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Shop

HEADER = "external_id,phone,occurred_at,amount"
GOOD = f"{HEADER}\nA-1,0555000001,2026-11-10 10:00,100.00\nA-2,٠٥٥٥٠٠٠٠٠٢,2026-11-11,٢٥٫٥٠\n"
MIXED = f"{GOOD}A-3,12,2026-11-11,10\nA-4,0555000004,2099-01-01,10\nA-2,0555000002,2026-11-11,10\n"
UPLOAD, PREVIEW = "admin:import_upload", "admin:import_preview"


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, text: str, name: str = "sales.csv", **wishes: str) -> Any:
    file = SimpleUploadedFile(name, text.encode())
    return client.post(reverse(UPLOAD), {"file": file, "award": "window"} | wishes, follow=True)


def uploads() -> list[Path]:
    folder = Path(settings.MEDIA_ROOT) / "uploads"
    return list(folder.iterdir()) if folder.exists() else []


def test_a_preview_tells_rows_and_columns_and_changes_nothing(shop: Shop, owner: Client) -> None:
    before = Purchase.objects.count()
    page = upload(owner, MIXED)
    found = page.context["preview"]
    assert (found.good, found.bad, found.new_people) == (2, 3, 2)
    assert found.total == "125.50 SAR"
    assert [(issue.row, issue.column) for issue in found.issues] == [
        (4, "phone"), (5, "occurred_at"), (6, "external_id"),
    ]  # fmt: skip
    assert "This does not look like a phone number." in page.content.decode()
    assert Purchase.objects.count() == before
    assert not ImportRun.objects.exists()


def test_confirming_starts_the_commands_own_job(shop: Shop, owner: Client) -> None:
    upload(owner, MIXED)
    page = owner.post(reverse(PREVIEW), {"confirm": ""}, follow=True)
    run = ImportRun.objects.get()
    assert page.redirect_chain[-1][0] == reverse("admin:ledger_importrun_change", args=[run.pk])
    assert (run.merchant, run.state, run.original_name) == (shop.merchant, "waiting", "sales.csv")
    assert page.headers["refresh"] == "3"  # it looks again while the job runs
    assert not uploads()  # the waiting copy is gone
    assert run_pending(clock=lambda: NOW) == 1
    run.refresh_from_db()
    assert (run.state, run.created, run.refused, run.members_created) == ("done", 2, 3, 2)
    page = owner.get(reverse("admin:ledger_importrun_change", args=[run.pk]))
    assert "This date is in the future." in page.content.decode()
    assert "refresh" not in page.headers
    assert Purchase.objects.filter(merchant=shop.merchant, external_id="A-2", total_minor=2_550).exists()


@pytest.mark.parametrize(("text", "wishes", "shown"), [
    (GOOD, {}, {"Refused rows": False, "The others come in": True, "within the claim window": True}),
    (MIXED, {}, {"Refused rows": True, "The others come in": True, "within the claim window": True}),
    (GOOD, {"strict": "on", "award": "no"}, {"Refused rows": False, "Refuse the whole file": True,
                                             "history only": True}),
])  # fmt: skip
def test_a_run_tells_in_words_what_was_wished_and_no_box_is_empty(
    shop: Shop, owner: Client, text: str, wishes: dict[str, str], shown: dict[str, bool]
) -> None:
    upload(owner, text, **wishes)
    owner.post(reverse(PREVIEW), {"confirm": ""})
    run_pending(clock=lambda: NOW)
    run = ImportRun.objects.get()
    page = owner.get(reverse("admin:ledger_importrun_change", args=[run.pk])).content.decode().lower()
    assert {words: words.lower() in page for words in shown} == shown


def test_throwing_a_file_away_leaves_nothing(shop: Shop, owner: Client) -> None:
    upload(owner, GOOD)
    assert len(uploads()) == 1
    owner.post(reverse(PREVIEW), {"cancel": ""})
    assert not uploads()
    assert owner.get(reverse(PREVIEW)).status_code == 404
    assert not ImportRun.objects.exists()


def test_all_rows_or_none_cannot_be_confirmed_with_a_bad_row(shop: Shop, owner: Client) -> None:
    page = upload(owner, MIXED, strict="on")
    assert not page.context["can_go_on"]
    page = upload(owner, GOOD, strict="on")
    assert page.context["can_go_on"]


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("a,b\n1,2\n", "x.csv", "The header lacks"),
        ("", "x.csv", "empty"),
        ("x" * 200_000, "x.csv", "longer than"),
        (GOOD, "x.pdf", "neither CSV text nor XLSX"),
    ],
)
def test_a_hopeless_file_is_refused_with_the_reason(
    text: str, name: str, said: str, shop: Shop, owner: Client
) -> None:
    page = upload(owner, text, name)
    assert said in page.content.decode()
    assert not uploads()


def test_another_session_does_not_see_the_upload(
    shop: Shop, rival: Shop, owner: Client, sign_in: SignIn
) -> None:
    upload(owner, GOOD)
    assert sign_in(rival.staff["owner"]).get(reverse(PREVIEW)).status_code == 404
    assert sign_in(shop.staff["owner"]).get(reverse(PREVIEW)).status_code == 404


def member_file(rows: str) -> dict[str, Any]:
    return {"import_file": SimpleUploadedFile("members.csv", rows.encode()), "format": "0", "resource": ""}


def import_members(client: Client, rows: str) -> Any:
    """Upload, and confirm when the preview offers it."""
    page = client.post(reverse("admin:accounts_member_import"), member_file(rows))
    form = page.context.get("confirm_form")
    if form is not None:
        client.post(reverse("admin:accounts_member_process_import"), form.initial | {"resource": ""})
    return page


def test_members_come_in_after_a_preview(shop: Shop, owner: Client) -> None:
    rows = "phone,given_name,birthday,gender\n٠٥٥٥ ١٢٣ ٤٥٦,سارة,١٩٩٠-٠٥-٠١,أنثى\n0501234567,نورا,,f\n"
    page = owner.post(reverse("admin:accounts_member_import"), member_file(rows))
    assert page.context["confirm_form"] is not None
    assert not Member.objects.filter(phone="+966555123456").exists()  # a preview writes nothing
    import_members(owner, rows)
    sara = Member.objects.get(phone="+966555123456")
    assert (sara.merchant, sara.given_name, sara.gender, str(sara.birthday)) == (
        shop.merchant, "سارة", "f", "1990-05-01",
    )  # fmt: skip
    assert sara.number
    shop.member.refresh_from_db()
    assert shop.member.given_name == "نورا"


def test_a_members_file_names_row_and_column_of_what_is_wrong(shop: Shop, owner: Client) -> None:
    rows = "phone,birthday,language\n12,,ar\n0555000001,31-31-2020,ar\n0555000002,,fr\n0555000002,,ar\n"
    page = import_members(owner, rows)
    wrong = {row.number: set(row.error_dict) for row in page.context["result"].invalid_rows}
    assert wrong == {1: {"phone"}, 2: {"birthday"}, 3: {"language"}, 4: {"phone"}}
    assert page.context.get("confirm_form") is None
    assert not Member.objects.filter(phone__startswith="+966555").exists()


def test_a_file_does_not_touch_a_rivals_member(shop: Shop, rival: Shop, owner: Client) -> None:
    """A rival's phone is a new person here; a rival's membership number means nothing."""
    rows = f"number,phone,given_name\n{rival.member.number},0507654321,Taken\n"
    import_members(owner, rows)
    rival.member.refresh_from_db()
    assert rival.member.given_name == "نورة"
    ours = Member.objects.get(merchant=shop.merchant, phone="+966507654321")
    assert ours.number != rival.member.number


def exported(client: Client, name: str, form: int = 0) -> bytes:
    return bytes(client.post(reverse(f"admin:{name}"), {"format": str(form), "resource": ""}).content)


@pytest.mark.parametrize(
    ("name", "key"), [("accounts_member_export", "phone"), ("ledger_purchase_export", "external_id")]
)
def test_exports_hold_only_ones_own(name: str, key: str, shop: Shop, rival: Shop, owner: Client) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(owner, name).decode())))
    ours, theirs = (shop.member.phone, rival.member.phone) if key == "phone" else ("oasis-1", "mirage-1")
    assert ours in {row[key] for row in rows}
    assert theirs not in {row[key] for row in rows}


def test_an_export_of_purchases_can_be_imported_again(shop: Shop, owner: Client) -> None:
    text = exported(owner, "ledger_purchase_export").decode()
    found = upload(owner, text).context["preview"]
    assert (found.good, found.bad) == (1, 0)


def test_formulas_do_not_run(shop: Shop, owner: Client) -> None:
    join(
        merchant=shop.merchant, now=NOW, source="test", actor="test", phone="0555000009",
        given_name='=HYPERLINK("http://x","y")', family_name="@SUM(A1)",
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(exported(owner, "accounts_member_export").decode())))
    row = next(row for row in rows if row["phone"] == "+966555000009")
    assert row["given_name"].startswith("'=")
    assert row["family_name"].startswith("'@")
    book = load_workbook(io.BytesIO(exported(owner, "accounts_member_export", 1)))
    assert not [cell for line in book.worksheets[0].iter_rows() for cell in line if cell.data_type == "f"]


@pytest.mark.parametrize("text", ["=1+1", "+1+1|cmd", "-2+3", "@x", "\t=1", "＝1"])
def test_a_cell_that_could_run_is_text_and_comes_back_as_it_was(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert as_typed(harmless(text)) == text


@pytest.mark.parametrize("text", ["+966501234567", "-12.50", "نورة", "A-1"])
def test_plain_values_are_left_alone(text: str) -> None:
    assert harmless(text) == text


def test_an_analyst_may_export_and_not_import(shop: Shop, sign_in: SignIn) -> None:
    analyst = sign_in(shop.staff["analyst"])
    assert analyst.get(reverse("admin:accounts_member_import")).status_code == 403
    assert "oasis-1" in exported(analyst, "ledger_purchase_export").decode()
