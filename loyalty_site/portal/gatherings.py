"""Events with places: what there is, signing up, waiting, and cancelling."""

import secrets
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import own_one
from accounts.errors import Invalid, NotFound, WalaaError
from ledger.events import PlaceMoved, PlaceTaken
from ledger.models import Place
from ledger.places.errors import WHY
from ledger.places.figures import Invitation, invitations
from ledger.places.filling import fill
from ledger.places.standing import standing_for_events
from ledger.posting import post
from ledger.queries import account
from loyalty_site.portal.forms import RedeemForm
from loyalty_site.portal.visits import Visit, for_members, show, status_of

SOURCE: Final = "portal"


@require_safe
@for_members
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what lies ahead, and where the member has a place."""
    found = _invitations(visit)
    return show(request, visit, "events", tab="rewards", invitations=found)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def event(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Show one event; take a place, or a place on the waiting list."""
    found = next((one for one in _invitations(visit) if one.event.code == code), None)
    if found is None:
        raise NotFound
    refusal: WalaaError | None = None
    if request.method == "POST":
        try:
            return _sign_up(request, visit, code)
        except WalaaError as error:
            refusal = error
    return show(
        request,
        visit,
        "event",
        status_of(refusal) if refusal else 200,
        tab="rewards",
        one=found,
        event=found.event,
        why=WHY.get(found.why, ""),
        refusal=refusal,
        account=account(visit.signed_in, now=visit.now),
        token=secrets.token_hex(16),
    )


@require_POST
@for_members
def leave(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Cancel; points come back to their own lots, and whoever waits moves up."""
    place = own_one(visit.actor, Place.objects.select_related("event"), pk=pk)
    form = RedeemForm(request.POST)
    try:
        said = PlaceMoved(
            merchant_id=visit.merchant.pk,
            member_id=visit.signed_in.pk,
            occurred_at=visit.now,
            source=SOURCE,
            key=_key(visit, form),
            actor=visit.actor.label,
            place_id=place.pk,
        )
        post(said, now=visit.now)
        fill(place.event, now=visit.now)
    except WalaaError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Cancelled. Thank you for telling us: somebody else can come."))
    return redirect("portal:events", slug=visit.merchant.slug)


def _invitations(visit: Visit) -> list[Invitation]:
    standing = standing_for_events(visit.signed_in, visit.now)
    return invitations(visit.signed_in, now=visit.now, **standing)


def _sign_up(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    form = RedeemForm(request.POST)
    said = PlaceTaken(
        merchant_id=visit.merchant.pk,
        member_id=visit.signed_in.pk,
        occurred_at=visit.now,
        source=SOURCE,
        key=_key(visit, form),
        actor=visit.actor.label,
        event_code=code,
    )
    done = post(said, now=visit.now)
    going = done.state == "going"
    messages.success(request, _("You have a place. See you there!") if going else _("You are on the list."))
    return redirect("portal:event", slug=visit.merchant.slug, code=code)


def _key(visit: Visit, form: RedeemForm) -> str:
    if not form.is_valid():
        raise Invalid(field="token")
    return f"{visit.signed_in.pk}:{form.cleaned_data['token']}"
