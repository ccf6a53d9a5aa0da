"""The keys to Moyasar: the owner's to set. What is kept is never shown again."""

from typing import Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.access import Actor
from accounts.errors import WalaaError
from ledger.models import CardCharge, HookEvent
from ledger.models.card_payments import ChargeState
from ledger.moyasar.hooks import VERIFICATION
from ledger.moyasar.keys import LONGEST, keys_of, save_keys
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page

SHOWN: Final = 10


class KeysForm(forms.Form):
    """Two secrets; an empty field leaves what is kept."""

    secret_key = forms.CharField(
        label=gettext_lazy("Secret key"),
        required=False,
        max_length=LONGEST,
        help_text=gettext_lazy("From Moyasar's dashboard. It begins with sk_."),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    webhook_secret = forms.CharField(
        label=gettext_lazy("Webhook secret"),
        required=False,
        max_length=LONGEST,
        help_text=gettext_lazy(
            "A word of your own with at least 8 characters; write the same one in Moyasar. After a change the"
            " old one is accepted for an hour."
        ),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off", "dir": "ltr"}),
    )


def keys_page(request: HttpRequest) -> HttpResponse:
    """Show whether keys are kept, the webhook's address and what went wrong; save keys for an owner."""
    actor = actor_in(request, "keys")
    if request.method == "POST" and not actor.may("change", "keys"):
        raise PermissionDenied
    form = KeysForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _saved(request, actor, form):
        return redirect("admin:moyasar")
    merchant, told = actor.merchant, HookEvent.objects.filter(merchant=actor.merchant)
    verification = told.filter(name=VERIFICATION).order_by("-received_at").first()
    charges = CardCharge.objects.filter(merchant=merchant, state__in=(ChargeState.ODD, ChargeState.FAILED))
    address = request.build_absolute_uri(reverse("webhook-moyasar", args=[merchant.slug]))
    return page(
        request, "backoffice/moyasar.html", _("Card payments"),
        form=form, keys=keys_of(merchant), address=address,
        code=verification.payload.get("data", {}).get("verification_code", "") if verification else "",
        charges=list(charges.select_related("member").order_by("-made_at")[:SHOWN]),
        stuck=told.filter(done_at__isnull=True, act_at__isnull=True).count(),
        last=told.order_by("-received_at").first(),
    )  # fmt: skip


def _saved(request: HttpRequest, actor: Actor, form: KeysForm) -> bool:
    said = form.cleaned_data
    try:
        save_keys(
            actor=actor,
            secret_key=said["secret_key"],
            webhook_secret=said["webhook_secret"],
            now=timezone.now(),
        )
    except WalaaError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    messages.success(request, _("Saved."))
    return True
