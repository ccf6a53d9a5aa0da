"""Bringing a file of purchases in: upload, look at what would happen, confirm.

Confirming stores the file and starts the same job as the command: there is one door into the ledger. Until
then the file lies in a folder of its own under a name nobody can guess, which only this session knows.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminRadioSelectWidget, UnfoldBooleanWidget

from accounts.models import Member, Merchant, User
from accounts.money import Money
from accounts.reach import current_merchant, reach_of
from ledger.errors import FileRefused
from ledger.imports.issues import sentence
from ledger.imports.purchases import Reading, read_file, start_import
from ledger.models.imports import ImportKind
from ledger.tasks import run_imports
from loyalty_site.backoffice.rendering import page

SESSION_KEY: Final = "import_upload"
PREVIEW_ROWS: Final = 5_000  # what is checked while somebody waits; the job checks the rest
SHOWN_ROWS, SHOWN_ISSUES = 8, 50
LARGEST: Final = 50 * 2**20
KEPT: Final = timedelta(hours=6)
SUFFIXES: Final = (".csv", ".txt", ".tsv", ".xlsx")
AWARD: Final = {"window": None, "yes": True, "no": False}


class UploadForm(forms.Form):
    """The file, and what the merchant wishes of it."""

    file = forms.FileField(
        label=_("File of purchases"),
        help_text=_("CSV or XLSX with the columns external_id, phone or member_id, occurred_at, amount."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ",".join(SUFFIXES)}),
    )
    award = forms.ChoiceField(
        label=_("Purchases older than the claim window"),
        choices=[
            ("window", _("Move tiers and figures, earn nothing")),
            ("yes", _("Earn too, each at its own date and tier")),
            ("no", _("Nothing in this file earns: history only")),
        ],
        initial="window",
        widget=UnfoldAdminRadioSelectWidget,
    )
    strict = forms.BooleanField(
        label=_("All rows or none"),
        required=False,
        help_text=_("If any row is wrong, nothing is imported."),
        widget=UnfoldBooleanWidget,
    )

    def clean_file(self) -> Any:
        """Refuse what is too large for the browser's door, or no table."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_("The file is larger than 50 MB; use the command for it."))
        if Path(file.name or "").suffix.lower() not in SUFFIXES:
            raise forms.ValidationError(_("The file is neither CSV text nor XLSX."))
        return file


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits for its confirmation."""

    token: str
    name: str
    merchant_id: int
    award: str
    strict: bool
    kind: str = ImportKind.PURCHASES

    @property
    def path(self) -> Path:
        """Where it lies."""
        return folder() / f"{self.token}{Path(self.name).suffix.lower()}"


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A good row, in words."""

    row: int
    external_id: str
    person: str
    occurred_at: datetime
    amount: str


