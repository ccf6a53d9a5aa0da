"""What one person may do alone, and the accounts of the journal: the owner sets them, others may read."""

from datetime import datetime
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.access import Actor
from accounts.money_fields import MinorField
from ledger.controlling import change_settings
from ledger.liability.journals import ESTIMATE, GRANTED, LAPSED, LIABILITY, REDEEMED, accounts_of
from ledger.models import BookSettings
from ledger.second_person import settings_of
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page

MOST: Final = 10**7
PARTS: Final = (
    ("code", gettext_lazy("number")),
    ("name_ar", gettext_lazy("name in Arabic")),
    ("name_en", gettext_lazy("name in English")),
)
ROLES: Final = {
    LIABILITY: gettext_lazy("Liability for points"),
    GRANTED: gettext_lazy("Points granted"),
    REDEEMED: gettext_lazy("Points redeemed"),
    LAPSED: gettext_lazy("Points expired"),
    ESTIMATE: gettext_lazy("Change of the estimate"),
}


class ControlsForm(forms.Form):
    """Three limits, and three fields per account."""

    second_person_over = forms.IntegerField(
        label=gettext_lazy("Points one person may move by hand, per member and day"),
        min_value=0,
        max_value=MOST,
        help_text=gettext_lazy(
            "Above it a second person decides. A higher limit takes effect after 24 hours."
        ),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    make_good_daily = forms.IntegerField(
        label=gettext_lazy("Points a cashier may give per day as an apology"),
        min_value=0,
        max_value=MOST,
        help_text=gettext_lazy("For all customers together, per cashier; 0 switches it off."),
        widget=UnfoldAdminIntegerFieldWidget,
    )

    payout_over = MinorField(
        label=gettext_lazy("Payout to a cause that one person may record alone"),
        required=False,
        help_text=gettext_lazy(
            "Above it a second person decides. A higher limit takes effect after 24 hours."
        ),
    )

    def __init__(self, chosen: BookSettings, now: datetime, *args: Any, **options: Any) -> None:
        coming = chosen.looser_limit if chosen.looser_limit is not None else chosen.second_person_over
        payout = chosen.looser_payout_minor
        payout = chosen.payout_limit_at(now) if payout is None else payout
        limits = {"second_person_over": coming, "make_good_daily": chosen.make_good_daily}
        super().__init__(*args, **{"initial": limits | {"payout_over": payout}} | options)
        cast(MinorField, self.fields["payout_over"]).currency = chosen.merchant.currency
        for role, account in accounts_of(chosen.accounts).items():
            for part, label in PARTS:
                self.fields[f"{role}_{part}"] = forms.CharField(
                    label=label,
                    max_length=20 if part == "code" else 80,
                    initial=getattr(account, part),
                    widget=UnfoldAdminTextInputWidget(
                        attrs={"dir": {"name_ar": "rtl"}.get(part, "ltr"), "autocomplete": "off"}
                    ),
                )

    @property
    def limits(self) -> list[Any]:
        """The fields of the limits."""
        return [self["second_person_over"], self["make_good_daily"], self["payout_over"]]

    @property
    def accounts(self) -> list[tuple[Any, list[Any]]]:
        """The fields of every account, under what it is for."""
        return [(title, [self[f"{role}_{part}"] for part, _label in PARTS]) for role, title in ROLES.items()]

    @property
    def chosen_accounts(self) -> dict[str, dict[str, str]]:
        """The accounts as they were typed."""
        said = self.cleaned_data
        return {role: {part: said[f"{role}_{part}"] for part, _label in PARTS} for role in ROLES}


def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the limits and accounts; save them for an owner."""
    actor = actor_in(request, "controls")
    chosen = settings_of(actor.merchant)
    may_change = actor.may("change", "controls")
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    now = timezone.now()
    form = ControlsForm(chosen, now, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _saved(request, actor, form)
    is_coming = chosen.looser_from is not None and now < chosen.looser_from
    return page(
        request, "backoffice/controls.html", _("Limits and accounts"),
        form=form, chosen=chosen, may_change=may_change, limit=chosen.limit_at(now), is_coming=is_coming,
    )  # fmt: skip


def _saved(request: HttpRequest, actor: Actor, form: ControlsForm) -> HttpResponse:
    said = form.cleaned_data
    change_settings(
        actor=actor,
        now=timezone.now(),
        second_person_over=said["second_person_over"],
        make_good_daily=said["make_good_daily"],
        accounts=form.chosen_accounts,
        payout_over_minor=said["payout_over"],
    )
    messages.success(request, _("Saved."))
    return redirect("admin:controls")
