"""Bringing a file in: upload, look at what would happen, confirm; the same pages for every kind of file.

Confirming stores the file and starts the same job as the command: there is one door into the ledger.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanWidget

from accounts.models import Merchant, User
from accounts.reach import current_merchant, reach_of
from ledger.imports.errors import FileRefused
from ledger.imports.issues import sentence
from ledger.imports.purchase_rows import Issue
from ledger.models import ImportRun
from ledger.models.imports import ImportKind
from ledger.tasks import run_imports
from loyalty_site.backoffice.rendering import page
from loyalty_site.backoffice.uploads import SESSION_KEY, Upload, forget, keep, waiting

PREVIEW_ROWS: Final = 5_000  # what is checked while somebody waits; the job checks the rest
SHOWN_ROWS, SHOWN_ISSUES = 8, 50
LARGEST: Final = 50 * 2**20
SUFFIXES: Final = (".csv", ".txt", ".tsv", ".xlsx")


def file_field(label: Any, help_text: Any) -> forms.FileField:
    """The file itself, as a form asks for it."""
    widget = UnfoldAdminFileFieldWidget(attrs={"accept": ",".join(SUFFIXES)})
    return forms.FileField(label=label, help_text=help_text, widget=widget)


class UploadForm(forms.Form):
    """Whether the file comes in whole or not at all; a child adds the file and further wishes."""

    field_order: tuple[str, ...] = ("file",)
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
class PreviewIssue:
    """A bad row: where, and why."""

    row: int
    column: str
    why: str


class Read(Protocol):
    """A file as it was read."""

    @property
    def rows(self) -> list[Any]:
        """The rows that can come in."""

    @property
    def issues(self) -> list[Issue]:
        """Why the others cannot."""

    @property
    def total(self) -> int:
        """How many rows the file has, header apart."""


Reading = TypeVar("Reading", bound=Read)


@dataclass(frozen=True, slots=True)
class Door(Generic[Reading]):
    """The pages by which one kind of file comes in.

    ``name`` stands in their addresses and templates. ``read`` checks a file, ``describe`` says in words what
    of it only this kind has, ``start`` stores it as a run.
    """

    kind: ImportKind
    name: str
    title: Promise
    form: type[UploadForm]
    read: Callable[..., Reading]
    describe: Callable[[Reading, Merchant], dict[str, Any]]
    start: Callable[..., ImportRun]

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Take a file, then show what it holds."""
        merchant = importing_merchant(request)
        form = self.form(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            forget(request)
            request.session[SESSION_KEY] = keep(form, merchant, self.kind)
            return redirect(f"admin:{self.name}_preview")
        return page(request, f"backoffice/{self.name}_upload.html", self.title, form=form)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Show what would happen; on confirmation start the job, on cancelling throw the file away."""
        merchant = importing_merchant(request)
        held = waiting(request, merchant, self.kind)
        if request.method == "POST":
            return self._confirm(request, merchant, held) if "confirm" in request.POST else cancel(request)
        try:
            reading = self.read(held.path, merchant, now=timezone.now(), limit=PREVIEW_ROWS)
        except FileRefused as refusal:
            forget(request)
            messages.error(request, str(refusal))
            return redirect(f"admin:{self.name}_upload")
        return page(
            request, f"backoffice/{self.name}_preview.html", self.title, held=held,
            preview=SimpleNamespace(**in_common(reading), **self.describe(reading, merchant)),
            can_go_on=bool(reading.rows) and not (held.strict and reading.issues),
        )  # fmt: skip

    def _confirm(self, request: HttpRequest, merchant: Merchant, held: Upload) -> HttpResponse:
        """Store the file as a run and nudge a worker; beat finds the run if the nudge is lost."""
        actor = reach_of(request).actor(merchant, cast(User, request.user))
        run = self.start(held, merchant=merchant, actor=actor.label, now=timezone.now())
        forget(request)
        transaction.on_commit(run_imports.delay)
        messages.success(request, _("The import has started. This page shows how far it has come."))
        return redirect("admin:ledger_importrun_change", run.pk)


def in_common(reading: Read) -> dict[str, Any]:
    """What the preview of any file says: how many rows are good, and what is wrong with the others."""
    return {
        "good": len(reading.rows),
        "bad": len(reading.issues),
        "issues": [
            PreviewIssue(issue.row, issue.column, sentence(issue.code, issue.params))
            for issue in reading.issues[:SHOWN_ISSUES]
        ],
        "is_whole": reading.total < PREVIEW_ROWS,
    }


def cancel(request: HttpRequest) -> HttpResponse:
    """Throw the file away."""
    forget(request)
    messages.info(request, _("The file was thrown away; nothing was imported."))
    return redirect("admin:ledger_importrun_changelist")


def importing_merchant(request: HttpRequest) -> Merchant:
    """Return the merchant whose file comes in; refuse those who may not."""
    if not reach_of(request).may("change", "imports"):
        raise PermissionDenied
    return current_merchant(request, right="change", room="imports")
