"""Bringing a friend: the member's own link, what both get for it, and what became of those who came."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from ledger.befriended import friends_of, promise_of
from loyalty_site.portal.visits import Visit, for_members, show


@require_safe
@for_members
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the link with its QR, what is promised, and the friends: a letter each, never a name."""
    return show(
        request,
        visit,
        "friends",
        tab="profile",
        invitation=invitation_of(request, visit),
        promise=promise_of(visit.merchant, now=visit.now),
        friends=friends_of(visit.signed_in),
    )


def invitation_of(request: HttpRequest, visit: Visit) -> str:
    """The address by which a friend joins through this member."""
    door = reverse("portal:join", kwargs={"slug": visit.merchant.slug})
    return request.build_absolute_uri(f"{door}?ref={visit.signed_in.referral_code}")
