"""Points moved by hand: the form on a member's page, what waits for a second person, and the limits."""

import secrets
from dataclasses import dataclass
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.access import Actor, for_read, member_for
from accounts.actors import names_of_actors
from accounts.digits import latin_digits
from accounts.errors import NotFound, WalaaError
from accounts.models import Member, User
from accounts.second_factor import has_second_factor
from ledger.models import AdjustmentRequest
from ledger.models.adjustments import RequestState
from ledger.receipt import Receipt
from ledger.second_person import adjust, approve, decides_alone, decline, requests, settings_of
from ledger.validating import LONGEST_REASON, MOST_POINTS
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page
from programs.sentences import points_text

PER_PAGE: Final = 25
SOURCE: Final = "backoffice"
COLOURS: Final = {
    RequestState.WAITING: "warning",
    RequestState.POSTED: "success",
    RequestState.REFUSED: "danger",
    RequestState.WITHDRAWN: "default",
}


class PointsField(forms.IntegerField):
    """A whole number as people type it: Arabic digits, a sign of any kind, thousands apart."""

    def clean(self, value: Any) -> Any:
        """Bring the digits into one spelling."""
        text = latin_digits(str(value or "")).replace("−", "-").replace(",", "").replace(" ", "")
        return super().clean(text.removeprefix("+"))


class AdjustForm(forms.Form):
    """How many points, and why. ``once`` makes a second press find the first."""

    points = PointsField(
        label=gettext_lazy("Points"),
        min_value=-MOST_POINTS,
        max_value=MOST_POINTS,
        help_text=gettext_lazy("A minus in front takes points away."),
        widget=UnfoldAdminTextInputWidget(
            attrs={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"}
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("The member reads it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    expires = forms.BooleanField(
        label=gettext_lazy("The points expire as earned ones do"),
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
    )
    once = forms.CharField(max_length=32, widget=forms.HiddenInput)


class CodeForm(forms.Form):
    """The second factor of somebody who decides alone."""

    code = forms.CharField(
        label=gettext_lazy("Code of your authenticator app"),
        max_length=20,
        required=False,
        widget=UnfoldAdminTextInputWidget(
            attrs={"dir": "ltr", "inputmode": "numeric", "autocomplete": "one-time-code"}
        ),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A request in words."""

    request: AdjustmentRequest
    colour: str
    asked_by: str
    decided_by: str


def form(request: HttpRequest, member_id: int) -> HttpResponse:
    """Give or take points by hand; above the limit it becomes a request."""
    actor = actor_in(request, "facts", "change")
    member = _member(actor, member_id)
    asked = AdjustForm(request.POST or None, initial={"once": secrets.token_hex(16)})
    if request.method == "POST" and asked.is_valid():
        answer = _adjusted(request, actor, member, asked)
        if answer is not None:
            return answer
    limit = settings_of(actor.merchant).limit_at(timezone.now())
    return page(
        request, "backoffice/adjust.html", _("Give or take points"),
        form=asked, member=member, limit=points_text(limit), back=_page_of(member),
    )  # fmt: skip


def _adjusted(request: HttpRequest, actor: Actor, member: Member, asked: AdjustForm) -> HttpResponse | None:
    said = asked.cleaned_data
    try:
        done = adjust(
            actor=actor, member=member, points=said["points"], reason=said["reason"],
            expires=said["expires"], source=SOURCE, key=said["once"], now=timezone.now(),
        )  # fmt: skip
    except WalaaError as error:
        asked.add_error(error.field if error.field in asked.fields else None, str(error))
        return None
    if isinstance(done, Receipt):
        messages.success(request, _("Posted: %(change)s points.") % {"change": f"{done.points:+,}"})
        return redirect(_page_of(member))
    messages.info(request, _("This is above the limit: it waits for a second person."))
    return redirect("admin:adjustment", done.pk)


def listing(request: HttpRequest) -> HttpResponse:
    """Show what waits for a second person, and what was decided."""
    actor = actor_in(request, "facts")
    rows = requests(actor)
    waiting = rows.filter(state=RequestState.WAITING)[:PER_PAGE]
    decided = Paginator(rows.exclude(state=RequestState.WAITING), PER_PAGE).get_page(request.GET.get("page"))
    chosen = settings_of(actor.merchant)
    return page(
        request, "backoffice/adjustments.html", _("Adjustments"),
        waiting=_in_words(list(waiting)), decided=_in_words(list(decided)), rows=decided,
        limit=points_text(chosen.limit_at(timezone.now())), budget=points_text(chosen.make_good_daily),
        sees_controls=actor.may("view", "controls"),
    )  # fmt: skip


def detail(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show one request: what is asked, by whom, and who may decide it how."""
    actor = actor_in(request, "facts")
    asked = _request(actor, request_id)
    (row,) = _in_words([asked])
    now, user = timezone.now(), cast(User, request.user)
    is_alone = decides_alone(asked, actor)
    is_own = asked.asked_by == actor.label
    return page(
        request, "backoffice/adjustment.html", _("Adjustment"),
        row=row, asked=asked, back=_page_of(asked.member), form=CodeForm(),
        may_decide=actor.may("change", "facts") and asked.state == RequestState.WAITING,
        is_own=is_own, is_alone=is_alone, is_ripe=now >= asked.ripe_at,
        has_factor=has_second_factor(user) if is_alone else True,
    )  # fmt: skip


def decide(request: HttpRequest, request_id: int) -> HttpResponse:
    """Approve, refuse or withdraw a request."""
    if request.method != "POST":
        return redirect("admin:adjustment", request_id)
    actor, now = actor_in(request, "facts", "change"), timezone.now()
    try:
        if "approve" in request.POST:
            done = approve(
                actor=actor, request_id=request_id, now=now, code=request.POST.get("code", "")[:20]
            )
            messages.success(request, _("Posted: %(change)s points.") % {"change": f"{done.points:+,}"})
        else:
            gone = decline(actor=actor, request_id=request_id, now=now)
            said = {RequestState.REFUSED: _("Refused: nothing was posted.")}
            messages.success(request, said.get(RequestState(gone.state), _("Withdrawn: nothing was posted.")))
    except NotFound:
        raise Http404 from None
    except WalaaError as error:
        messages.error(request, str(error))
    return redirect("admin:adjustment", request_id)


def _member(actor: Actor, member_id: int) -> Member:
    try:
        return member_for(actor, room="facts", right="change", pk=member_id)
    except NotFound:
        raise Http404 from None


def _request(actor: Actor, request_id: int) -> AdjustmentRequest:
    try:
        return for_read(actor, requests(actor), room="facts", pk=request_id)
    except NotFound:
        raise Http404 from None


def _page_of(member: Member) -> str:
    return reverse("admin:accounts_member_change", args=[member.pk])


def _in_words(rows: list[AdjustmentRequest]) -> list[Row]:
    names = names_of_actors({label for row in rows for label in (row.asked_by, row.decided_by)})
    return [
        Row(row, COLOURS[RequestState(row.state)], names.get(row.asked_by, ""), names.get(row.decided_by, ""))
        for row in rows
    ]
