"""Forms of contests and their prizes: what they name is chosen among the version's own parts."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from accounts.money_fields import MinorField
from programs.forms_of_goals import NAMED, WHEN, EventGoalForm, Picking
from programs.forms_of_plans import rewards_of
from programs.forms_of_rules import parts_of
from programs.models import Contest, ContestCounts, ContestPrize


class ContestForm(EventGoalForm):
    """A contest; the least of money that takes part is typed as money."""

    reward = None  # type: ignore[assignment]  # prizes have theirs
    minimum = forms.IntegerField(
        label=_("least to take part"), required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget
    )
    amount = MinorField(
        label=_("or least money"), required=False, help_text=_("Where money spent is what counts.")
    )

    class Meta:
        model = Contest
        fields = (
            *(*NAMED, "counts", "event", "minimum", "by_joining", "checked_days"),
            *("most_per_visit", "most_per_day", *WHEN),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.its_version()
        if version is None or "amount" not in self.fields:
            return
        self.fields["amount"].currency = version.programme.merchant.currency  # type: ignore[attr-defined]
        if self.instance.counts == ContestCounts.SPEND and self.instance.minimum:
            self.initial.update(amount=self.instance.minimum, minimum=None)

    def clean(self) -> dict[str, Any]:
        """Take the least in the unit of what counts."""
        cleaned = super().clean()
        is_money = cleaned.get("counts") == ContestCounts.SPEND
        cleaned["minimum"] = cleaned.get("amount" if is_money else "minimum") or 1
        return cleaned


class ContestPrizeForm(Picking, forms.ModelForm):  # type: ignore[type-arg]
    """What some places of a contest win."""

    contest = forms.ChoiceField(
        label=_("contest"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("One of the contests above, once it is saved."),
    )
    badge = forms.ChoiceField(label=_("badge"), required=False, widget=UnfoldAdminSelectWidget)
    reward = forms.ChoiceField(label=_("reward"), required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = ContestPrize
        fields = ("contest", "first_place", "last_place", "points", "badge", "reward", "reward_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = getattr(self, "version", None)
        if version is not None:
            self.pick("contest", parts_of(version, "contests"))
            self.pick("badge", parts_of(version, "badges"))
            self.pick("reward", rewards_of(version))

    def clean(self) -> dict[str, Any]:
        """Refuse places the wrong way round."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_place"), cleaned.get("last_place")
        if first and last and last < first:
            self.add_error("last_place", ValidationError(_("The last place is below the first one.")))
        return cleaned
