"""Members in the back office: the list and the page, which compose every floor."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import display

from accounts.cells import NOTHING, code_cell, name_cell, phone_cell, points_cell
from accounts.digits import latin_digits
from accounts.errors import BadPhone
from accounts.joining import EDITABLE, change_member, join
from accounts.models import Member, Merchant, User
from accounts.models.consent import Purpose
from accounts.phones import e164, region_of
from accounts.queries import consents_of
from accounts.reach import current_merchant, reach_of
from accounts.resources import MemberResource
from accounts.searching import person_query
from accounts.tenant_admin import TenantAdmin, TenantForm
from ledger.families import last_visit
from loyalty_site.backoffice.badges import Badge, TierBadges, risk_badge, scores_of
from loyalty_site.backoffice.member_page import overview
from loyalty_site.backoffice.parts import TierFilter
from programs.editions import agree_on_joining

FORM_FIELDS = (
    "phone", "email", "given_name", "family_name", "gender", "birthday", "language", "external_id",
)  # fmt: skip


class MemberForm(TenantForm):
    """A member's own fields. The phone may be typed in any spelling."""

    class Meta:
        model = Member
        fields = ("merchant", *FORM_FIELDS)

    @property
    def owner(self) -> Merchant | None:
        """The merchant chosen, or the record's; none where the choice was refused."""
        chosen: Merchant | None = self.cleaned_data.get("merchant")
        return chosen or (self.instance.merchant if self.instance.merchant_id else None)

    def clean_phone(self) -> str | None:
        """Bring the phone into its one spelling, so that the constraint compares like with like."""
        typed = latin_digits(self.cleaned_data.get("phone") or "").strip()
        if not typed:
            return None
        if self.owner is None:
            return None
        try:
            return e164(typed, region_of(self.owner.currency))
        except BadPhone as error:
            self.add_error("phone", str(error))
            return None

    def clean_email(self) -> str:
        """Keep e-mail addresses in lower case."""
        return (self.cleaned_data.get("email") or "").strip().lower()

    def clean(self) -> dict[str, Any]:
        """Refuse what another active member has: the constraints' conditions name columns no form shows."""
        cleaned = super().clean()
        if self.owner is None:
            return cleaned
        others = Member.objects.for_merchant(self.owner).active().exclude(pk=self.instance.pk)
        if cleaned.get("phone") and others.filter(phone=cleaned["phone"]).exists():
            self.add_error("phone", _("Another member has this phone."))
        if cleaned.get("email") and others.filter(email__iexact=cleaned["email"]).exists():
            self.add_error("email", _("Another member has this e-mail."))
        return cleaned

    def clean_external_id(self) -> str | None:
        """Nothing typed is no id: two members without one are no conflict."""
        return self.cleaned_data.get("external_id") or None


class MemberList(ChangeList):
    """A page of members with what other floors know of them: four more queries, however long the page."""

    def get_results(self, request: HttpRequest) -> None:
        """Attach tiers, scores and consents to this page's rows (one admin object serves all threads)."""
        super().get_results(request)
        members = list(self.result_list)
        ids = [member.pk for member in members]
        visits = dict(Member.objects.filter(pk__in=ids).values_list("pk", last_visit()))
        scores, answers, tiers = scores_of(ids), consents_of(ids), TierBadges(reach_of(request))
        for member in members:
            balance = getattr(member, "balance", None)
            member.tier_badge = tiers.of(member.merchant_id, balance.tier_code if balance else "")
            member.last_visit_at = visits[member.pk]
            member.score = scores.get(member.pk)
            member.agreed = any(
                granted
                for (pk, _channel, purpose), granted in answers.items()
                if pk == member.pk and purpose == Purpose.MARKETING
            )
        self.result_list = cast("QuerySet[Any]", members)


