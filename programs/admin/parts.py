"""Tiers, rules and rewards below a version: edited while it is a draft, only read afterwards."""

from typing import Any, ClassVar

from django.db.models import ImageField
from django.http import HttpRequest
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminImageFieldWidget

from accounts.reach import reach_of
from accounts.tenant_admin import TenantStackedInline, TenantTabularInline
from programs.forms_of_rewards import RewardForm
from programs.forms_of_rules import AskingRuleForm
from programs.forms_of_tiers import PerkForm, TierForm
from programs.models import EarnRule, ProgrammeVersion, Reward, Tier, TierPerk
from programs.queries import terms_of
from programs.sentences import rule_sentence
from programs.tier_wording import count_text


class PartMixin:
    """Tiers, rules and rewards are edited while their version is a draft, and only read afterwards."""

    room = "programme"
    tenant_path = "version__programme__merchant"
    tab = True
    version: Any = None

    def _is_open(self, request: HttpRequest, obj: Any) -> bool:
        is_draft = not isinstance(obj, ProgrammeVersion) or not obj.is_published
        return is_draft and reach_of(request).may("change", "programme")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only to a draft."""
        return self._is_open(request, obj)

    has_change_permission = has_delete_permission = has_add_permission

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the forms, new ones too, which version they belong to."""
        self.version = obj
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        formset.form = type(formset.form.__name__, (formset.form,), {"version": obj})
        return formset


class TierInline(PartMixin, TenantTabularInline):
    """Tiers; their thresholds stand in the unit that the version's tiers count."""

    model = Tier
    form = TierForm
    fields = ("code", "name_ar", "name_en", "threshold_minor", "multiplier")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch what says the unit along with the tiers."""
        return super().get_queryset(request).select_related("version__programme__merchant")

    def _readable(self, fields: Any) -> tuple[Any, ...]:
        return tuple(_reached_from if name == "threshold_minor" else name for name in fields)


@display(description=_("reached from"))
def _reached_from(tier: Tier) -> str:
    """A threshold with its unit."""
    version = tier.version
    currency = version.programme.merchant.currency
    return count_text(tier.threshold_minor, version.tier_basis, currency, get_language() or "ar")


class PerkInline(PartMixin, TenantStackedInline):
    """What tiers give beside their multiplier."""

    model = TierPerk
    form = PerkForm
    collapsible = True
    fields = (
        ("tier", "kind"),
        ("name_ar", "name_en"),
        ("percent", "amount_minor"),
        ("min_order_minor", "code"),
        "occasions",
    )


class RuleInline(PartMixin, TenantStackedInline):
    """Earning rules."""

    model = EarnRule
    form = AskingRuleForm
    collapsible = True
    readonly_fields = ("in_words",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("in_words", ("name_ar", "name_en"), ("trigger", "own_event")),
                    *(("kind", "is_active"), ("code", "priority")),
                )
            },
        ),
        (_("Gives"), {"fields": (("points", "per_minor"), "factor", ("target", "count"))}),
        (
            _("When"),
            {
                "fields": (
                    "days_of_week",
                    ("from_time", "to_time"),
                    ("starts_on", "ends_on"),
                    ("is_birthday", "birthday_window_days"),
                    "occasions",
                    ("nth_purchase", "nth_repeats"),
                )
            },
        ),
        (
            _("Where and what"),
            {"fields": ("branches", ("categories", "products"), ("channels", "min_amount_minor"))},
        ),
        (_("For whom"), {"fields": ("tiers", "segments", "plans")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch what a rule's sentence needs along with it."""
        return super().get_queryset(request).select_related("version__programme__merchant")

    @display(description=_("in words"))
    def in_words(self, rule: EarnRule) -> str:
        """The sentence that the member reads in the history, as the rule was last saved."""
        if rule._state.adding:
            return gettext("Its sentence stands here once it is saved.")
        self._read = getattr(self, "_read", None) or _terms_in_words(self.version or rule.version)
        return self._read.get(rule.code, "–")


def _terms_in_words(version: ProgrammeVersion) -> dict[str, str]:
    """The sentence of every active rule; none while the draft has no tier."""
    if not version.tiers.all():
        return {}
    terms = terms_of(version)
    return {rule.code: rule_sentence(terms, rule.code, get_language() or "ar") for rule in terms.rules}


class RewardInline(PartMixin, TenantStackedInline):
    """Rewards."""

    model = Reward
    form = RewardForm
    collapsible = True
    formfield_overrides: ClassVar = {ImageField: {"widget": UnfoldAdminImageFieldWidget}}
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name_ar", "name_en"),
                    ("description_ar", "description_en"),
                    ("kind", "is_active"),
                    ("points", "code"),
                )
            },
        ),
        (_("Picture"), {"fields": ("picture", ("picture_alt_ar", "picture_alt_en"))}),
        (
            _("What it is worth"),
            {"fields": (("value_minor", "cost_minor"), ("feature", "lasts_days"), ("sku", "code_minutes"))},
        ),
        (_("How many"), {"fields": ("stock", ("member_limit", "limit_period"))}),
        (
            _("When and for whom"),
            {
                "fields": (
                    ("starts_on", "ends_on"),
                    ("from_time", "to_time"),
                    ("tiers", "segments"),
                    "early_days",
                    ("early_tiers", "early_plans"),
                )
            },
        ),
    )
