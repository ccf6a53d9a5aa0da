"""How a pilot group is chosen: a share of the members, a branch or a segment."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.digits import latin_digits
from accounts.models import Branch, Merchant
from analytics.pilots import members_of_branch
from programs.pilots import sample, segment, segments

MOST_PERCENT: Final = 50
WAYS: Final = (
    ("percent", _("A share of all members, drawn by lot")),
    ("branch", _("The members of a branch: those whose last purchase was there")),
    ("segment", _("A segment")),
)


class PercentField(forms.IntegerField):
    """A whole percentage, in Arabic digits too."""

    def to_python(self, value: Any) -> Any:
        """Bring the digits into one spelling."""
        return super().to_python(latin_digits(str(value or "")).strip().rstrip("%٪ "))


class PilotForm(forms.Form):
    """Who takes part."""

    by = forms.ChoiceField(label=_("Who takes part"), choices=WAYS, widget=UnfoldAdminRadioSelectWidget)
    percent = PercentField(
        label=_("Share of all members, %"),
        required=False,
        min_value=1,
        max_value=MOST_PERCENT,
        help_text=_("A larger share later keeps everybody of a smaller one."),
        widget=UnfoldAdminTextInputWidget(
            attrs={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"}
        ),
    )
    branch = forms.ModelChoiceField[Branch](
        Branch.objects.none(), label=_("Branch"), required=False, widget=UnfoldAdminSelectWidget
    )
    segment = forms.ChoiceField(label=_("Segment"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, merchant: Merchant, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.merchant = merchant
        self.fields["branch"].queryset = merchant.branches.filter(is_active=True)  # type: ignore[attr-defined]
        names = segments(merchant)
        self.fields["segment"].choices = [("", "—"), *((name, name) for name in names)]  # type: ignore[attr-defined]
        if not names:
            self.fields["segment"].disabled = True
            self.fields["segment"].help_text = _("You have no segments yet.")

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen way needs."""
        said = super().clean() or {}
        way = said.get("by")
        if way and way not in self.errors and not said.get(way):
            self.add_error(way, ValidationError(_("Say which one.")))
        return said

    def member_ids(self) -> set[int]:
        """The members that were chosen."""
        said = self.cleaned_data
        if said["by"] == "percent":
            return sample(self.merchant, said["percent"])
        if said["by"] == "branch":
            return members_of_branch(self.merchant, said["branch"])
        return segment(self.merchant, said["segment"])
