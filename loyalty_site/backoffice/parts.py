"""Filters of the composed lists."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.reach import reach_of
from loyalty_site.backoffice.badges import TierBadges


class TierFilter(admin.SimpleListFilter):
    """Members of one tier."""

    title = _("tier")
    parameter_name = "tier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the tiers within reach."""
        return TierBadges(reach_of(request)).choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the members who hold it."""
        return queryset.filter(balance__tier_code=self.value()) if self.value() else queryset
