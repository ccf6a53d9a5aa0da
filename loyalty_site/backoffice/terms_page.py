"""The page of terms in the back office: its editions, who agreed to which, and what the shop adds to it."""

from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts.digits import latin_digits
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page
from programs.editions import TEXTS, additions_at, agreements, editions_of, notice_ends, say_additions
from programs.models import TermsAdditions, TermsEdition

PLAIN: Final = ("company", "registration", "vat_number")


class AdditionsForm(forms.ModelForm[TermsAdditions]):
    """What the shop says beside the programme itself."""

    is_worse = forms.BooleanField(
        label=gettext_lazy("This takes something from members"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=gettext_lazy("Then it begins after the notice that your programme promises."),
    )

    class Meta:
        model = TermsAdditions
        fields = [*TEXTS, "is_worse"]
        widgets = {
            **{name: UnfoldAdminTextInputWidget(attrs={"dir": "auto"}) for name in PLAIN},
            **{
                name: UnfoldAdminTextareaWidget(
                    attrs={"rows": 2, "dir": "rtl" if name.endswith("ar") else "ltr"}
                )
                for name in TEXTS
                if name not in PLAIN
            },
        }

    def clean_registration(self) -> str:
        """Write its digits one way."""
        return latin_digits(self.cleaned_data["registration"])

    def clean_vat_number(self) -> str:
        """Write its digits one way."""
        return latin_digits(self.cleaned_data["vat_number"])


@dataclass(frozen=True, slots=True)
class Line:
    """An edition in the list: how many members agreed to it, and how it stands."""

    edition: TermsEdition
    agreed: int
    is_coming: bool
    is_standing: bool


def overview(request: HttpRequest) -> HttpResponse:
    """Show the editions and take what the shop adds; a change makes the next edition."""
    actor, now = actor_in(request, "programme"), timezone.now()
    merchant = actor.merchant
    standing = additions_at(merchant, now)
    initial = {name: getattr(standing, name) for name in TEXTS} if standing else {}
    form = AdditionsForm(request.POST or None, initial=initial)
    if request.method == "POST":
        if not actor.may("change", "programme"):
            raise PermissionDenied
        if form.is_valid():
            said = form.cleaned_data
            say_additions(
                actor=actor, texts={name: said[name] for name in TEXTS}, is_worse=said["is_worse"], now=now
            )
            messages.success(request, _("Saved: the page has a new version."))
            return redirect("admin:terms_page")
    editions, agreed = editions_of(merchant), agreements(merchant)
    begun = next((one.pk for one in editions if one.effective_from <= now), None)
    lines = [
        Line(one, agreed.get(one.number, 0), one.effective_from > now, one.pk == begun) for one in editions
    ]
    return page(
        request, "backoffice/terms_page.html", _("Page of terms"),
        lines=lines, unasked=agreed.get(0, 0), form=form, notice=notice_ends(merchant, now),
        may_change=actor.may("change", "programme"),
    )  # fmt: skip
