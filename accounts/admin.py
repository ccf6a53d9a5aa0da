"""Back office pages of merchants, branches, staff, keys, and the operator's own."""

from typing import Any, cast

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import APIKey
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminColorInputWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.cells import NOTHING, actor_cell
from accounts.errors import BadPhone
from accounts.hiring import change_post, hire, keep_an_owner
from accounts.keys_admin import ApiKeyAdmin as ApiKeyAdmin
from accounts.languages import LANGUAGES
from accounts.models import Branch, Merchant, OutboxDelivery, Staff, Takeout, User
from accounts.models.merchants import ProfileField
from accounts.models.staff import Role
from accounts.models.takeouts import TakeoutState
from accounts.operator_admin import OperatorAdmin
from accounts.phones import e164, region_of
from accounts.tenant_admin import FactAdmin, TenantAdmin, TenantForm, TenantRelatedFilter

# Django's and the packages' own tables which a merchant has no business with.
for hidden in (Group, APIKey, EmailAddress):
    try:
        admin.site.unregister(hidden)
    except NotRegistered:
        continue


class MerchantForm(forms.ModelForm):  # type: ignore[type-arg]
    """The merchant's settings."""

    languages = forms.MultipleChoiceField(
        label=_("languages"), choices=LANGUAGES, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    profile_asks = forms.MultipleChoiceField(
        label=_("a complete profile says"),
        choices=ProfileField.choices,
        help_text=_("What a rule for a complete profile waits for."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Merchant
        fields = (
            "name_ar", "name_en", "sector", "logo", "colour", "currency", "zone", "languages",
            "profile_asks", "slug", "host", "sender_email", "vat_number",
        )  # fmt: skip
        widgets = {"colour": UnfoldAdminColorInputWidget}


@admin.register(Merchant)
class MerchantAdmin(TenantAdmin):
    """Settings. Merchants are opened and closed by operators alone."""

    room = "merchant"
    tenant_path = "pk"
    form = MerchantForm
    list_display = ("name", "slug", "sector", "currency", "zone")
    search_fields = ("name_ar", "name_en", "slug")
    fieldsets = (
        (_("Name"), {"fields": (("name_ar", "name_en"), "sector", "logo", "colour")}),
        (_("Place and money"), {"fields": (("currency", "zone"), "languages", "vat_number")}),
        (_("Members"), {"fields": ("profile_asks",)}),
        (_("Address"), {"fields": ("slug", "host", "sender_email")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The address is printed on cards and the currency stands in the books: neither changes lightly."""
        fixed = [] if self.is_operator(request) else ["slug", "host"]
        return [*fixed, *(["currency"] if obj else [])]

    def is_operator(self, request: HttpRequest) -> bool:
        """Say whether the reader runs the installation."""
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators only."""
        return self.is_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never here: a merchant's books stay."""
        return False


@admin.register(Branch)
class BranchAdmin(TenantAdmin):
    """Branches."""

    room = "merchant"
    list_display = ("shown_name", "code_text", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code", "name_ar", "name_en")
    fields = ("merchant", ("name_ar", "name_en"), "code", "is_active")

    @display(description=_("name"))
    def shown_name(self, branch: Branch) -> str:
        """The name in the reader's language."""
        return branch.name

    @display(description=_("code"), ordering="code")
    def code_text(self, branch: Branch) -> str:
        """The code, left to right."""
        return format_html('<bdi dir="ltr">{}</bdi>', branch.code)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Branches with purchases stay; they are switched off instead."""
        return False


class PostForm(TenantForm):
    """A post that stands."""

    class Meta:
        model = Staff
        fields = ("merchant", "role", "branch", "phone", "is_active")

    def clean_phone(self) -> str:
        """Bring the phone into its one spelling: it is compared with members' phones."""
        typed = self.cleaned_data.get("phone") or ""
        if not typed.strip() or not (self.cleaned_data.get("merchant") or self.instance.merchant_id):
            return ""  # without its merchant the form is refused anyway
        merchant = self.cleaned_data.get("merchant") or self.instance.merchant
        try:
            return e164(typed, region_of(merchant.currency))
        except BadPhone as error:
            raise forms.ValidationError(str(error)) from error


class HireForm(PostForm):
    """A new post: the person is named by e-mail, so that nobody's account list is shown to anybody."""

    email = forms.EmailField(label=_("e-mail"), widget=UnfoldAdminEmailInputWidget(attrs={"dir": "ltr"}))
    first_name = forms.CharField(
        label=_("first name"), max_length=150, required=False, widget=UnfoldAdminTextInputWidget
    )
    last_name = forms.CharField(
        label=_("family name"), max_length=150, required=False, widget=UnfoldAdminTextInputWidget
    )


@admin.register(Staff)
class StaffAdmin(TenantAdmin):
    """Who works here and as what. Owners only."""

    room = "staff"
    form = PostForm
    list_display = ("person", "email", "role_badge", "branch", "is_active")
    list_filter = ("role", "is_active", ("branch", TenantRelatedFilter))
    list_select_related = ("user", "branch")
    search_fields = ("user__email", "user__first_name", "user__last_name")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask who it is when somebody is hired; afterwards only the post can be changed."""
        who = () if obj else ("email", ("first_name", "last_name"))
        return ((None, {"fields": ("merchant", *who, ("role", "branch"), ("phone", "is_active"))}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for the person only when somebody is hired."""
        return super().get_form(
            request, obj, change=change, **{"form": PostForm if obj else HireForm} | kwargs
        )

    @display(description=_("name"), ordering="user__first_name")
    def person(self, post: Staff) -> str:
        """The name, isolated from its surroundings' direction."""
        return format_html("<bdi>{}</bdi>", post.user.get_full_name() or post.user.email)

    @display(description=_("e-mail"), ordering="user__email")
    def email(self, post: Staff) -> str:
        """The address, left to right."""
        return format_html('<bdi dir="ltr">{}</bdi>', post.user.email)

    @display(
        description=_("role"),
        label={Role.OWNER: "primary", Role.MANAGER: "info", Role.ANALYST: "warning", Role.CASHIER: "default"},
    )
    def role_badge(self, post: Staff) -> Any:
        """The role as a badge."""
        return post.role, post.get_role_display()

    def save_model(self, request: HttpRequest, obj: Staff, form: Any, change: bool) -> None:
        """Hire or change through the verbs."""
        given = form.cleaned_data
        terms = {name: given[name] for name in ("role", "branch", "phone", "is_active")}
        if change:
            change_post(post=obj, **terms)
            return
        names = {name: given[name] for name in ("first_name", "last_name")}
        obj.pk = hire(merchant=given["merchant"], email=given["email"], **names, **terms).pk
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Staff) -> None:
        """Dismiss somebody, but never the last owner."""
        keep_an_owner(merchant=obj.merchant, besides=obj)
        super().delete_model(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        """Nobody is dismissed in bulk."""
        return {}


@admin.register(User)
class AccountAdmin(OperatorAdmin, UserAdmin):  # type: ignore[type-arg]
    """Sign-in accounts, for operators."""

    form, change_password_form = UserChangeForm, AdminPasswordChangeForm
    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_active", "is_superuser")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "password", ("first_name", "last_name"), "language")}),
        (_("Access"), {"fields": ("is_active", "is_superuser")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)


@admin.register(OutboxDelivery)
class OutboxDeliveryAdmin(OperatorAdmin):
    """What is told to whom, and where it is stuck."""

    list_display = ("event", "handler", "state", "attempts", "due_at", "last_error")
    list_filter = ("state", "handler")
    list_select_related = ("event",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave out what only a practice copy hears."""
        return super().get_queryset(request).filter(event__merchant__practice_of__isnull=True)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are made by the relay."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Takeout)
class TakeoutAdmin(FactAdmin):
    """Exports of everything: asked for on ``loyalty_site.backoffice.takeouts``, fetched from here."""

    room = "takeout"
    list_display = ("requested_at", "state_badge", "progress", "rows", "file_size", "expires_at")
    list_filter = ("state",)
    ordering = ("-id",)
    actions_list = ("new_takeout",)
    list_before_template = "admin/accounts/takeout/before_list.html"
    fieldsets = (
        (None, {"fields": (("state", "progress"), "download")}),
        (_("Result"), {"fields": (("rows", "file_size"), ("finished_at", "expires_at"))}),
        (_("Asked for"), {"fields": (("requested_at", "by"),)}),
    )
    readonly_fields = ("progress", "download", "file_size", "by")

    @display(
        description=_("state"),
        label={
            TakeoutState.WAITING: "info",
            TakeoutState.RUNNING: "warning",
            TakeoutState.DONE: "success",
            TakeoutState.FAILED: "danger",
            TakeoutState.GONE: "default",
        },
    )
    def state_badge(self, takeout: Takeout) -> Any:
        """The state as a badge."""
        return takeout.state, takeout.get_state_display()

    @display(description=_("progress"))
    def progress(self, takeout: Takeout) -> str:
        """How many of the tables are written."""
        return format_html("<bdi>{} / {}</bdi>", takeout.done, takeout.tables)

    @display(description=_("actor"))
    def by(self, takeout: Takeout) -> str:
        """Who asked for it."""
        return actor_cell(takeout.actor)

    @display(description=_("size"))
    def file_size(self, takeout: Takeout) -> str:
        """How large the file is."""
        return filesizeformat(takeout.size) if takeout.size else NOTHING

    @display(description=_("file"))
    def download(self, takeout: Takeout) -> str:
        """A link to the file, while it is there."""
        if takeout.state != TakeoutState.DONE:
            return NOTHING
        address = reverse("admin:takeout_file", args=[takeout.pk])
        return format_html('<a class="link" href="{}">{}</a>', address, _("Download the file"))

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """Offer an export to owners."""
        return super().get_actions_list(request) if self.may(request, "change") else []

    @action(description=_("New export"), url_path="new", icon="archive")
    def new_takeout(self, request: HttpRequest) -> HttpResponse:
        """Go where it is explained and asked for."""
        return redirect("admin:takeout")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Let the page look again by itself while the job runs."""
        response = cast(HttpResponse, super().change_view(request, object_id, form_url, extra_context))
        takeout = self.get_object(request, object_id)
        if takeout is not None and takeout.state in (TakeoutState.WAITING, TakeoutState.RUNNING):
            response["Refresh"] = "3"
        return response
