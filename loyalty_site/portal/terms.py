"""The page of terms, edition by edition: open to everybody, and answered by members."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import member_actor
from accounts.errors import NotFound
from loyalty_site.portal.visits import Visit, for_members, open_to_all, show
from programs.editions import answer, edition_at, editions_of, numbered_edition
from programs.models import TermsEdition

SHOWN = 20


@require_safe
@open_to_all
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the edition that stands today."""
    return _shown(request, visit, edition_at(visit.merchant, visit.now))


@require_safe
@open_to_all
def edition(request: HttpRequest, visit: Visit, number: int) -> HttpResponse:
    """Show one edition, as it was or as it will be, and what it changed."""
    return _shown(request, visit, _numbered(visit, number))


@require_POST
@for_members
def answered(request: HttpRequest, visit: Visit, number: int) -> HttpResponse:
    """Note the member's answer; nobody is asked about one edition twice."""
    agreed = request.POST.get("answer") == "yes"
    answer(
        member=visit.signed_in, edition=_numbered(visit, number), agreed=agreed, source="portal",
        actor=member_actor(visit.signed_in).label, now=visit.now,
    )  # fmt: skip
    messages.success(request, _("Thank you.") if agreed else _("Noted. You find the terms below every page."))
    return redirect("portal:home", slug=visit.merchant.slug)


def _numbered(visit: Visit, number: int) -> TermsEdition:
    found = numbered_edition(visit.merchant, number)
    if found is None:
        raise NotFound
    return found


def _shown(request: HttpRequest, visit: Visit, found: TermsEdition | None) -> HttpResponse:
    """Render an edition with its neighbours: the one before it, and whatever begins after it."""
    editions = editions_of(visit.merchant)
    ends = min(
        (one.effective_from for one in editions if found and one.effective_from > found.effective_from),
        default=None,
    )
    return show(
        request, visit, "terms", edition=found, editions=editions[:SHOWN], ends=ends,
        is_coming=found is not None and found.effective_from > visit.now,
        is_past=ends is not None and ends <= visit.now,
    )  # fmt: skip
