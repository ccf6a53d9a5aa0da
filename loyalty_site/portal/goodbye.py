"""Leaving for good: the member asks to be forgotten, and is (PDPL; RULES 46)."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from accounts import outbox, topics
from accounts.erasing import erase
from ledger.queries import account
from loyalty_site.portal import sessions
from loyalty_site.portal.forms import GoodbyeForm
from loyalty_site.portal.proving import for_proved_members
from loyalty_site.portal.visits import Visit, show


@require_http_methods(["GET", "HEAD", "POST"])
@partial(for_proved_members, then="goodbye")
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say what goes and what stays; after a yes, erase the member and sign them out."""
    form = GoodbyeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        erase(member=visit.signed_in, actor=visit.actor.label, now=visit.now)
        outbox.relay_topic(topics.MEMBER_ERASED, now=visit.now)
        sessions.sign_out(request, visit.merchant)
        return show(request, Visit(visit.merchant, None, visit.now), "gone")
    standing = account(visit.signed_in, now=visit.now)
    status = 422 if request.method == "POST" else 200
    return show(request, visit, "goodbye", status, tab="profile", form=form, account=standing)
