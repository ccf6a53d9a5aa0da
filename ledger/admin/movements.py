"""The ledger of points: every movement, opened into what it took and what became of it."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from accounts.cells import (
    actor_cell,
    lines_cell,
    points_cell,
)
from ledger.admin.book import BookAdmin
from ledger.models import Movement
from ledger.models.movements import MovementKind
from ledger.proofs import entry_story
from programs.sentences import sentences


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
        (_("Came from"), {"fields": (("purchase", "refund", "redemption"), ("version", "by"))}),
    )
    readonly_fields = ("who", "signed", "why", "by")

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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out where it did not come from."""
        facts, (title, origin) = super().get_fieldsets(request, obj)
        sources, rest = origin["fields"]
        known = tuple(name for name in sources if obj is not None and getattr(obj, f"{name}_id"))
        return [facts, (title, {"fields": (known, rest) if known else (rest,)})]

    @display(description=_("actor"))
    def by(self, movement: Movement) -> str:
        """Who brought it."""
        return actor_cell(movement.actor)

    @display(description=_("reasons"))
    def why(self, row: Movement) -> str:
        """Every reason as a sentence, with the words of whoever moved points by hand."""
        return lines_cell(sentences(row.why, get_language() or "ar"))

    @display(description=_("points"), ordering="points")
    def signed(self, movement: Movement) -> str:
        """The change, with its sign."""
        return points_cell(movement.points, signed=True)
