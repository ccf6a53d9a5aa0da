"""The member's messages: reading one is a press of a button, never a visit."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from campaigns import reading
from campaigns.queries import inbox
from loyalty_site.portal.visits import Visit, for_members, show


@require_safe
@for_members
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the newest messages, the unread ones marked."""
    found = inbox(actor=visit.actor)
    return show(request, visit, "inbox", tab="inbox", found=found, unread=found.unread)


@require_POST
@for_members
def read_one(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Mark one message as read."""
    reading.read(actor=visit.actor, message_id=pk, now=visit.now)
    return redirect(reverse("portal:inbox", kwargs={"slug": visit.merchant.slug}) + f"#m{pk}")


@require_POST
@for_members
def read_all(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Mark every message as read."""
    reading.read_all(actor=visit.actor, now=visit.now)
    return redirect("portal:inbox", slug=visit.merchant.slug)
