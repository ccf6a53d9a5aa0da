"""Checking in: the page behind a branch's QR. Opening it changes nothing; the member says "I am here"."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import member_actor
from ledger.visiting import branch_shown, check_in, knows
from loyalty_site.portal.visits import Visit, for_members, show
from programs.sentences import points_text
from programs.triggers import CHECK_IN


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def page(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Ask, and note the visit once a day; a code that is too old, or another shop's, is no page."""
    branch = branch_shown(visit.merchant, token, now=visit.now)
    if request.method == "POST":
        member = visit.signed_in
        receipt, is_news = check_in(member, branch, actor=member_actor(member).label, now=visit.now)
        if not is_news:
            messages.info(request, _("You have checked in here today already."))
        elif receipt.points:
            said = _("Welcome! You got %(points)s.") % {"points": points_text(receipt.points)}
            messages.success(request, said)
        else:
            messages.success(request, _("Welcome! Your visit is noted."))
        return redirect("portal:home", slug=visit.merchant.slug)
    rewards = knows(visit.merchant, CHECK_IN, now=visit.now)
    return show(request, visit, "here", tab="home", branch=branch, rewards=rewards)
