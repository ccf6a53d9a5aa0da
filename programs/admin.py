"""Back office pages of the programme: its names and state, and its versions with tiers, rules and rewards."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.errors import WalaaError
from accounts.models import User
from accounts.reach import current_merchant, reach_of
from accounts.tenant_admin import TenantAdmin, TenantStackedInline, TenantTabularInline
from programs.calendars import business_date
from programs.errors import NotPublishable
from programs.forms import PublishForm, RewardForm, RuleForm, normalised
from programs.lifecycle import close, closing_days, go_live, pause, resume
from programs.models import EarnRule, Programme, ProgrammeState, ProgrammeVersion, Reward, Tier
from programs.publishing import create_blueprint, draft_of, publish, validate
from programs.queries import programme_of, terms_of
from programs.sentences import promises


@admin.register(Programme)
class ProgrammeAdmin(TenantAdmin):
    """The programme's names, and the switch between pilot, live, paused and closing."""

    room = "programme"
    list_display = ("name", "state_badge")
    fields = ("merchant", ("name_ar", "name_en"), ("state", "closes_on"))
    readonly_fields = ("state", "closes_on")
    actions_detail = ("go_live", "pause", "resume", "close")

    @display(
        description=_("state"),
        label={
            ProgrammeState.DRAFT: "default",
            ProgrammeState.PILOT: "info",
            ProgrammeState.LIVE: "success",
            ProgrammeState.PAUSED: "warning",
            ProgrammeState.CLOSING: "warning",
            ProgrammeState.CLOSED: "danger",
        },
    )
    def state_badge(self, programme: Programme) -> Any:
        """The state as a badge."""
        return programme.state, programme.get_state_display()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A programme is made from the blueprint, through its first version."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: awards name it."""
        return False

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer only the steps that can follow."""
        state = self.get_queryset(request).filter(pk=object_id).values_list("state", flat=True).first()
        steps: tuple[str, ...] = {
            ProgrammeState.PILOT: ("go_live", "close"),
            ProgrammeState.LIVE: ("pause", "close"),
            ProgrammeState.PAUSED: ("resume",),
        }.get(cast("ProgrammeState", state), ())
        offered = super().get_actions_detail(request, object_id)
        return [one for one in offered if one.action_name.endswith(steps)]

    @action(description=_("Open to every member"), url_path="go-live", icon="rocket_launch")
    def go_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the pilot."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            go_live(programme=programme)
            return self._moved(request, programme)
        lines = [_("From now on every member earns points.")]
        return self.confirm(request, programme, title=_("Open to every member"), lines=lines)

    @action(description=_("Pause"), url_path="pause", icon="pause_circle")
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop earning."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            pause(programme=programme, now=timezone.now())
            return self._moved(request, programme)
        lines = [
            _("Purchases earn nothing while the programme is paused."),
            _("Members can still redeem, and no points expire meanwhile."),
        ]
        return self.confirm(request, programme, title=_("Pause the programme"), lines=lines, danger=True)

    @action(description=_("Resume"), url_path="resume", icon="play_circle")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Earn again."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            resume(programme=programme, now=timezone.now())
            return self._moved(request, programme)
        lines = [
            _("Purchases earn points again."),
            _("Points that the pause held get as many days more, within minutes."),
        ]
        return self.confirm(request, programme, title=_("Resume the programme"), lines=lines)

    @action(description=_("Close"), url_path="close", icon="event_busy", variant=ActionVariant.DANGER)
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop earning for good, with notice to spend."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            close(programme=programme, now=timezone.now())
            return self._moved(request, programme)
        days = closing_days(programme, timezone.now())
        last = business_date(timezone.now() + timedelta(days=days), programme.merchant.zone)
        lines = [
            _("From now on purchases earn nothing. This cannot be undone."),
            _("Members can spend their points until %(day)s; what is left then expires.")
            % {"day": date_format(last)},
        ]
        return self.confirm(request, programme, title=_("Close the programme"), lines=lines, danger=True)

    def _moved(self, request: HttpRequest, programme: Programme) -> HttpResponse:
        messages.success(
            request, _("The programme is now: %(state)s.") % {"state": programme.get_state_display()}
        )
        return redirect("admin:programs_programme_change", programme.pk)


class PartMixin:
    """Tiers, rules and rewards are edited while their version is a draft, and only read afterwards."""

    room = "programme"
    tenant_path = "version__programme__merchant"
    tab = True

    def _is_open(self, request: HttpRequest, obj: Any) -> bool:
        is_draft = not isinstance(obj, ProgrammeVersion) or not obj.is_published
        return is_draft and reach_of(request).may("change", "programme")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only to a draft."""
        return self._is_open(request, obj)

    has_change_permission = has_delete_permission = has_add_permission

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the forms, new ones too, which version they belong to."""
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        formset.form = type(formset.form.__name__, (formset.form,), {"version": obj})
        return formset


class TierInline(PartMixin, TenantTabularInline):
    """Tiers."""

    model = Tier
    fields = ("code", "name_ar", "name_en", "threshold_minor", "multiplier")


class RuleInline(PartMixin, TenantStackedInline):
    """Earning rules."""

    model = EarnRule
    form = RuleForm
    collapsible = True
    fieldsets = (
        (None, {"fields": (("name_ar", "name_en"), ("kind", "is_active"), ("code", "priority"))}),
        (_("Gives"), {"fields": (("points", "per_minor"), "factor")}),
        (
            _("When"),
            {
                "fields": (
                    "days_of_week",
                    ("from_time", "to_time"),
                    ("starts_on", "ends_on"),
                    ("is_birthday", "birthday_window_days"),
                )
            },
        ),
        (
            _("Where and what"),
            {"fields": ("branches", "tiers", ("categories", "channels"), "min_amount_minor")},
        ),
    )


class RewardInline(PartMixin, TenantStackedInline):
    """Rewards."""

    model = Reward
    form = RewardForm
    collapsible = True
    fields = (
        ("name_ar", "name_en"),
        ("description_ar", "description_en"),
        ("points", "cost_minor"),
        ("code", "code_minutes"),
        "is_active",
        "tiers",
    )


@admin.register(ProgrammeVersion)
class VersionAdmin(TenantAdmin):
    """The programme's terms: one draft to edit, and everything that was ever promised."""

    room = "programme"
    tenant_path = "programme__merchant"
    list_display = ("name", "status", "effective_from", "published_by")
    list_select_related = ("programme",)
    ordering = ("-number",)
    inlines = (TierInline, RuleInline, RewardInline)
    actions_list = ("edit_draft",)
    actions_detail = ("publish", "edit_draft_of")
    fieldsets = (
        (
            _("What points are worth"),
            {
                "fields": (("block_points", "block_value_minor"), ("max_redeem_minor", "code_minutes")),
                "classes": ["tab"],
            },
        ),
        (
            _("Waiting"),
            {
                "fields": ("hold", ("hold_days", "hold_event")),
                "classes": ["tab"],
            },
        ),
        (
            _("Expiry"),
            {
                "fields": (
                    ("expiry_months", "expiry_rounding"),
                    ("grace_days", "expected_use_percent"),
                    ("notice_days", "closing_days"),
                ),
                "classes": ["tab"],
            },
        ),
        (
            _("Policies"),
            {
                "fields": (
                    ("stacking", "negative_policy"),
                    ("tier_window", "tier_renewal"),
                    "claim_window_days",
                ),
                "classes": ["tab"],
            },
        ),
    )

    @display(description=_("version"), ordering="number")
    def name(self, version: ProgrammeVersion) -> str:
        """The programme's name and the version's number."""
        return str(version)

    @display(
        description=_("state"),
        label={"draft": "warning", "scheduled": "info", "in_force": "success", "past": "default"},
    )
    def status(self, version: ProgrammeVersion) -> Any:
        """Where the version stands today."""
        if not version.is_published or version.effective_from is None:
            return "draft", _("Draft")
        if version.effective_from > timezone.now():
            return "scheduled", _("Scheduled")
        newer = version.newest_in_force  # type: ignore[attr-defined]
        return ("in_force", _("In force")) if newer == version.pk else ("past", _("Past"))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Know of every version which one is in force, in the same query."""
        in_force = ProgrammeVersion.objects.filter(programme=OuterRef("programme")).in_force_at(
            timezone.now()
        )
        rows = super().get_queryset(request).select_related("programme__merchant")
        return rows.annotate(newest_in_force=Subquery(in_force.values("pk")[:1]))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drafts are made from what stands; see ``edit_draft``."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only drafts change."""
        return not (isinstance(obj, ProgrammeVersion) and obj.is_published) and self.may(
            request, "change", obj
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: awards name their version."""
        return False

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer to publish a draft, and to draft the next terms from published ones."""
        version = self.get_object(request, str(object_id))
        if version is None or not self.may(request, "change", version):
            return []
        wanted = "edit_draft_of" if version.is_published else "publish"
        return [
            one for one in super().get_actions_detail(request, object_id) if one.action_name.endswith(wanted)
        ]

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """Offer a draft to those who may edit one."""
        return super().get_actions_list(request) if self.may(request, "change") else []

    @action(description=_("Edit the draft"), url_path="draft", icon="edit")
    def edit_draft(self, request: HttpRequest) -> HttpResponse:
        """Open the draft of the merchant's programme; without a programme, the blueprint's."""
        merchant = current_merchant(request, right="change", room="programme")
        programme = programme_of(merchant)
        draft = programme.versions.filter(published_at__isnull=True).first() if programme else None
        if draft is not None:
            return redirect("admin:programs_programmeversion_change", draft.pk)
        if request.method == "POST":
            draft = draft_of(programme=programme) if programme else create_blueprint(merchant=merchant)
            return redirect("admin:programs_programmeversion_change", draft.pk)
        line = (
            _("A copy of the newest terms is made for you to edit. Nothing changes until you publish it.")
            if programme
            else _("Your programme starts from a proven blueprint. Nothing is promised until you publish it.")
        )
        shown = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Prepare new terms"),
            "lines": [line],
            "back": reverse("admin:programs_programmeversion_changelist"),
        }
        return TemplateResponse(request, "admin/confirm.html", shown)

    @action(description=_("Prepare new terms"), url_path="next", icon="edit")
    def edit_draft_of(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Draft the next terms from these."""
        version = self.fetch(request, object_id)
        if request.method == "POST":
            return redirect(
                "admin:programs_programmeversion_change", draft_of(programme=version.programme).pk
            )
        lines = [
            _("A copy of the newest terms is made for you to edit. Nothing changes until you publish it.")
        ]
        return self.confirm(request, version, title=_("Prepare new terms"), lines=lines)

    @action(description=_("Publish"), url_path="publish", icon="publish", variant=ActionVariant.PRIMARY)
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would be promised and what is wrong, then publish for good."""
        version = self.fetch(request, object_id)
        form = PublishForm(normalised(request.POST) if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            done = self._publish(request, version, form)
            if done is not None:
                return done
        problems = validate(version)
        return self.confirm(
            request,
            version,
            title=_("Publish these terms"),
            lines=[_("Published terms cannot be edited; they can only be followed by newer ones.")],
            promises=[] if problems else promises(terms_of(version), get_language() or "ar"),
            problems=problems,
            form=None if problems else form,
        )

    def _publish(
        self, request: HttpRequest, version: ProgrammeVersion, form: PublishForm
    ) -> HttpResponse | None:
        now = timezone.now()
        actor = reach_of(request).actor(version.programme.merchant, cast(User, request.user))
        try:
            publish(
                version=version,
                actor=actor.label,
                effective_from=form.cleaned_data["effective_from"] or now,
                now=now,
                pilot=form.cleaned_data["pilot"],
            )
        except NotPublishable:
            return None  # the page lists the problems
        except WalaaError as error:
            form.add_error(None, str(error))
            return None
        messages.success(request, _("Published. These terms are in force from the time you chose."))
        return redirect("admin:programs_programmeversion_change", version.pk)
