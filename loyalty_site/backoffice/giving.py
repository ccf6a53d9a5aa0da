"""Causes: what each is owed, its months, payouts by one person or two, and the files for the accountant."""

import secrets
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access import Actor
from accounts.actors import names_of_actors
from accounts.errors import NotFound, WalaaError
from accounts.models import User
from accounts.money import Money
from accounts.money_fields import MinorField
from accounts.second_factor import has_second_factor
from accounts.two_people import deciders, is_alone
from ledger.causes.figures import months_of, standings, statement_tables
from ledger.causes.paying import approve_payout, decline_payout, pay_out
from ledger.models import CauseEntry, PayoutRequest
from ledger.models.adjustments import RequestState
from ledger.second_person import settings_of
from ledger.validating import LONGEST_KEY
from loyalty_site.backoffice.adjustments import CodeForm
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.liability import table_file
from loyalty_site.backoffice.rendering import page
from programs.models import Cause

SHOWN_MONTHS: Final = 36


class PayoutForm(forms.Form):
    """How much was paid to which cause, and by which reference. ``once`` makes a second press the first."""

    cause = forms.ModelChoiceField(
        Cause.objects.none(), label=gettext_lazy("Cause"), widget=UnfoldAdminSelectWidget
    )
    amount = MinorField(label=gettext_lazy("Amount"))
    reference = forms.CharField(
        label=gettext_lazy("Reference of the payment"),
        max_length=LONGEST_KEY,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    once = forms.CharField(max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        causes = Cause.objects.filter(merchant=actor.merchant).order_by("id")
        cast(forms.ModelChoiceField[Cause], self.fields["cause"]).queryset = causes
        cast(MinorField, self.fields["amount"]).currency = actor.merchant.currency


def overview(request: HttpRequest) -> HttpResponse:
    """Show what is owed to whom, month by month, and record a payout."""
    actor = actor_in(request, "facts")
    form = PayoutForm(request.POST or None, actor=actor, initial={"once": secrets.token_hex(16)})
    if request.method == "POST":
        actor = actor_in(request, "facts", "change")
        if form.is_valid() and (answer := _paid(request, actor, form)):
            return answer
    merchant = actor.merchant
    waiting = PayoutRequest.objects.filter(merchant=merchant, state=RequestState.WAITING)
    return page(
        request, "backoffice/giving.html", _("Causes"),
        standings=[(row, _money(actor, row.owed_minor), _money(actor, row.given_minor))
                   for row in standings(merchant)],
        months=[(row, *(_money(actor, amount) for amount in (
            row.points_minor, row.share_minor, row.paid_minor, row.owed_minor)))
                for row in months_of(merchant)[:SHOWN_MONTHS]],
        form=form, may_pay=actor.may("change", "facts"),
        waiting=[(one, _money(actor, one.amount_minor)) for one in waiting.select_related("cause")],
        limit=_money(actor, settings_of(merchant).payout_limit_at(timezone.now())),
    )  # fmt: skip


def statement_file(request: HttpRequest) -> HttpResponse:
    """The statement and its journal as CSV, or XLSX (``?format=``)."""
    actor = actor_in(request, "facts")
    return table_file(request, "causes", statement_tables(actor.merchant))


def payout(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show a payout that waits for a second person, and decide it."""
    actor, now = actor_in(request, "facts"), timezone.now()
    rows = PayoutRequest.objects.filter(merchant=actor.merchant, pk=request_id, is_small=False)
    asked = rows.select_related("cause", "entry").first()
    if asked is None:
        raise Http404
    if request.method == "POST":
        return _decided(request, actor_in(request, "facts", "change"), asked)
    alone = is_alone(actor, asked.asked_by, deciders(actor.merchant.pk))
    names = names_of_actors({asked.asked_by, asked.decided_by})
    return page(
        request, "backoffice/payout.html", _("Payout to a cause"),
        asked=asked, amount=_money(actor, asked.amount_minor), asked_by=names.get(asked.asked_by, ""),
        decided_by=names.get(asked.decided_by, ""), form=CodeForm(),
        may_decide=actor.may("change", "facts") and asked.state == RequestState.WAITING,
        is_own=asked.asked_by == actor.label, is_alone=alone, is_ripe=now >= asked.ripe_at,
        has_factor=has_second_factor(cast(User, request.user)) if alone else True,
    )  # fmt: skip


def _paid(request: HttpRequest, actor: Actor, form: PayoutForm) -> HttpResponse | None:
    said = form.cleaned_data
    try:
        done = pay_out(
            actor=actor, cause=said["cause"], amount_minor=said["amount"], reference=said["reference"],
            key=said["once"], now=timezone.now(),
        )  # fmt: skip
    except WalaaError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
    if isinstance(done, CauseEntry):
        messages.success(request, _("Recorded. Receipt number %(number)s.") % {"number": done.number})
        return redirect("admin:giving")
    messages.info(request, _("This is above the limit: it waits for a second person."))
    return redirect("admin:giving_payout", done.pk)


def _decided(request: HttpRequest, actor: Actor, asked: PayoutRequest) -> HttpResponse:
    now = timezone.now()
    try:
        if "approve" in request.POST:
            code = request.POST.get("code", "")[:20]
            done = approve_payout(actor=actor, request_id=asked.pk, now=now, code=code)
            messages.success(request, _("Recorded. Receipt number %(number)s.") % {"number": done.number})
        else:
            decline_payout(actor=actor, request_id=asked.pk, now=now)
            messages.success(request, _("Nothing was paid out."))
    except NotFound:
        raise Http404 from None
    except WalaaError as error:
        messages.error(request, str(error))
    return redirect("admin:giving_payout", asked.pk)


def _money(actor: Actor, amount_minor: int) -> str:
    return Money(amount_minor, actor.merchant.currency).format(get_language() or "ar")
