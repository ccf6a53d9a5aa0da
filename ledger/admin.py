"""Back office pages of the books. Everybody with the right may read; nobody may edit."""

from fractions import Fraction
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import action, display

from accounts.cells import NOTHING, code_cell, lines_cell, member_cell, money_cell, name_cell, points_cell
from accounts.models import Member
from accounts.reach import reach_of
from accounts.searching import rows_of_people
from accounts.tenant_admin import FactAdmin, TenantRelatedFilter, TenantTabularInline
from ledger.imports.issues import file_sentence
from ledger.imports.issues import sentence as issue_sentence
from ledger.models import ImportIssue, ImportRun, Movement, Purchase, PurchaseLine, Redemption, Refund
from ledger.models.imports import ImportState
from ledger.models.movements import MovementKind
from ledger.models.redemptions import RedemptionState
from ledger.proofs import entry_story
from ledger.resources import PurchaseResource
from programs.sentences import sentences


class ReadOnlyInline(TenantTabularInline):
    """Rows below a fact."""

    room = "facts"
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


class BookAdmin(FactAdmin):
    """What the pages of the books share: a member, a search by person or code, the newest first."""

    code_field = ""
    list_filter_submit = True
    search_help_text = _("A phone in any spelling, a name, or a number")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Show the search box; the searching itself is ``get_search_results``."""
        return ("member__phone",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by the row's own code, or by person."""
        if not search_term:
            return queryset, False
        people = reach_of(request).limit(Member.objects.all(), room="facts")
        return rows_of_people(queryset, people, search_term, self.code_field), False

    @display(description=_("member"))
    def who(self, row: Any) -> str:
        """The member, leading to their page."""
        return member_cell(row.member)

    @display(description=_("reasons"))
    def why(self, row: Any) -> str:
        """Every stored reason as a sentence."""
        return lines_cell(sentences(row.reasons, get_language() or "ar"))


class LineInline(ReadOnlyInline):
    """The lines of an order."""

    model = PurchaseLine
    tenant_path = "purchase__merchant"
    fields = ("name", "category", "kind", "quantity", "amount", "earned")
    readonly_fields = fields

    @display(description=_("amount"))
    def amount(self, line: PurchaseLine) -> str:
        """What the line cost."""
        return money_cell(line.amount_minor, line.purchase.currency)

    @display(description=_("points"))
    def earned(self, line: PurchaseLine) -> str:
        """What the line earned before the order's one rounding."""
        return code_cell(f"{float(Fraction(line.points_exact)):,.2f}")


class RefundInline(ReadOnlyInline):
    """What came back of an order."""

    model = Refund
    fields = ("external_id", "occurred_at", "amount", "clawback_points", "shortfall_points")
    readonly_fields = fields

    @display(description=_("amount"))
    def amount(self, refund: Refund) -> str:
        """What was given back."""
        return money_cell(refund.amount_minor, refund.purchase.currency)


