"""The form of a recipe: its switch, its channels, its knobs and its words in both languages."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models.consent import Channel
from accounts.tenant_admin import TenantForm
from campaigns.channels import open_channels
from campaigns.errors import TemplateInvalid
from campaigns.models import Recipe, RecipeKind
from campaigns.recipes import TEXT_FIELDS, check_texts
from campaigns.tuning import Tuning

KNOBS: Final[dict[str, tuple[str, ...]]] = {
    RecipeKind.NEAR_TIER: ("hour", "valid_hours"),
    RecipeKind.KEEP_TIER: ("hour",),
    RecipeKind.EXPIRING: ("hour", "days_before", "join_days"),
    RecipeKind.ACTIVATED: ("hour", "valid_hours"),
    RecipeKind.PLACE_AWAITED: (),
    RecipeKind.PLACE_GIVEN: (),
}
"""The knobs of the recipes that have others than how long their news is news: a place is, until the event."""


def knobs_of(kind: str) -> tuple[str, ...]:
    """The knobs of a recipe; most have one: for how long its news is news."""
    return KNOBS.get(kind, ("valid_hours",))


def _number(label: Any, lowest: int, highest: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=lowest, max_value=highest, required=False, widget=UnfoldAdminIntegerFieldWidget
    )


def _subject(label: Any, direction: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=120, widget=UnfoldAdminTextInputWidget(attrs={"dir": direction})
    )


def _body(label: Any, direction: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"dir": direction, "rows": 7})
    )


class RecipeForm(TenantForm):
    """A recipe. Words are not overwritten: a change of them becomes a new version."""

    channels = forms.MultipleChoiceField(label=_("channels"), widget=UnfoldAdminCheckboxSelectMultipleWidget)
    hour = _number(_("hour of the day"), 0, 23)
    valid_hours = _number(_("hours in which it may still be sent"), 1, 24 * 7)
    days_before = _number(_("days before the last day"), 1, 60)
    join_days = _number(_("days whose points join one message"), 0, 30)
    subject_ar = _subject(_("subject in Arabic"), "rtl")
    subject_en = _subject(_("subject in English"), "ltr")
    body_ar = _body(_("text in Arabic"), "rtl")
    body_en = _body(_("text in English"), "ltr")

    class Meta:
        model = Recipe
        fields = ("is_enabled",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(Channel.choices)
        if "channels" in self.fields:
            self.fields["channels"].choices = [(name, names[name]) for name in open_channels()]  # type: ignore[attr-defined]
        if self.instance.pk:
            self._fill()

    def _fill(self) -> None:
        tuning, template = Tuning.read(self.instance.settings), self.instance.templates.first()
        self.initial["channels"] = self.instance.channels
        self.initial.update({name: getattr(template, name) for name in TEXT_FIELDS})
        for name in ("hour", "valid_hours", "days_before", "join_days"):
            if name not in knobs_of(self.instance.kind):
                self.fields.pop(name, None)
            self.initial[name] = getattr(tuning, name)

    @property
    def texts(self) -> dict[str, str]:
        """The four texts as they were typed."""
        return {name: self.cleaned_data.get(name, "") for name in TEXT_FIELDS}

    @property
    def knobs(self) -> dict[str, int]:
        """The knobs that were set."""
        given = {name: self.cleaned_data.get(name) for name in knobs_of(self.instance.kind)}
        return {name: value for name, value in given.items() if value is not None}

    def texts_changed(self) -> bool:
        """Say whether a new version of the words is asked for."""
        return bool(set(self.changed_data) & set(TEXT_FIELDS))

    def clean(self) -> dict[str, Any]:
        """Refuse words that could not be rendered, at the field where they stand."""
        cleaned = super().clean()
        if not self.errors:
            try:
                check_texts(self.instance.kind, self.texts)
            except TemplateInvalid as error:
                self.add_error(error.field, str(error))
        return cleaned
