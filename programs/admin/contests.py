"""Contests and their prizes below a version."""

from django.utils.translation import gettext_lazy as _

from accounts.tenant_admin import TenantStackedInline, TenantTabularInline
from programs.admin.goals import FOR_WHOM, NAMES, WHEN, WHERE
from programs.admin.parts import PartMixin
from programs.forms_of_contests import ContestForm, ContestPrizeForm
from programs.models import Contest, ContestPrize


class ContestInline(PartMixin, TenantStackedInline):
    """Contests."""

    model = Contest
    form = ContestForm
    collapsible = True
    fieldsets = (
        (None, {"fields": NAMES}),
        (
            _("What ranks members"),
            {
                "fields": (
                    *(("counts",), ("event", "own_event"), ("minimum", "amount")),
                    *(("most_per_visit", "most_per_day"), ("by_joining", "checked_days")),
                )
            },
        ),
        *(WHEN, WHERE, FOR_WHOM),
    )


class ContestPrizeInline(PartMixin, TenantTabularInline):
    """What the places of contests win."""

    model = ContestPrize
    form = ContestPrizeForm
    hide_title = True
    fields = ("contest", "first_place", "last_place", "points", "badge", "reward", "reward_days")
