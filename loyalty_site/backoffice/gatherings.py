"""Who comes to an event: the list, checking in, and a file for the door."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Actor
from accounts.errors import WalaaError
from ledger.liability.files import Table
from ledger.models.places import PlaceState
from ledger.places.attending import attendance
from ledger.places.figures import counted, sign_ups
from ledger.posting import post
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.liability import table_file
from loyalty_site.backoffice.rendering import page
from programs.models import MemberEvent

PER_PAGE = 100
COLOURS = {
    PlaceState.GOING: "success",
    PlaceState.WAITING: "warning",
    PlaceState.LEFT: "default",
    PlaceState.OVER: "default",
}


def people(request: HttpRequest, event_id: int) -> HttpResponse:
    """Show who goes and who waits; check people in at the door."""
    actor = actor_in(request, "members")
    event = _event(actor, event_id)
    if request.method == "POST":
        return _check_in(request, actor_in(request, "members", "change"), event)
    rows = Paginator(sign_ups(event), PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request, "backoffice/event_people.html", event.name,
        event=event, rows=rows, people=[(one, COLOURS[PlaceState(one.state)]) for one in rows],
        may_change=actor.may("change", "members"),
    )  # fmt: skip


def people_file(request: HttpRequest, event_id: int) -> HttpResponse:
    """The list as CSV, or XLSX (``?format=``)."""
    actor = actor_in(request, "members")
    event = _event(actor, event_id)
    headers = (_("Membership number"), _("Name"), _("State"), _("Signed up"), _("Was there"))
    zone = actor.merchant.timezone
    rows = [
        (
            *(one.member.number, one.member.name, str(one.get_state_display())),
            *(f"{one.signed_at.astimezone(zone):%Y-%m-%d %H:%M}", _("yes") if one.attended else ""),  # type: ignore[attr-defined]
        )
        for one in sign_ups(event)
    ]
    return table_file(request, f"event-{event.code}", [Table(event.name, headers, rows, 0)])


def _event(actor: Actor, event_id: int) -> MemberEvent:
    event = counted(MemberEvent.objects.filter(merchant=actor.merchant, pk=event_id)).first()
    if event is None:
        raise Http404
    return event


def _check_in(request: HttpRequest, actor: Actor, event: MemberEvent) -> HttpResponse:
    said = request.POST.get("place", "")
    pk = int(said) if said.isdecimal() and len(said) < 19 else 0
    place = sign_ups(event).filter(pk=pk, state=PlaceState.GOING).first()
    if place is None:
        raise Http404
    now = timezone.now()
    try:
        done = post(attendance(place, actor=actor.label, now=now), now=now)
    except WalaaError as error:
        messages.error(request, str(error))
    else:
        if done.points and not done.repeated:
            messages.success(request, _("Checked in; %(points)s points earned.") % {"points": done.points})
        else:
            messages.success(request, _("Checked in."))
    return redirect("admin:event_people", event.pk)
