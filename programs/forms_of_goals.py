"""Forms of punch cards, challenges and badges: what they give is chosen among the version's own parts."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.money_fields import MinorField
from programs.forms import DAYS, CodesField, PartForm, TicksField, branches_of
from programs.forms_of_plans import rewards_of
from programs.forms_of_rules import occasions_of, parts_of, segments_of
from programs.models import Badge, Card, Challenge, ChallengeKind
from programs.models.goals import GoalCounts
from programs.picturing import PicturedForm
from programs.triggers import KNOWN as TRIGGERS

ICONS: Final = {
    "star": _("Star"),
    "gift": _("Gift"),
    "check": _("Check mark"),
    "clock": _("Clock"),
    "bag": _("Shopping bag"),
    "tag": _("Price tag"),
    "person": _("Person"),
    "globe": _("Globe"),
    "share": _("Share"),
}
"""The pictures that a badge may wear, by their names among the portal's icons."""
WHEN: Final = (
    *("min_amount_minor", "days_of_week", "from_time", "to_time", "starts_on", "ends_on"),
    *("branches", "channels", "categories", "products", "tiers", "segments", "occasions"),
)
NAMED: Final = ("code", "name_ar", "name_en", "description_ar", "description_en", "is_active")


class Picking(forms.BaseModelForm):  # type: ignore[type-arg]
    """A form that lets one of the version's parts be chosen."""

    def pick(self, name: str, offered: Iterable[tuple[str, Any]]) -> None:
        """Let one of ``offered`` be chosen, or none; what the row already holds stays."""
        if name not in self.fields:
            return
        offered, held = list(offered), getattr(self.instance, name)
        own = [(held, held)] if held and held not in dict(offered) else []
        self.fields[name].choices = [("", _("None")), *offered, *own]  # type: ignore[attr-defined]


class GoalForm(Picking, PartForm):
    """What cards and challenges share: when they count, and for whom."""

    days_of_week = TicksField(label=_("days of the week"), choices=DAYS, coerce=int)
    branches = TicksField(label=_("branches"))
    categories = CodesField(label=_("categories"), required=False, help_text=_("Separate with commas."))
    products = CodesField(label=_("products"), required=False, help_text=_("Product codes, with commas."))
    channels = CodesField(label=_("channels"), required=False, help_text=_("store, online …"))
    occasions = TicksField(label=_("occasions"))
    segments = TicksField(label=_("segments"))
    reward = forms.ChoiceField(
        label=_("reward"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("One of the rewards below, once it is saved."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.its_version()
        if version is None:
            return
        self.offer("branches", [(branch.code, branch.name) for branch in branches_of(version)])
        self.offer("occasions", occasions_of(version))
        self.offer("segments", segments_of(version))
        self.pick("reward", rewards_of(version))


class EventGoalForm(GoalForm):
    """What counts events of a name: one that is known, or the shop's own word."""

    event = forms.ChoiceField(label=_("event"), required=False, widget=UnfoldAdminSelectWidget)
    own_event = forms.SlugField(
        label=_("or your own event"), required=False, max_length=40, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pick("event", ((name, label) for name, label in TRIGGERS.items() if name != "purchase"))

    def clean(self) -> dict[str, Any]:
        """Take the shop's own event before a listed one."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["event"] = slugify(cleaned.get("own_event") or "") or cleaned.get("event") or ""
        return cleaned


class CardForm(GoalForm):
    """A punch card."""

    class Meta:
        model = Card
        fields = (
            *NAMED,
            "stamps",
            "counts",
            "most_per_visit",
            "most_per_day",
            "reward",
            "reward_days",
            *WHEN,
        )

    def clean_reward(self) -> str:
        """Insist on a reward: a full card gives something."""
        if not self.cleaned_data["reward"]:
            raise ValidationError(_("Choose what a full card gives."))
        return str(self.cleaned_data["reward"])


class ChallengeForm(EventGoalForm):
    """A challenge, a milestone or a streak; a target of money is typed as money."""

    target = forms.IntegerField(
        label=_("how many"), required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget
    )
    amount = MinorField(
        label=_("or how much money"), required=False, help_text=_("Where money spent is what counts.")
    )
    badge = forms.ChoiceField(label=_("badge"), required=False, widget=UnfoldAdminSelectWidget)
    card = forms.ChoiceField(label=_("punch card"), required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Challenge
        fields = (
            *(*NAMED, "kind", "counts", "event", "period", "target", "repeats"),
            *("most_per_visit", "most_per_day"),
            *("points", "badge", "reward", "reward_days", "card", "stamps", *WHEN),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.its_version()
        if version is None or "amount" not in self.fields:
            return
        self.fields["amount"].currency = version.programme.merchant.currency  # type: ignore[attr-defined]
        self.pick("badge", parts_of(version, "badges"))
        self.pick("card", parts_of(version, "cards"))
        if self.instance.counts == GoalCounts.SPEND and self.instance.target:
            self.initial.update(amount=self.instance.target, target=None)

    def clean(self) -> dict[str, Any]:
        """Take the target in the unit of what counts."""
        cleaned = super().clean()
        is_streak = cleaned.get("kind") == ChallengeKind.STREAK
        asked = "amount" if cleaned.get("counts") == GoalCounts.SPEND and not is_streak else "target"
        if asked not in self.errors and not cleaned.get(asked):
            self.add_error(asked, ValidationError(_("Say what is to be reached.")))
        cleaned["target"] = cleaned.get(asked)
        return cleaned


class BadgeForm(PicturedForm, forms.ModelForm):  # type: ignore[type-arg]
    """A badge with a picture of its own, or one of ours."""

    icon = forms.ChoiceField(label=_("icon"), choices=ICONS, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Badge
        fields = (*NAMED, "icon", "picture", "picture_alt_ar", "picture_alt_en")
