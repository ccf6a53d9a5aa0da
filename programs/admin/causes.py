"""Causes, what a version gives them, and events with places."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import ImageField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminImageFieldWidget

from accounts.tenant_admin import TenantAdmin, TenantStackedInline
from programs.admin.parts import PartMixin
from programs.forms_of_causes import CauseForm
from programs.forms_of_events import EventForm
from programs.models import Cause, Giving, MemberEvent


class GivingInline(PartMixin, TenantStackedInline):
    """What the version promises causes."""

    model = Giving
    max_num = 1
    fields = (
        "takes_points",
        ("min_points", "step_points"),
        ("share_percent", "share_cap_minor"),
        "keep_days",
    )


@admin.register(Cause)
class CauseAdmin(TenantAdmin):
    """The causes a shop names."""

    room = "programme"
    form = CauseForm
    list_display = ("title", "licence", "is_active")
    ordering = ("id",)
    fields = (
        "merchant",
        ("name_ar", "name_en"),
        ("description_ar", "description_en"),
        ("licence", "code"),
        *("picture", ("picture_alt_ar", "picture_alt_en")),
        "is_active",
    )
    formfield_overrides: ClassVar = {ImageField: {"widget": UnfoldAdminImageFieldWidget}}

    @display(description=_("name"), ordering="name_ar")
    def title(self, cause: Cause) -> str:
        """In the reader's language."""
        return cause.name

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The code is how the books and machines know it."""
        return ("merchant", "code") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: receipts name it. One that is over is made inactive."""
        return False


@admin.register(MemberEvent)
class MemberEventAdmin(TenantAdmin):
    """Events members are invited to."""

    room = "programme"
    form = EventForm
    list_display = ("title", "starts_at", "places", "state", "people")
    ordering = ("-starts_at", "-id")
    fields = (
        "merchant",
        ("name_ar", "name_en"),
        ("description_ar", "description_en"),
        ("place_ar", "place_en"),
        *("starts_at", "ends_at"),
        ("places", "points"),
        ("state", "code"),
        *("opens_at", "closes_at", "early_at", "early_tiers"),
        ("tiers", "segments"),
        "plans",
    )

    @display(description=_("name"), ordering="name_ar")
    def title(self, event: MemberEvent) -> str:
        """In the reader's language."""
        return event.name

    @display(description=_("people"))
    def people(self, event: MemberEvent) -> SafeString:
        """The way to who comes."""
        link = reverse("admin:event_people", args=[event.pk])
        return format_html('<a class="link" href="{}">{}</a>', link, _("Who comes"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The code is how sign-ups know it; the price is what was asked of those who signed up."""
        if obj is None:
            return ()
        return ("merchant", "code", "points") if obj.state != "draft" else ("merchant",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: it is called off, and whoever signed up has their points back."""
        return False
