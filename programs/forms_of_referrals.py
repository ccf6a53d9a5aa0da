"""The form of a referral offer: its rewards are chosen among the version's own."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from programs.forms_of_plans import rewards_of
from programs.models import ReferralOffer


class ReferralForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a friend brings."""

    bringer_reward = forms.ChoiceField(
        label=_("reward for who brings a friend"), required=False, widget=UnfoldAdminSelectWidget
    )
    friend_reward = forms.ChoiceField(
        label=_("reward for the friend"), required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = ReferralOffer
        fields = (
            "bringer_points", "friend_points", "bringer_reward", "friend_reward", "window_days",
            "least_minor", "most_per_month",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = getattr(self, "version", None)
        if version is None:
            return
        offered = rewards_of(version)
        for name in ("bringer_reward", "friend_reward"):
            held = getattr(self.instance, name)
            own = [(held, held)] if held and held not in dict(offered) else []
            if name in self.fields:
                self.fields[name].choices = [("", _("None")), *offered, *own]  # type: ignore[attr-defined]
