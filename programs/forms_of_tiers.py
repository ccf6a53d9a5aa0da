"""Forms of tiers and their perks: thresholds in the unit that tiers count, occasions ticked."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.digits import latin_digits
from accounts.money_fields import MinorField
from programs.forms import TicksField, tiers_of
from programs.forms_of_rules import occasions_of
from programs.models import PerkKind, Tier, TierBasis, TierPerk

MOST_COUNTED = 1_000_000_000


class ThresholdField(MinorField):
    """From what on a tier is held: money as people type it, or a whole number of points or visits."""

    basis: str = TierBasis.SPEND

    def count_as(self, basis: str, currency: str) -> None:
        """Read and show figures of this unit."""
        self.basis, self.currency = basis, currency

    def prepare_value(self, value: Any) -> Any:
        """Show a count as it is; leave what was typed as it is."""
        if self.basis == TierBasis.SPEND or not isinstance(value, int):
            return super().prepare_value(value)
        return f"{value:,}"

    def to_python(self, value: Any) -> Any:
        """Read an amount, or a whole number; decimals that are nothing are forgiven."""
        if self.basis == TierBasis.SPEND or value in self.empty_values or isinstance(value, int):
            return super().to_python(value)
        whole, _dot, part = latin_digits(str(value)).strip().replace(",", "").partition(".")
        if not whole.isascii() or not whole.isdigit() or part.strip("0") or int(whole) > MOST_COUNTED:
            raise ValidationError(_("Type a whole number of points or visits."), code="not_a_count")
        return int(whole)


class TierForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tier; what its threshold counts is chosen in the same form, among the policies."""

    threshold_minor = ThresholdField(label=_("reached from"), required=True)

    class Meta:
        model = Tier
        fields = ("code", "name_ar", "name_en", "threshold_minor", "multiplier")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version, field = getattr(self, "version", None), self.fields.get("threshold_minor")
        if version is not None and isinstance(field, ThresholdField):
            typed = self.data.get("tier_basis") if self.is_bound else None
            field.count_as(typed or version.tier_basis, version.programme.merchant.currency)


class PerkForm(forms.ModelForm):  # type: ignore[type-arg]
    """A perk: of which tier, and on which occasions, is chosen."""

    tier = forms.ChoiceField(label=_("tier"), widget=UnfoldAdminSelectWidget)
    occasions = TicksField(label=_("only on occasions"))

    class Meta:
        model = TierPerk
        fields = (
            "code", "name_ar", "name_en", "tier", "kind", "percent", "amount_minor", "min_order_minor",
            "occasions",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = getattr(self, "version", None)
        if version is not None and "tier" in self.fields:
            tiers = [(tier.code, tier.name) for tier in tiers_of(version)]
            self._offer("tier", tiers, [self.instance.tier])
            self._offer("occasions", occasions_of(version), self.instance.occasions)
        if "kind" in self.fields and self.instance.kind != PerkKind.BIRTHDAY_GIFT:
            # No perk gives it by itself: a rule for the birthday does. Who has one sees why it is refused.
            kinds = [(kind.value, kind.label) for kind in PerkKind if kind != PerkKind.BIRTHDAY_GIFT]
            self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def _offer(self, name: str, choices: list[tuple[str, str]], held: list[str]) -> None:
        """Offer the choices, and what the row holds already."""
        own = [(code, code) for code in held or [] if code and code not in dict(choices)]
        self.fields[name].choices = [*choices, *own]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Take a figure that was left empty as none."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("percent", "amount_minor", "min_order_minor"):
            if name not in self.errors:
                cleaned[name] = cleaned.get(name) or 0
        return cleaned
