"""Membership plans below a version."""

from accounts.tenant_admin import TenantStackedInline
from programs.admin.parts import PartMixin
from programs.forms_of_plans import PlanForm
from programs.models import Plan


class PlanInline(PartMixin, TenantStackedInline):
    """Paid memberships."""

    model = Plan
    form = PlanForm
    collapsible = True
    fields = (
        ("name_ar", "name_en"),
        ("price_minor", "period"),
        ("trial_days", "grace_days"),
        ("benefits_ar", "benefits_en"),
        ("discount_percent", "free_shipping"),
        ("welcome_reward", "fee_earns"),
        ("code", "is_active"),
    )
