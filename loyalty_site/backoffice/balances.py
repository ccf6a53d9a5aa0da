"""Bringing opening balances in: upload, look at what would happen, confirm; the pages of ``imports``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanWidget

from accounts.models import Merchant, User
from accounts.reach import reach_of
from ledger.errors import FileRefused
from ledger.imports.balance_rows import BalanceRow
from ledger.imports.balances import Reading, read_balances, start_balances
from ledger.imports.issues import sentence
from ledger.models.imports import ImportKind
from ledger.tasks import run_imports
from loyalty_site.backoffice.imports import (
    LARGEST,
    PREVIEW_ROWS,
    SESSION_KEY,
    SHOWN_ISSUES,
    SHOWN_ROWS,
    SUFFIXES,
    PreviewIssue,
    Upload,
    cancel,
    forget,
    importing_merchant,
    keep,
    waiting,
)
from loyalty_site.backoffice.rendering import page


class BalancesForm(forms.Form):
    """The file, and whether it comes in whole or not at all."""

    file = forms.FileField(
        label=_("File of balances"),
        help_text=_("CSV or XLSX with the columns phone or member_id, points, expires_on, and more below."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ",".join(SUFFIXES)}),
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
class Preview:
    """What would happen with the rows that were looked at."""

    rows: list[BalanceRow]
    issues: list[PreviewIssue]
    good: int
    bad: int
    people: int
    points: int
    stamps: int
    is_whole: bool


def upload(request: HttpRequest) -> HttpResponse:
    """Take a file, then show what it holds."""
    merchant = importing_merchant(request)
    form = BalancesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        forget(request)
        request.session[SESSION_KEY] = keep(form, merchant, ImportKind.BALANCES)
        return redirect("admin:balances_preview")
    return page(request, "backoffice/balances_upload.html", _("Import balances"), form=form)


def preview(request: HttpRequest) -> HttpResponse:
    """Show what would happen; on confirmation start the job, on cancelling throw the file away."""
    merchant = importing_merchant(request)
    held = waiting(request, merchant, ImportKind.BALANCES)
    if request.method == "POST":
        return confirm(request, merchant, held) if "confirm" in request.POST else cancel(request)
    try:
        reading = read_balances(held.path, merchant, now=timezone.now(), limit=PREVIEW_ROWS)
    except FileRefused as refusal:
        forget(request)
        messages.error(request, str(refusal))
        return redirect("admin:balances_upload")
    found = describe(reading)
    return page(
        request, "backoffice/balances_preview.html", _("Import balances"), held=held, preview=found,
        can_go_on=found.good > 0 and not (held.strict and found.bad),
    )  # fmt: skip


def confirm(request: HttpRequest, merchant: Merchant, held: Upload) -> HttpResponse:
    """Store the file as a run and nudge a worker; beat finds the run if the nudge is lost."""
    actor = reach_of(request).actor(merchant, cast(User, request.user))
    run = start_balances(
        merchant=merchant, file=held.path, name=held.name, actor=actor.label, now=timezone.now(),
        strict=held.strict,
    )  # fmt: skip
    forget(request)
    transaction.on_commit(run_imports.delay)
    messages.success(request, _("The import has started. This page shows how far it has come."))
    return redirect("admin:ledger_importrun_change", run.pk)


def describe(reading: Reading) -> Preview:
    """Return the reading in words."""
    issues = [
        PreviewIssue(issue.row, issue.column, sentence(issue.code, issue.params))
        for issue in reading.issues[:SHOWN_ISSUES]
    ]
    return Preview(
        rows=reading.rows[:SHOWN_ROWS],
        issues=issues,
        good=len(reading.rows),
        bad=len(reading.issues),
        people=len({row.member_ref or row.phone for row in reading.rows}),
        points=sum(row.points for row in reading.rows),
        stamps=sum(row.stamps for row in reading.rows),
        is_whole=reading.total < PREVIEW_ROWS,
    )
