"""Forms of a programme's parts: lists are ticked or typed with commas, never written as JSON."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.digits import latin_digits
from accounts.models import Branch
from programs.models import EarnRule, VersionPart

# The Gulf's week begins on Sunday; the stored numbers are Python's (Monday = 0).
DAYS = [(day, WEEKDAYS[day]) for day in (6, 0, 1, 2, 3, 4, 5)]
LONGEST_LIST = 50


class CodesField(forms.CharField):
    """A list of codes as text with commas, Arabic ones too."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        """Show a list as "coffee, cake"."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Split at commas; spaces and repetitions fall away."""
        if "\x00" in str(value if isinstance(value, str) else ""):
            raise ValidationError(_("Null characters are not allowed."))
        parts = value if isinstance(value, list) else str(value or "").replace("،", ",").split(",")
        codes = list(dict.fromkeys(part.strip() for part in parts if part.strip()))
        if len(codes) > LONGEST_LIST:
            raise ValidationError(_("At most %(most)s entries."), params={"most": LONGEST_LIST})
        return codes

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, not spellings."""
        return bool((initial or []) != self.to_python(data))


class TicksField(forms.TypedMultipleChoiceField):
    """A list of which each entry is ticked."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, empty_value=[], **options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as sets."""
        return {str(value) for value in initial or []} != {str(value) for value in data or []}


class PartForm(forms.ModelForm):  # type: ignore[type-arg]
    """What rules and rewards share: the tiers of their own version to tick."""

    tiers = TicksField(label=_("only for tiers"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.its_version()
        if version is not None:
            self.offer("tiers", [(tier.code, tier.name) for tier in tiers_of(version)])

    def its_version(self) -> Any:
        """Return the version the form stands under; ``programs.admin`` tells new forms."""
        return getattr(self, "version", None) or (self.instance.version if self.instance.version_id else None)

    def offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Offer ``choices``, and what the row already holds."""
        if name not in self.fields:
            return
        known = {code for code, _name in choices}
        held = [(code, code) for code in getattr(self.instance, name) or [] if code not in known]
        self.fields[name].choices = [*choices, *held]  # type: ignore[attr-defined]


def tiers_of(version: Any) -> list[VersionPart]:
    """Return the version's tiers, read once however many forms ask."""
    if not hasattr(version, "tiers_read"):
        version.tiers_read = list(version.tiers.all())
    return list(version.tiers_read)


def branches_of(version: Any) -> list[Branch]:
    """Return the merchant's branches, read once however many forms ask."""
    if not hasattr(version, "branches_read"):
        version.branches_read = list(
            Branch.objects.filter(merchant=version.programme.merchant_id, is_active=True)
        )
    return list(version.branches_read)


class RuleForm(PartForm):
    """An earning rule."""

    days_of_week = TicksField(label=_("days of the week"), choices=DAYS, coerce=int)
    branches = TicksField(label=_("branches"))
    categories = CodesField(label=_("categories"), required=False, help_text=_("Separate with commas."))
    channels = CodesField(label=_("channels"), required=False, help_text=_("store, online …"))

    class Meta:
        model = EarnRule
        fields = (
            "code", "name_ar", "name_en", "kind", "priority", "points", "per_minor", "factor", "is_birthday",
            "birthday_window_days", "days_of_week", "from_time", "to_time", "starts_on", "ends_on",
            "branches", "categories", "channels", "tiers", "min_amount_minor", "is_active",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.its_version()
        if version is not None:
            self.offer("branches", [(branch.code, branch.name) for branch in branches_of(version)])


class PublishForm(forms.Form):
    """From when the new terms hold, and for whom."""

    effective_from = forms.SplitDateTimeField(
        label=_("In force from"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("Leave empty to start now."),
    )
    pilot = forms.BooleanField(
        label=_("Only for the pilot group"),
        required=False,
        help_text=_("For a programme that is not live yet."),
    )

    def clean_effective_from(self) -> Any:
        """Take the instant as it was typed; an empty one means now."""
        return self.cleaned_data["effective_from"]


def normalised(data: Any) -> Any:
    """Return posted ``data`` with Latin digits."""
    copied = data.copy()
    for name, values in copied.lists():
        copied.setlist(name, [latin_digits(value) for value in values])
    return copied