@dataclass(frozen=True, slots=True)
class PreviewIssue:
    """A bad row: where, and why."""

    row: int
    column: str
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen with the rows that were looked at."""

    rows: list[PreviewRow]
    issues: list[PreviewIssue]
    good: int
    bad: int
    new_people: int
    total: str
    is_whole: bool


def folder() -> Path:
    """Return the folder of waiting uploads."""
    return Path(settings.MEDIA_ROOT) / "uploads"


def upload(request: HttpRequest) -> HttpResponse:
    """Take a file, then show what it holds."""
    merchant = importing_merchant(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        forget(request)
        request.session[SESSION_KEY] = keep(form, merchant)
        return redirect("admin:import_preview")
    return page(request, "backoffice/import_upload.html", _("Import purchases"), form=form)


def preview(request: HttpRequest) -> HttpResponse:
    """Show what would happen; on confirmation start the job, on cancelling throw the file away."""
    merchant = importing_merchant(request)
    held = waiting(request, merchant)
    if request.method == "POST":
        return confirm(request, merchant, held) if "confirm" in request.POST else cancel(request)
    try:
        reading = read_file(held.path, merchant, now=timezone.now(), limit=PREVIEW_ROWS)
    except FileRefused as refusal:
        forget(request)
        messages.error(request, str(refusal))
        return redirect("admin:import_upload")
    found = describe(reading, merchant)
    return page(
        request, "backoffice/import_preview.html", _("Import purchases"), held=held, preview=found,
        can_go_on=found.good > 0 and not (held.strict and found.bad),
    )  # fmt: skip


def confirm(request: HttpRequest, merchant: Merchant, held: Upload) -> HttpResponse:
    """Store the file as a run and nudge a worker; beat finds the run if the nudge is lost."""
    actor = reach_of(request).actor(merchant, cast(User, request.user))
    run = start_import(
        merchant=merchant, file=held.path, name=held.name, actor=actor.label, now=timezone.now(),
        award=AWARD[held.award], strict=held.strict,
    )  # fmt: skip
    forget(request)
    transaction.on_commit(run_imports.delay)
    messages.success(request, _("The import has started. This page shows how far it has come."))
    return redirect("admin:ledger_importrun_change", run.pk)


def cancel(request: HttpRequest) -> HttpResponse:
    """Throw the file away."""
    forget(request)
    messages.info(request, _("The file was thrown away; nothing was imported."))
    return redirect("admin:ledger_importrun_changelist")


def importing_merchant(request: HttpRequest) -> Merchant:
    """Return the merchant whose purchases come in; refuse those who may not."""
    if not reach_of(request).may("change", "imports"):
        raise PermissionDenied
    return current_merchant(request, right="change", room="imports")


def keep(form: forms.Form, merchant: Merchant, kind: str = ImportKind.PURCHASES) -> dict[str, Any]:
    """Store the upload and return what the session remembers of it."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    throw_out_old()
    file = form.cleaned_data["file"]
    held = Upload(
        token=secrets.token_urlsafe(24),
        name=Path(file.name or "purchases.csv").name[:200],
        merchant_id=merchant.pk,
        award=form.cleaned_data.get("award", ""),
        strict=form.cleaned_data["strict"],
        kind=kind,
    )
    with held.path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return {name: getattr(held, name) for name in Upload.__slots__}


def waiting(request: HttpRequest, merchant: Merchant, kind: str = ImportKind.PURCHASES) -> Upload:
    """Return this session's upload for ``merchant``; 404 when there is none (any more)."""
    stored = request.session.get(SESSION_KEY)
    held = Upload(**stored) if stored else None
    is_it = held is not None and (held.merchant_id, held.kind) == (merchant.pk, kind)
    if held is None or not is_it or not held.path.exists():
        raise Http404
    return held


def forget(request: HttpRequest) -> None:
    """Delete this session's upload: it holds people's phones."""
    stored = request.session.pop(SESSION_KEY, None)
    if stored:
        Upload(**stored).path.unlink(missing_ok=True)


def throw_out_old() -> None:
    """Delete uploads nobody confirmed."""
    oldest = timezone.now().timestamp() - KEPT.total_seconds()
    for path in folder().iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def throw_out_uploads() -> None:
    """Delete every upload that waits for a confirmation: somebody it names was erased."""
    if folder().exists():
        for path in folder().iterdir():
            path.unlink(missing_ok=True)


def describe(reading: Reading, merchant: Merchant) -> Preview:
    """Return the reading in words."""
    return Preview(
        rows=[
            PreviewRow(
                row.row, row.external_id, row.phone or row.member_ref, row.occurred_at,
                in_words(row.amount_minor, merchant),
            )
            for row in reading.rows[:SHOWN_ROWS]
        ],
        issues=[
            PreviewIssue(issue.row, issue.column, sentence(issue.code, issue.params))
            for issue in reading.issues[:SHOWN_ISSUES]
        ],
        good=len(reading.rows),
        bad=len(reading.issues),
        new_people=count_new(reading, merchant),
        total=in_words(sum(row.amount_minor for row in reading.rows), merchant),
        is_whole=reading.total < PREVIEW_ROWS,
    )  # fmt: skip


def in_words(amount_minor: int, merchant: Merchant) -> str:
    """Return an amount in the reader's language."""
    return Money(amount_minor, merchant.currency).format(get_language() or "ar")


def count_new(reading: Reading, merchant: Merchant) -> int:
    """Count the people of the file whom nobody knows yet."""
    phones = {row.phone for row in reading.rows if row.phone}
    known = (
        Member.objects.filter(merchant=merchant).active().filter(phone__in=phones)
        if len(phones) < 900
        else None
    )
    if known is not None:
        return len(phones) - known.count()
    everyone = set(Member.objects.filter(merchant=merchant).active().values_list("phone", flat=True))
    return len(phones - everyone)
