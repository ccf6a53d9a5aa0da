"""Opening balances through the browser's door: a preview first, errors by row, the commands' own job."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ledger.imports.balances import run_pending
from ledger.models import Balance, ImportRun, Opening
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Shop

UPLOAD, PREVIEW = "admin:balances_upload", "admin:balances_preview"
FILE = (
    "phone,points,expires_on,card,stamps,lot_id\n0555000001,٥٠٠,2027-01-25,قهوة,7,L-1\n"
    "0555000002,80,never,,,L-2\n0555000003,10,2025-01-01,,,L-3\n"
)


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, text: str, **wishes: str) -> Any:
    file = SimpleUploadedFile("balances.csv", text.encode())
    return client.post(reverse(UPLOAD), {"file": file} | wishes, follow=True)


def test_a_preview_tells_what_would_come_in_and_changes_nothing(shop: Shop, owner: Client) -> None:
    page = upload(owner, FILE)
    found = page.context["preview"]
    assert (found.good, found.bad, found.people, found.points, found.stamps) == (2, 1, 2, 580, 7)
    assert [(issue.row, issue.column) for issue in found.issues] == [(4, "expires_on")]
    assert "The last day was 2025-01-01" in page.content.decode()
    assert not Opening.objects.exists()
    assert not ImportRun.objects.exists()


def test_confirming_starts_the_commands_own_job_once(shop: Shop, owner: Client) -> None:
    for created, repeated in ((2, 0), (0, 2)):
        upload(owner, FILE)
        page = owner.post(reverse(PREVIEW), {"confirm": ""}, follow=True)
        run = ImportRun.objects.latest("pk")
        assert page.redirect_chain[-1][0] == reverse("admin:ledger_importrun_change", args=[run.pk])
        assert run_pending(clock=lambda: NOW) == 1
        run.refresh_from_db()
        assert (run.kind, run.state, run.created, run.repeated, run.refused) == (
            "balances", "done", created, repeated, 1,
        )  # fmt: skip
    page = owner.get(reverse("admin:ledger_importrun_change", args=[run.pk]))
    assert "what is over cannot come in" in page.content.decode()
    assert Balance.objects.get(member__phone="+966555000001").available == 500
    assert not list((Path(settings.MEDIA_ROOT) / "uploads").iterdir())


def test_a_file_of_balances_is_not_confirmed_as_purchases(shop: Shop, owner: Client) -> None:
    upload(owner, FILE)
    assert owner.get(reverse("admin:import_preview")).status_code == 404
    assert owner.get(reverse(PREVIEW)).status_code == 200
    owner.post(reverse(PREVIEW), {"cancel": ""})
    assert owner.get(reverse(PREVIEW)).status_code == 404


def test_what_is_no_table_of_balances_is_refused_with_the_reason(
    shop: Shop, owner: Client, sign_in: SignIn
) -> None:
    page = upload(owner, "a,b\n1,2\n")
    assert "The header lacks" in page.content.decode()
    page = upload(owner, FILE, strict="on")
    assert not page.context["can_go_on"]
    assert sign_in(shop.staff["analyst"]).get(reverse(UPLOAD)).status_code == 403
