"""The form of a paid membership: its welcome voucher is chosen among the version's own rewards."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from programs.models import Plan
from programs.parts_read import active


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A membership plan."""

    welcome_reward = forms.ChoiceField(
        label=_("welcome voucher"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("A reward of these terms, given free with the first fee."),
    )

    class Meta:
        model = Plan
        fields = (
            "code", "name_ar", "name_en", "price_minor", "period", "trial_days", "grace_days", "benefits_ar",
            "benefits_en", "free_shipping", "discount_percent", "fee_earns", "welcome_reward", "is_active",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version, held = getattr(self, "version", None), self.instance.welcome_reward
        if version is not None and "welcome_reward" in self.fields:
            offered = rewards_of(version)
            own = [] if not held or held in dict(offered) else [(held, held)]
            choices = [("", _("None")), *offered, *own]
            self.fields["welcome_reward"].choices = choices  # type: ignore[attr-defined]


def rewards_of(version: Any) -> list[tuple[str, str]]:
    """The active rewards of the version; read once however many forms ask."""
    if not hasattr(version, "rewards_read"):
        version.rewards_read = [(reward.code, reward.name) for reward in active(version.rewards)]
    return list(version.rewards_read)
