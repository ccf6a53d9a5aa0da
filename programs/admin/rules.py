"""Caps below a version, rules in words, and the days of occasions."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.models import User
from accounts.reach import reach_of
from accounts.tenant_admin import TenantAdmin, TenantTabularInline
from programs.admin.parts import PartMixin
from programs.forms_of_rules import CapForm, OccasionForm
from programs.models import EarnCap, OccasionDays


class CapInline(PartMixin, TenantTabularInline):
    """Caps and budgets."""

    model = EarnCap
    form = CapForm
    fields = ("scope", "rule", "period", "points")


@admin.register(OccasionDays)
class OccasionDaysAdmin(TenantAdmin):
    """When occasions fall, as the shop set them; what was set is followed, never changed."""

    room = "programme"
    form = OccasionForm
    list_display = ("occasion", "year", "first_day", "last_day", "set_at", "set_by")
    ordering = ("-set_at", "-id")

    @display(description=_("occasion"), ordering="code")
    def occasion(self, row: OccasionDays) -> str:
        """The occasion's name."""
        return row.name

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Choose the occasion when adding; afterwards show what was set."""
        if obj is None:
            return ("merchant", "which", ("first_day", "last_day"), "code", ("name_ar", "name_en"))
        return ("occasion", "year", ("first_day", "last_day"), ("set_at", "set_by"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nothing of what was set may be edited."""
        return () if obj is None else ("occasion", "year", "first_day", "last_day", "set_at", "set_by")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Tell the form what time it is: it offers what lies ahead."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.now = timezone.now()
        return form

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: days are set anew."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: awards went by them."""
        return False

    def save_model(self, request: HttpRequest, obj: OccasionDays, form: Any, change: bool) -> None:
        """Date the days by when they were set, and say by whom."""
        obj.set_at = timezone.now()
        obj.set_by = reach_of(request).actor(obj.merchant, cast(User, request.user)).label
        super().save_model(request, obj, form, change)
