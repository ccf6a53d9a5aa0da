"""Files that were brought in, with the rows that were refused."""

from typing import Any, Final, cast

from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from accounts.cells import (
    NOTHING,
    actor_cell,
    code_cell,
    name_cell,
    points_cell,
)
from accounts.tenant_admin import FactAdmin
from ledger.admin.book import ReadOnlyInline
from ledger.imports.issues import file_sentence
from ledger.imports.issues import sentence as issue_sentence
from ledger.models import ImportIssue, ImportRun
from ledger.models.imports import ImportKind, ImportState


class IssueInline(ReadOnlyInline):
    """The refused rows of a file, in words."""

    model = ImportIssue
    room = "imports"
    tenant_path = "run__merchant"
    fields = ("row", "column_text", "why")
    readonly_fields = fields
    per_page = 25

    @display(description=_("column"))
    def column_text(self, issue: ImportIssue) -> str:
        """The column's name as the file has it."""
        return code_cell(issue.column)

    @display(description=_("why"))
    def why(self, issue: ImportIssue) -> str:
        """The reason in the reader's language."""
        return issue_sentence(issue.code, issue.params)


WHAT_EARNS: Final = {
    None: _("what lies within the claim window"),
    True: _("everything, old purchases too"),
    False: _("nothing: history only"),
}


def counted(field: str) -> Any:
    """A count of an import, grouped for reading."""
    label = cast("Field[Any, Any]", ImportRun._meta.get_field(field)).verbose_name

    @display(description=label, ordering=field)
    def told(_admin: Any, run: ImportRun) -> str:
        return points_cell(getattr(run, field))

    return told


@admin.register(ImportRun)
class ImportRunAdmin(FactAdmin):
    """Files that were brought in. The upload itself is ``loyalty_site.backoffice.imports``."""

    room = "imports"
    list_display = (
        "file_name",
        "kind",
        "state_badge",
        "all_rows",
        "new_rows",
        "known_rows",
        "bad_rows",
        "created_at",
    )
    list_filter = ("kind", "state")
    search_fields = ("original_name",)
    inlines = (IssueInline,)
    actions_list = ("new_import", "new_balances")
    all_rows, done_rows = counted("rows"), counted("done")
    new_rows, known_rows, bad_rows = counted("created"), counted("repeated"), counted("refused")
    new_members, new_points = counted("members_created"), counted("points")
    readonly_fields = (
        "message_text", "file_name", "by", "all_rows", "done_rows", "new_rows", "known_rows", "bad_rows",
        "new_members", "new_points", "what_earns", "on_mistakes",
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: ImportRun | None = None) -> Any:
        """What was asked and what came of it; what does not apply to this file is not shown."""
        refusal = ("message_text",) if obj and obj.refusal else ()
        wishes = ("what_earns",) if obj and obj.kind == ImportKind.PURCHASES else ()
        result = (("new_rows", "known_rows", "bad_rows"), ("new_members", "new_points"))
        return (
            (None, {"fields": (("file_name", "kind"), ("state", "all_rows", "done_rows"), *refusal)}),
            (_("Result"), {"fields": result}),
            (_("Wishes"), {"fields": ((*wishes, "on_mistakes"), ("by", "created_at", "finished_at"))}),
        )

    def get_inlines(self, request: HttpRequest, obj: ImportRun | None) -> Any:
        """The refused rows, where there are any."""
        return super().get_inlines(request, obj) if obj is not None and obj.refused else []

    @display(description=_("what earns"))
    def what_earns(self, run: ImportRun) -> str:
        """Which purchases of the file were to earn."""
        return str(WHAT_EARNS[run.award])

    @display(description=_("rows with a mistake"))
    def on_mistakes(self, run: ImportRun) -> str:
        """What was to become of a file with bad rows."""
        return str(_("refuse the whole file") if run.strict else _("are left out, the others come in"))

    @display(description=_("actor"))
    def by(self, run: ImportRun) -> str:
        """Who brought the file."""
        return actor_cell(run.actor)

    @display(description=_("file name"), ordering="original_name")
    def file_name(self, run: ImportRun) -> str:
        """The file's name, isolated from its surroundings' direction."""
        return name_cell(run.original_name)

    @display(
        description=_("state"),
        label={
            ImportState.WAITING: "info",
            ImportState.RUNNING: "warning",
            ImportState.DONE: "success",
            ImportState.FAILED: "danger",
        },
    )
    def state_badge(self, run: ImportRun) -> Any:
        """The state as a badge."""
        return run.state, run.get_state_display()

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """Offer an import to those who may bring files in."""
        return super().get_actions_list(request) if self.may(request, "change") else []

    @action(description=_("New import"), url_path="new", icon="upload_file")
    def new_import(self, request: HttpRequest) -> HttpResponse:
        """Go where a file is chosen."""
        return redirect("admin:import_upload")

    @action(description=_("Import balances"), url_path="balances", icon="savings")
    def new_balances(self, request: HttpRequest) -> HttpResponse:
        """Go where a file of opening balances is chosen."""
        return redirect("admin:balances_upload")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Let the page look again by itself while the job runs."""
        response = cast(HttpResponse, super().change_view(request, object_id, form_url, extra_context))
        run = self.get_object(request, object_id)
        if run is not None and run.state in (ImportState.WAITING, ImportState.RUNNING):
            response["Refresh"] = "3"
        return response

    @display(description=_("message"))
    def message_text(self, run: ImportRun) -> str:
        """Why the file was refused, in the reader's language."""
        return file_sentence(run.refusal) or NOTHING
