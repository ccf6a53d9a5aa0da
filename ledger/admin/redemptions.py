"""Codes that were issued, and what became of them."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.cells import (
    code_cell,
    money_cell,
)
from accounts.tenant_admin import TenantRelatedFilter
from ledger.admin.book import BookAdmin
from ledger.models import Redemption
from ledger.models.redemptions import RedemptionState


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
