"""Paid memberships: how each stands, and its fees; facts, so nobody edits them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.cells import money_cell
from accounts.reach import reach_of
from ledger.admin.book import BookAdmin, ReadOnlyInline
from ledger.membership_queries import plan_name, with_plan_names
from ledger.models import Membership, MembershipPayment
from ledger.models.memberships import MembershipState
from programs.models import Plan


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


class PlanFilter(admin.SimpleListFilter):
    """Memberships of one plan, by its newest name."""

    title = _("membership plan")
    parameter_name = "plan"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the plans within reach."""
        rows = reach_of(request).limit(
            Plan.objects.all(), room="programme", path="version__programme__merchant"
        )
        return list({plan.code: plan.name for plan in rows.order_by("version__number")}.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> QuerySet[Membership]:
        """Keep those of the plan."""
        return queryset.filter(plan=self.value()) if self.value() else queryset


@admin.register(Membership)
class MembershipAdmin(BookAdmin):
    """Paid memberships."""

    list_display = ("who", "sold_plan", "state_badge", "paid_through", "price", "fees", "started_at")
    list_select_related = ("member", "merchant")
    list_filter = ("state", PlanFilter)
    ordering = ("-started_at", "-id")
    inlines = (FeeInline,)
    fieldsets = (
        (None, {"fields": (("who", "sold_plan"), ("state_badge", "price", "fees"))}),
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
    readonly_fields = ("who", "sold_plan", "price", "state_badge")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Know what each plan was called."""
        return with_plan_names(super().get_queryset(request))

    @display(description=_("membership plan"), ordering="plan")
    def sold_plan(self, row: Membership) -> str:
        """The plan by its name."""
        return plan_name(row)

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
