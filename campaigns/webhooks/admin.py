"""Back office pages of webhooks: the addresses, and the log of what was told there."""

import json
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from accounts.access import Actor
from accounts.cells import NOTHING
from accounts.errors import WalaaError
from accounts.models import User
from accounts.reach import reach_of
from accounts.tenant_admin import FactAdmin, TenantAdmin, TenantForm, TenantRelatedFilter
from campaigns.webhooks import keeping
from campaigns.webhooks.models import DeliveryState, Topic, WebhookDelivery, WebhookEndpoint

STATE_COLOURS = {
    DeliveryState.WAITING: "info",
    DeliveryState.DONE: "success",
    DeliveryState.FAILED: "danger",
    DeliveryState.DROPPED: "default",
}


class WebhookForm(TenantForm):
    """An address and what it wants to hear."""

    topics = forms.MultipleChoiceField(
        label=_("topics"), choices=Topic.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("merchant", "url", "topics", "is_active")
        widgets = {"url": UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "inputmode": "url"})}
        help_texts = {"url": _("An https address of your own system that the internet can reach.")}

    def clean_url(self) -> str:
        """Refuse an address that may not be called."""
        given = self.cleaned_data["url"]
        if given == self.instance.url:
            return str(given)
        try:
            return keeping.checked_address(given)
        except WalaaError as error:
            raise forms.ValidationError(str(error)) from None


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(TenantAdmin):
    """Where the merchant's own machines are told what happens. A secret is shown once."""

    room = keeping.ROOM
    form = WebhookForm
    list_display = ("address", "wanted", "state_badge", "failing_since", "created_at")
    list_before_template = "admin/campaigns/webhookendpoint/before_list.html"
    list_filter = ("is_active",)
    actions_detail = ("send_test", "rotate_secret")
    readonly_fields = ("code", "why_off", "failing_since", "created_at")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """How it goes is told of an address that is there."""
        asked = ("merchant", "url", "topics", *(["is_active"] if obj else []))
        how = (_("How it goes"), {"fields": (("code", "created_at"), ("failing_since", "why_off"))})
        return ((None, {"fields": asked}), *([how] if obj else []))

    @display(description=_("address"), ordering="url")
    def address(self, endpoint: WebhookEndpoint) -> str:
        """Where it is."""
        return _whole(endpoint.url)

    @display(description=_("topics"))
    def wanted(self, endpoint: WebhookEndpoint) -> str:
        """How many kinds of news it wants, of how many."""
        return format_html("<bdi>{} / {}</bdi>", len(endpoint.topics), len(Topic))

    @display(description=_("state"), label={"on": "success", "failing": "warning", "off": "danger"})
    def state_badge(self, endpoint: WebhookEndpoint) -> Any:
        """Whether it is told, and whether that works."""
        if not endpoint.is_active:
            return "off", _("Switched off")
        return ("failing", _("Failing")) if endpoint.failures else ("on", _("Active"))

    @display(description=_("why switched off"))
    def why_off(self, endpoint: WebhookEndpoint) -> str:
        """Why nothing is told there, and since when."""
        if endpoint.switched_off_at is None:
            return NOTHING
        return str(endpoint.get_switched_off_why_display())

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer both to whoever may change it."""
        endpoint = self.get_object(request, object_id)
        may = endpoint is not None and self.may(request, "change", endpoint)
        return super().get_actions_detail(request, object_id) if may else []

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        """Save through the verbs; a new one shows its secret this once."""
        said, now = form.cleaned_data, timezone.now()
        actor = _actor(request, obj)
        given = {"url": said["url"], "topics": said["topics"]}
        if change:
            keeping.change(actor=actor, code=obj.code, is_active=said["is_active"], now=now, **given)
            return
        made = keeping.create(actor=actor, now=now, **given)
        obj.pk = made.pk
        obj.refresh_from_db()
        _show_once(request, made)

    @action(description=_("Send a test"), url_path="test", icon="send")
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a message that says nothing."""
        endpoint = self.fetch(request, object_id)
        if request.method == "POST":
            try:
                row = keeping.send_test(
                    actor=_actor(request, endpoint), code=endpoint.code, now=timezone.now()
                )
            except WalaaError as error:
                messages.error(request, str(error))
                return redirect("admin:campaigns_webhookendpoint_change", endpoint.pk)
            messages.success(request, _("The test is on its way; look again in a few seconds."))
            return redirect("admin:campaigns_webhookdelivery_change", row.pk)
        lines = [_("A signed message of type “test” is sent to this address:"), endpoint.url]
        return self.confirm(request, endpoint, title=_("Send a test"), lines=lines)

    @action(description=_("New secret"), url_path="rotate", icon="autorenew")
    def rotate_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a new secret; the old one signs too for a day."""
        endpoint = self.fetch(request, object_id)
        if request.method == "POST":
            actor = _actor(request, endpoint)
            _show_once(request, keeping.rotate(actor=actor, code=endpoint.code, now=timezone.now()))
            return redirect("admin:campaigns_webhookendpoint_change", endpoint.pk)
        lines = [
            _("You get a new secret. Put it into whatever listens at this address."),
            _("For 24 hours every message is signed with both, so nothing is missed meanwhile."),
        ]
        return self.confirm(request, endpoint, title=_("New secret"), lines=lines)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(FactAdmin):
    """Everything that was told, where, and what came back; a message can be sent again."""

    room = keeping.ROOM
    list_display = (
        "occurred_at",
        "topic_name",
        "address",
        "state_badge",
        "attempts",
        "last_status",
        "reason",
    )
    list_select_related = ("endpoint",)
    list_filter = ("state", ("endpoint", TenantRelatedFilter), "topic")
    ordering = ("-id",)
    actions_detail = ("send_again",)
    fieldsets = (
        (None, {"fields": (("topic_name", "address"), ("state", "reason"), "message_id")}),
        (_("When"), {"fields": (("occurred_at", "attempts"), ("due_at", "done_at"))}),
        (_("What was said"), {"fields": ("content", ("last_status", "said_back"))}),
    )
    readonly_fields = ("topic_name", "address", "reason", "content", "said_back")

    @display(description=_("topic"), ordering="topic")
    def topic_name(self, row: WebhookDelivery) -> str:
        """What kind of news it is."""
        return str(dict(Topic.choices).get(row.topic, _("Test")))

    @display(description=_("webhook"))
    def address(self, row: WebhookDelivery) -> str:
        """Where it went."""
        return _whole(row.endpoint.url)

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def state_badge(self, row: WebhookDelivery) -> Any:
        """The state as a badge."""
        return row.state, row.get_state_display()

    @display(description=_("why not"))
    def reason(self, row: WebhookDelivery) -> str:
        """Why it did not get through."""
        return str(row.get_why_display()) if row.why else NOTHING

    @display(description=_("content"))
    def content(self, row: WebhookDelivery) -> str:
        """What was said, as it is signed."""
        if not row.payload:
            return NOTHING
        text = json.dumps(row.payload, ensure_ascii=False, indent=2, sort_keys=True)
        return format_html('<pre class="bo-code" dir="ltr">{}</pre>', text)

    @display(description=_("the answer began with"))
    def said_back(self, row: WebhookDelivery) -> str:
        """What was answered."""
        return format_html('<bdi dir="auto" class="bo-code">{}</bdi>', row.answer) if row.answer else NOTHING

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer to send again what is settled."""
        row = self.get_object(request, object_id)
        settled = row is not None and row.state in (DeliveryState.DONE, DeliveryState.FAILED)
        may = settled and self.may(request, "change", row)
        return super().get_actions_detail(request, object_id) if may else []

    @action(description=_("Send again"), url_path="again", icon="replay")
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a message again under its own id."""
        row = self.fetch(request, object_id)
        if request.method == "POST":
            actor = _actor(request, row)
            try:
                keeping.replay(
                    actor=actor, code=row.endpoint.code, message=row.message_id, now=timezone.now()
                )
                messages.success(request, _("It is sent again within seconds."))
            except WalaaError as error:
                messages.error(request, str(error))
            return redirect("admin:campaigns_webhookdelivery_change", row.pk)
        lines = [_("The same message is sent again, with the same id:"), row.endpoint.url]
        return self.confirm(request, row, title=_("Send again"), lines=lines)


def _whole(url: str) -> str:
    """An address that breaks anywhere rather than being cut off on a phone."""
    return format_html('<bdi dir="ltr" class="bo-code">{}</bdi>', url)


def _actor(request: HttpRequest, row: WebhookEndpoint | WebhookDelivery) -> Actor:
    return reach_of(request).actor(row.merchant, cast("User", request.user))


def _show_once(request: HttpRequest, endpoint: WebhookEndpoint) -> None:
    """Show a secret, this once."""
    said = _("Copy this secret now; it cannot be shown again:")
    shown = format_html('{} <bdi dir="ltr"><code>{}</code></bdi>', said, endpoint.shown_secret)
    messages.warning(request, shown)
