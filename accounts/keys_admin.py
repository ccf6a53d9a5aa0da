"""Keys of tills and shops in the back office: made, replaced with an overlap, revoked at once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from accounts.models import ApiKey
from accounts.rotating import LONGEST_OVERLAP, OVERLAP, replace_key
from accounts.showing_keys import show_once
from accounts.tenant_admin import TenantAdmin


class OverlapForm(forms.Form):
    """For how long the old key still works."""

    hours = forms.IntegerField(
        label=_("hours that the old key still works"),
        min_value=0,
        max_value=LONGEST_OVERLAP,
        initial=OVERLAP,
        widget=UnfoldAdminIntegerFieldWidget,
    )


@admin.register(ApiKey)
class ApiKeyAdmin(TenantAdmin):
    """Keys of tills and shops. A key is shown once, when it is made; only its hash is kept."""

    room = "keys"
    list_display = (
        "name", "prefix_text", "scope", "branch", "is_sandbox", "last_used_at", "expiry_date", "revoked",
    )  # fmt: skip
    list_filter = ("scope", "is_sandbox", "revoked")
    list_select_related = ("branch",)
    list_before_template = "admin/accounts/apikey/before_list.html"
    search_fields = ("name", "prefix")
    fields = ("merchant", "name", ("scope", "branch"), "expiry_date", "revoked")
    actions_detail = ("replace",)

    @display(description=_("begins with"), ordering="prefix")
    def prefix_text(self, key: ApiKey) -> str:
        """By what a key is recognised."""
        return format_html('<bdi dir="ltr">{}…</bdi>', key.shown_prefix)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What a key may do never changes; a revoked key stays revoked."""
        return ("scope", "branch", *(["revoked"] if obj.revoked else [])) if obj else ("revoked",)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer to replace a key that works."""
        key = self.get_object(request, object_id)
        is_offered = key is not None and not key.revoked and self.may(request, "change", key)
        return super().get_actions_detail(request, object_id) if is_offered else []

    @action(description=_("Replace with a new key"), url_path="replace", icon="autorenew")
    def replace(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a key of the same kind; the old one works a while longer."""
        key = self.fetch(request, object_id)
        form = OverlapForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            made, text = replace_key(key, hours=form.cleaned_data["hours"], now=timezone.now())
            show_once(request, text)
            return redirect("admin:accounts_apikey_change", made.pk)
        lines = [
            _("You get a new key that may do the same. Put it into your till or shop."),
            _("Both work until the hours below are over; then the old one is refused."),
        ]
        return self.confirm(request, key, title=_("Replace with a new key"), lines=lines, form=form)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key and show it this once."""
        if change:
            obj.save()
            return
        text = ApiKey.objects.assign_key(obj)
        obj.save()
        show_once(request, text)
