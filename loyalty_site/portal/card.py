"""The card for the till: a QR that changes every half minute and says that the member is there (RULES 19)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.presence import STEP, step_at, token_of
from loyalty_site.portal.visits import Visit, for_members, show


@require_safe
@for_members
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the QR of this half minute; the page is read again when it is over, with or without a script."""
    return show(
        request,
        visit,
        "card",
        tab="home",
        token=token_of(visit.signed_in, now=visit.now),
        step=step_at(visit.now),
        seconds=int(STEP.total_seconds()),
    )
