"""The form of a reward: what it is, for whom, from when and how many; and its picture."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from programs.forms import PartForm, TicksField, tiers_of
from programs.forms_of_rules import plans_of, segments_of
from programs.models import Reward
from programs.picturing import PicturedForm
from programs.validating_rewards import WORTH_MONEY


class RewardForm(PicturedForm, PartForm):
    """A reward."""

    segments = TicksField(label=_("segments"))
    early_tiers = TicksField(label=_("early for tiers"))
    early_plans = TicksField(label=_("early for plans"))

    class Meta:
        model = Reward
        fields = (
            "code", "name_ar", "name_en", "kind", "description_ar", "description_en", "points", "cost_minor",
            "value_minor", "sku", "code_minutes", "feature", "lasts_days", "stock", "member_limit",
            "limit_period", "starts_on", "ends_on", "from_time", "to_time", "tiers", "segments", "early_days",
            "early_tiers", "early_plans", "picture", "picture_alt_ar", "picture_alt_en", "is_active",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.its_version()
        if version is not None:
            self.offer("segments", segments_of(version))
            self.offer("early_tiers", [(tier.code, tier.name) for tier in tiers_of(version)])
            self.offer("early_plans", plans_of(version))
        if "feature" in self.fields:
            self.fields["feature"].help_text = _(
                "Of an upgrade: one word that your app knows. Of a place at an event: the event's code."
            )

    def clean(self) -> dict[str, Any]:
        """Remember in which currency a worth was said."""
        said = super().clean() or self.cleaned_data
        version = self.its_version()
        if version is not None:
            is_money = said.get("kind") in WORTH_MONEY
            self.instance.currency = version.programme.merchant.currency if is_money else ""
        return said
