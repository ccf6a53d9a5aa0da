"""The form of an event with places: limits are typed as codes with commas."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.tenant_admin import TenantForm
from programs.forms import CodesField
from programs.models import EventState, MemberEvent


class EventForm(TenantForm):
    """An event; ``clean`` of the model refuses times that cannot be."""

    tiers = CodesField(
        label=_("only for tiers"), required=False, help_text=_("Codes with commas; empty: all.")
    )
    segments = CodesField(label=_("only for segments"), required=False)
    plans = CodesField(label=_("only for membership plans"), required=False)
    early_tiers = CodesField(label=_("early access for tiers"), required=False)

    class Meta:
        model = MemberEvent
        fields = "__all__"

    def clean_state(self) -> Any:
        """An event that was called off stays so, and one that was announced is no draft again."""
        state, before = self.cleaned_data["state"], self.initial.get("state", EventState.DRAFT)
        if before == EventState.CANCELLED and state != before:
            raise forms.ValidationError(_("It was called off: everybody was told. Invite to a new one."))
        if before == EventState.OPEN and state == EventState.DRAFT:
            raise forms.ValidationError(_("It was announced already; call it off instead."))
        return state