class MemberAdmin(ImportExportMixin, TenantAdmin):
    """Members."""

    room = "members"
    form = MemberForm
    resource_classes = [MemberResource]
    import_form_class, export_form_class = ImportForm, ExportForm
    change_form_template = "admin/accounts/member/change_form.html"
    list_display = ("person", "phone_text", "points", "tier", "risk", "last_visit", "consent")
    list_filter = (TierFilter, "language", "gender")
    list_filter_submit = True
    ordering = ("-id",)
    search_help_text = _("A phone in any spelling, a name, or a number")
    fieldsets = (
        (None, {"fields": ("merchant", ("given_name", "family_name"), ("phone", "email"))}),
        (_("More"), {"fields": (("gender", "language"), ("birthday", "external_id"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        """Every part of the page asks for the member's merchant; the list for the balance."""
        return super().get_queryset(request).select_related("merchant", "balance")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Use the list that knows scores and consents."""
        return MemberList

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Show the search box."""
        return ("phone",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Find by phone in any spelling, by name, number, e-mail or the merchant's id."""
        return (queryset.filter(person_query(search_term)) if search_term else queryset), False

    @display(description=_("name"), ordering="given_name")
    def person(self, member: Member) -> str:
        """The name, or the membership number of somebody who never gave one."""
        return name_cell(member.name) if member.name else code_cell(member.number)

    @display(description=_("phone"), ordering="phone")
    def phone_text(self, member: Member) -> str:
        """The phone, spaced for reading."""
        return phone_cell(member.phone)

    @display(description=_("points"), ordering="balance__available")
    def points(self, member: Member) -> str:
        """What they can spend."""
        balance = getattr(member, "balance", None)
        return points_cell(balance.available) if balance else NOTHING

    @display(description=_("tier"), ordering="balance__tier_code", label=Badge.COLOURS)
    def tier(self, member: Any) -> Any:
        """The tier as a badge."""
        return member.tier_badge

    @display(description=_("risk"), label=Badge.COLOURS)
    def risk(self, member: Any) -> Any:
        """How likely they are to fall silent."""
        return risk_badge(member.score)

    @display(description=_("last visit"), ordering="balance__last_purchase_at")
    def last_visit(self, member: Any) -> Any:
        """When they last bought something, by any of their records."""
        return member.last_visit_at or NOTHING

    @display(description=_("agreed to offers"), boolean=True)
    def consent(self, member: Any) -> bool:
        """Whether offers may reach them on any channel."""
        return bool(member.agreed)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never here: members are erased by the verb that keeps the books' sums."""
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Importing adds and changes."""
        return self.may(request, "change")

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may read may take a copy."""
        return self.may(request, "view")

    def get_import_formats(self) -> list[Any]:
        """CSV and XLSX."""
        return [CSV, XLSX]

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        """Say to whom the file's people belong, and who brings it."""
        merchant = current_merchant(request, right="change", room="members")
        actor = reach_of(request).actor(merchant, cast(User, request.user))
        return {"merchant": merchant, "actor": actor.label}

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        """Join or change through the verbs."""
        now, given = timezone.now(), form.cleaned_data
        if change:
            stands = self.get_object(request, str(obj.pk))
            changes = {name: given[name] for name in form.changed_data if name in EDITABLE}
            change_member(member=stands, now=now, changes=changes)
            return
        merchant = given["merchant"]
        actor = reach_of(request).actor(merchant, cast(User, request.user)).label
        fields = {name: given[name] for name in FORM_FIELDS}
        member, is_new = join(merchant=merchant, now=now, source="backoffice", actor=actor, **fields)
        obj.pk = member.pk
        obj.refresh_from_db()
        if is_new:
            agree_on_joining(member=member, source="backoffice", actor=actor, now=now)
        else:
            messages.warning(request, _("This phone belongs to a member already; here they are."))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Put the overview above the form."""
        member = self.get_object(request, object_id)
        shown = dict(extra_context or {})
        if member is not None and request.method == "GET":
            shown["overview"] = overview(member, reach_of(request), now=timezone.now())
        return cast(HttpResponse, super().change_view(request, object_id, form_url, shown))

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Log without the name: it must not outlive an erasure in the log."""
        return _nameless(super().log_addition(request, obj, message), obj)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Log without the name."""
        return _nameless(super().log_change(request, obj, message), obj)


def _nameless(entry: Any, member: Member) -> Any:
    entry.object_repr = member.number
    entry.save(update_fields=["object_repr"])
    return entry
