"""Gift cards that wait for a second person: what is asked for, by whom, and yes or no."""

from dataclasses import dataclass
from typing import Final, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Actor, for_read
from accounts.actors import names_of_actors
from accounts.errors import NotFound, WalaaError
from accounts.models import User
from accounts.second_factor import has_second_factor
from ledger.gift_deciding import approve_gift_card, decline_gift_card, gift_requests, gives_alone
from ledger.models import GiftCardRequest
from ledger.models.adjustments import RequestState
from loyalty_site.backoffice.adjustments import COLOURS, CodeForm
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page

WAITING_SHOWN: Final = 50
DECIDED_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A request in words."""

    request: GiftCardRequest
    colour: str
    asked_by: str
    decided_by: str


def asked_for(actor: Actor) -> list[Row]:
    """What waits, the newest first, and after it what was decided last."""
    rows = gift_requests(actor)
    waiting = list(rows.filter(state=RequestState.WAITING)[:WAITING_SHOWN])
    return _in_words([*waiting, *rows.exclude(state=RequestState.WAITING)[:DECIDED_SHOWN]])


def detail(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show one request: what is asked, by whom, and who may decide it how; decide it."""
    actor, now = actor_in(request, "facts"), timezone.now()
    if request.method == "POST":
        return _decided(request, actor_in(request, "facts", "change"), request_id)
    asked = _request(actor, request_id)
    (row,) = _in_words([asked])
    alone, may_change = gives_alone(asked, actor), actor.may("change", "facts")
    return page(
        request, "backoffice/gift_request.html", _("Gift card"),
        row=row, asked=asked, currency=actor.merchant.currency, form=CodeForm(), may_open=may_change,
        may_decide=may_change and asked.state == RequestState.WAITING,
        is_own=asked.asked_by == actor.label, is_alone=alone, is_ripe=now >= asked.ripe_at,
        has_factor=has_second_factor(cast(User, request.user)) if alone else True,
    )  # fmt: skip


def _decided(request: HttpRequest, actor: Actor, request_id: int) -> HttpResponse:
    now = timezone.now()
    try:
        if "approve" in request.POST:
            code = request.POST.get("code", "")[:20]
            receipt = approve_gift_card(actor=actor, request_id=request_id, now=now, code=code)
            messages.success(request, _("The gift card is made."))
            return redirect("admin:gift_card", receipt.gift_card_id)
        gone = decline_gift_card(actor=actor, request_id=request_id, now=now)
        said = {RequestState.REFUSED: _("Refused: no card was made.")}
        messages.success(request, said.get(RequestState(gone.state), _("Withdrawn: no card was made.")))
    except NotFound:
        raise Http404 from None
    except WalaaError as error:
        messages.error(request, str(error))
    return redirect("admin:gift_request", request_id)


def _request(actor: Actor, request_id: int) -> GiftCardRequest:
    try:
        return for_read(actor, gift_requests(actor), room="facts", pk=request_id)
    except NotFound:
        raise Http404 from None


def _in_words(rows: list[GiftCardRequest]) -> list[Row]:
    names = names_of_actors({label for row in rows for label in (row.asked_by, row.decided_by)})
    return [
        Row(row, COLOURS[RequestState(row.state)], names.get(row.asked_by, ""), names.get(row.decided_by, ""))
        for row in rows
    ]
