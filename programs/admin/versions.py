"""The programme's terms: one draft to edit and to publish, and everything that was ever promised."""

from dataclasses import replace
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.errors import WalaaError
from accounts.models import User
from accounts.reach import CHOSEN, current_merchant, reach_of
from accounts.tenant_admin import TenantAdmin
from programs.admin.causes import GivingInline
from programs.admin.contests import ContestInline, ContestPrizeInline
from programs.admin.goals import BadgeInline, CardInline, ChallengeInline
from programs.admin.live_guard import LiveGuard
from programs.admin.parts import PerkInline, RewardInline, RuleInline, TierInline
from programs.admin.plans import PlanInline
from programs.admin.referrals import ReferralInline
from programs.admin.rules import CapInline
from programs.errors import NotPublishable
from programs.forms import PublishForm, normalised
from programs.margin_figures import in_force
from programs.margin_guard import publishing_problems
from programs.margin_panel import panel_of
from programs.models import ProgrammeVersion, PublishRequest, PublishState
from programs.problem_wording import told
from programs.publish_requests import publish_or_ask
from programs.publishing import create_blueprint, draft_of
from programs.queries import programme_of, terms_of
from programs.sentences import promises
from programs.validation import Problem


@admin.register(ProgrammeVersion)
class VersionAdmin(LiveGuard, TenantAdmin):
    """The programme's terms: one draft to edit, and everything that was ever promised."""

    room = "programme"
    tenant_path = "programme__merchant"
    list_display = ("name", "status", "effective_from", "published_by")
    list_select_related = ("programme",)
    ordering = ("-number",)
    inlines = (
        *(TierInline, PerkInline, RuleInline, CapInline, RewardInline),
        *(CardInline, ChallengeInline, ContestInline, ContestPrizeInline, BadgeInline),
        *(PlanInline, ReferralInline, GivingInline),
    )
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
                    ("tier_basis", "tier_window", "tier_renewal"),
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
        """Show what is promised, what it gives back and what is wrong, then publish or ask for a yes."""
        version, now = self.fetch(request, object_id), timezone.now()
        if in_force(version.programme.merchant, now) is None:
            return self._ask_for_margin(request, version)
        form = PublishForm(normalised(request.POST) if request.method == "POST" else None)
        problems, assessed = publishing_problems(version, now=now)
        if request.method == "POST" and form.is_valid():
            done = self._publish(request, version, form)
            if isinstance(done, HttpResponse):
                return done
            problems = done or problems
        needs_two = assessed is not None and assessed.needs_two
        return self.confirm(
            request,
            version,
            title=_("Ask for approval of these terms") if needs_two else _("Publish these terms"),
            lines=[_("Published terms cannot be edited; they can only be followed by newer ones.")],
            promises=[] if problems else promises(terms_of(version), get_language() or "ar"),
            problems=told(version, problems),
            guard=replace(panel_of(version, now=now), problems=[]),
            waiting=version.publish_requests.filter(state=PublishState.WAITING).first(),
            form=None if problems else form,
        )

    def _ask_for_margin(self, request: HttpRequest, version: ProgrammeVersion) -> HttpResponse:
        """Ask once what is kept of a sale, before anything is promised."""
        request.session[CHOSEN] = version.programme.merchant_id
        messages.info(request, _("Before you publish: say what you keep of a sale."))
        return redirect(f"{reverse('admin:margin')}?version={version.pk}")

    def _publish(
        self, request: HttpRequest, version: ProgrammeVersion, form: PublishForm
    ) -> HttpResponse | list[Problem]:
        """Publish or ask; what stands in the way is returned, or told on the form."""
        try:
            done = publish_or_ask(
                actor=reach_of(request).actor(version.programme.merchant, cast(User, request.user)),
                version=version,
                effective_from=form.cleaned_data["effective_from"],
                now=timezone.now(),
                pilot=form.cleaned_data["pilot"],
            )
        except NotPublishable as refused:
            return list(refused.params["problems"])
        except WalaaError as error:
            form.add_error(None, str(error))
            return []
        if isinstance(done, PublishRequest):
            messages.info(request, _("These terms are above the ceiling: they wait for a second person."))
            return redirect("admin:publish_request", done.pk)
        messages.success(request, _("Published. These terms are in force from the time you chose."))
        return redirect("admin:programs_programmeversion_change", version.pk)
