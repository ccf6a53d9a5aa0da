"""Purchases with their lines and refunds."""

from fractions import Fraction

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import display

from accounts.cells import (
    NOTHING,
    code_cell,
    member_cell,
    money_cell,
    points_cell,
)
from accounts.tenant_admin import TenantRelatedFilter
from ledger.admin.book import BookAdmin, ReadOnlyInline
from ledger.models import Purchase, PurchaseLine, Refund, UnclaimedOrder
from ledger.resources import PurchaseResource
from programs.models import Tier


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
        (None, {"fields": (("order", "who"), ("total", "paid", "refunded"), ("points", "tier", "why"))}),
        (
            _("Where and when"),
            {"fields": (("branch", "channel", "source"), ("occurred_at", "business_date"))},
        ),
    )
    readonly_fields = ("order", "who", "total", "paid", "refunded", "tier", "why")

    @display(description=_("order number"), ordering="external_id")
    def order(self, purchase: Purchase) -> str:
        """The order number."""
        return code_cell(purchase.external_id)

    @display(description=_("total"), ordering="total_minor")
    def total(self, purchase: Purchase) -> str:
        """What the order cost."""
        return money_cell(purchase.total_minor, purchase.currency)

    @display(description=_("tier"))
    def tier(self, purchase: Purchase) -> str:
        """The tier that priced it, by its name then."""
        tiers = Tier.objects.filter(version=purchase.version_id, code=purchase.tier_code)
        held = tiers.first() if purchase.tier_code else None
        return held.name if held else NOTHING

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


@admin.register(UnclaimedOrder)
class UnclaimedOrderAdmin(BookAdmin):
    """Sales that nobody was named for, and who claimed them by the receipt."""

    code_field = "external_id"
    list_display = ("order", "total", "branch", "occurred_at", "whose")
    list_select_related = ("member", "branch")
    list_filter = (("occurred_at", RangeDateTimeFilter), ("branch", TenantRelatedFilter))
    ordering = ("-occurred_at", "-id")
    fields = (("order", "total"), ("branch", "channel", "source"), "occurred_at", ("whose", "claimed_at"))
    readonly_fields = ("order", "total", "whose")

    @display(description=_("order number"), ordering="external_id")
    def order(self, sale: UnclaimedOrder) -> str:
        """The order number."""
        return code_cell(sale.external_id)

    @display(description=_("total"), ordering="total_minor")
    def total(self, sale: UnclaimedOrder) -> str:
        """What the sale cost."""
        return money_cell(sale.total_minor, sale.currency)

    @display(description=_("claimed by"), ordering="claimed_at")
    def whose(self, sale: UnclaimedOrder) -> str:
        """Whoever showed the receipt, nobody yet, or nobody any more."""
        if sale.cancelled_at:
            return str(_("cancelled"))
        return member_cell(sale.member) if sale.member else NOTHING
