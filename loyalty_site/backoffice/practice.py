"""The practice copy of a shop, and keys that work on it: one click for whoever builds the till."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import ApiKey, Member, Merchant
from accounts.models.keys import Scope
from accounts.showing_keys import show_once
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page
from programs.practising import start_over


class PracticeForm(forms.Form):
    """A key for the practice copy."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=50, widget=UnfoldAdminTextInputWidget)
    scope = forms.ChoiceField(
        label=gettext_lazy("scope"),
        choices=Scope.choices,
        initial=Scope.MANAGE,
        widget=UnfoldAdminSelectWidget,
    )


def practice(request: HttpRequest) -> HttpResponse:
    """Say what the copy is; make a key for it, and the copy itself where there is none yet."""
    actor = actor_in(request, "keys", "change")
    form = PracticeForm(request.POST or None)
    copy = Merchant.objects.practice_copy(actor.merchant)
    if request.method == "POST" and form.is_valid():
        if copy is None:
            start_over(merchant=actor.merchant, now=timezone.now())
        _key, text = ApiKey.objects.create_key(merchant=actor.merchant, is_sandbox=True, **form.cleaned_data)
        show_once(request, str(text))
        return redirect("admin:practice")
    members = Member.objects.filter(merchant=copy).count() if copy else 0
    return page(
        request, "backoffice/practice.html", _("Practice copy"), form=form, copy=copy, members=members
    )


@require_POST
def restart(request: HttpRequest) -> HttpResponse:
    """End the copy and make another."""
    start_over(merchant=actor_in(request, "keys", "change").merchant, now=timezone.now())
    messages.success(request, _("The practice copy is new and empty."))
    return redirect("admin:practice")