@admin.register(Purchase)
class PurchaseAdmin(ExportMixin, BookAdmin):
    """Purchases."""

    code_field = "external_id"
    resource_classes = [PurchaseResource]
    export_form_class = ExportForm
    list_display = ("order", "who", "total", "points_badge", "branch", "occurred_at")
    list_select_related = ("member", "branch")
    list_filter = (("business_date", RangeDateFilter), ("branch", TenantRelatedFilter))
    ordering = ("-occurred_at", "-id")
    inlines = (LineInline, RefundInline)
    fieldsets = (
        (None, {"fields": (("order", "who"), ("total", "paid", "refunded"), ("points", "tier_code", "why"))}),
        (
            _("Where and when"),
            {"fields": (("branch", "channel", "source"), ("occurred_at", "business_date"))},
        ),
    )
    readonly_fields = ("order", "who", "total", "paid", "refunded", "why")

    @display(description=_("order number"), ordering="external_id")
    def order(self, purchase: Purchase) -> str:
        """The order number."""
        return code_cell(purchase.external_id)

    @display(description=_("total"), ordering="total_minor")
    def total(self, purchase: Purchase) -> str:
        """What the order cost."""
        return money_cell(purchase.total_minor, purchase.currency)

    @display(description=_("paid with points"))
    def paid(self, purchase: Purchase) -> str:
        """What points paid of it."""
        return money_cell(purchase.points_paid_minor, purchase.currency)

    @display(description=_("refunded"))
    def refunded(self, purchase: Purchase) -> str:
        """What came back of it."""
        return money_cell(purchase.refunded_minor, purchase.currency)

    @display(description=_("points"), ordering="points")
    def points_badge(self, purchase: Purchase) -> str:
        """What it earned."""
        return points_cell(purchase.points, signed=True)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may read may take a copy."""
        return self.has_view_permission(request)


@admin.register(Movement)
class MovementAdmin(BookAdmin):
    """The ledger of points."""

    list_display = ("occurred_at", "who", "kind_badge", "signed", "why")
    list_select_related = ("member", "note")
    list_filter = (("business_date", RangeDateFilter), "kind")
    ordering = ("-id",)
    change_form_template = "admin/ledger/movement/change_form.html"
    fieldsets = (
        (
            None,
            {"fields": (("who", "kind"), ("signed", "why"), ("occurred_at", "business_date", "recorded_at"))},
        ),
        (_("Came from"), {"fields": (("purchase", "refund", "redemption"), ("version", "actor"))}),
    )
    readonly_fields = ("who", "signed", "why")

    @display(
        description=_("kind"),
        ordering="kind",
        label={
            MovementKind.EARN: "success",
            MovementKind.RETURN: "success",
            MovementKind.REDEEM: "primary",
            MovementKind.CLAWBACK: "warning",
            MovementKind.EXPIRE: "danger",
            MovementKind.ADJUST: "info",
            MovementKind.OPENING: "info",
            MovementKind.TRANSFER: "info",
        },
    )
    def kind_badge(self, movement: Movement) -> Any:
        """The kind as a badge."""
        return movement.kind, movement.get_kind_display()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Open the movement: which points it took, and what became of those it made."""
        movement = self.get_object(request, object_id)
        shown = dict(extra_context or {})
        if movement is not None:
            shown["story"] = entry_story(movement)
        return cast(HttpResponse, super().change_view(request, object_id, form_url, shown))

    @display(description=_("reasons"))
    def why(self, row: Movement) -> str:
        """Every reason as a sentence, with the words of whoever moved points by hand."""
        return lines_cell(sentences(row.why, get_language() or "ar"))

    @display(description=_("points"), ordering="points")
    def signed(self, movement: Movement) -> str:
        """The change, with its sign."""
        return points_cell(movement.points, signed=True)


@admin.register(Redemption)
class RedemptionAdmin(BookAdmin):
    """Codes that were issued, and what became of them."""

    code_field = "code__iexact"
    list_display = ("code_text", "who", "name", "points", "worth", "state_badge", "issued_at")
    list_select_related = ("member",)
    list_filter = ("state", "kind", ("branch", TenantRelatedFilter))
    ordering = ("-issued_at", "-id")
    fieldsets = (
        (None, {"fields": (("code_text", "who"), ("name", "points", "worth"), ("state", "closed_by"))}),
        (
            _("When"),
            {"fields": (("issued_at", "expires_at", "closed_at"), ("branch", "order_ref", "source"))},
        ),
    )
    readonly_fields = ("code_text", "who", "worth", "name")

    @display(description=_("code"))
    def code_text(self, redemption: Redemption) -> str:
        """The code; while it can still be used only its end is shown, since who reads it could use it."""
        if redemption.state == RedemptionState.RESERVED:
            return code_cell(f"••••{redemption.code[-3:]}")
        return code_cell(redemption.code)

    @display(description=_("what it buys"))
    def name(self, redemption: Redemption) -> str:
        """What it buys, in the reader's language."""
        return redemption.name

    @display(description=_("worth"), ordering="value_minor")
    def worth(self, redemption: Redemption) -> str:
        """What it takes off the bill."""
        return money_cell(redemption.value_minor or None, redemption.currency)

    @display(
        description=_("state"),
        ordering="state",
        label={
            RedemptionState.RESERVED: "info",
            RedemptionState.USED: "success",
            RedemptionState.CANCELLED: "default",
            RedemptionState.EXPIRED: "danger",
        },
    )
    def state_badge(self, redemption: Redemption) -> Any:
        """The state as a badge."""
        return redemption.state, redemption.get_state_display()


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


@admin.register(ImportRun)
class ImportRunAdmin(FactAdmin):
    """Files that were brought in. The upload itself is ``loyalty_site.backoffice.imports``."""

    room = "imports"
    list_display = (
        "file_name",
        "kind",
        "state_badge",
        "rows",
        "created",
        "repeated",
        "refused",
        "created_at",
    )
    list_filter = ("kind", "state")
    search_fields = ("original_name",)
    inlines = (IssueInline,)
    actions_list = ("new_import", "new_balances")
    fieldsets = (
        (None, {"fields": (("original_name", "kind"), ("state", "rows", "done"), "message_text")}),
        (
            _("Result"),
            {"fields": (("created", "repeated", "refused"), ("members_created", "points"))},
        ),
        (_("Wishes"), {"fields": (("award", "strict"), ("actor", "created_at", "finished_at"))}),
    )
    readonly_fields = ("message_text",)

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
