"""Paid memberships: how each stands, and its fees; facts, so nobody edits them."""

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.cells import money_cell
from ledger.admin.book import BookAdmin, ReadOnlyInline
from ledger.models import Membership, MembershipPayment
from ledger.models.memberships import MembershipState


class FeeInline(ReadOnlyInline):
    """The fees of a membership, and what was given back."""

    model = MembershipPayment
    tenant_path = "merchant"
    fk_name = "membership"
    fields = ("kind", "amount", "method", "from_day", "to_day", "occurred_at", "source", "external_id")
    readonly_fields = fields

    @display(description=_("amount"))
    def amount(self, fee: MembershipPayment) -> str:
        """What was paid."""
        return money_cell(fee.amount_minor, fee.currency)


@admin.register(Membership)
class MembershipAdmin(BookAdmin):
    """Paid memberships."""

    list_display = ("who", "plan", "state_badge", "paid_through", "price", "fees", "started_at")
    list_select_related = ("member", "merchant")
    list_filter = ("state", "plan")
    ordering = ("-started_at", "-id")
    inlines = (FeeInline,)
    fieldsets = (
        (None, {"fields": (("who", "plan"), ("state_badge", "price", "fees"))}),
        (
            _("When"),
            {
                "fields": (
                    ("started_at", "trial_until", "paid_through"),
                    ("cancelled_at", "ended_at", "ended_why"),
                )
            },
        ),
    )
    readonly_fields = ("who", "price", "state_badge")

    @display(description=_("price"), ordering="price_minor")
    def price(self, row: Membership) -> str:
        """What a renewal costs."""
        return money_cell(row.price_minor, row.currency)

    @display(
        description=_("state"),
        label={"trial": "info", "active": "success", "grace": "warning", "ended": "default"},
    )
    def state_badge(self, row: Membership) -> Any:
        """Where it stands today, whatever the night has not told yet."""
        state = row.holding.state_at(timezone.now(), row.merchant.zone)
        return state, MembershipState(state).label
