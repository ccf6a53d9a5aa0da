"""Where a member's points went, as staff see it: the balance opened into its movements and lots."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import member_for
from accounts.errors import NotFound
from ledger.proofs import place_in_list, proof
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page


def points(request: HttpRequest, member_id: int) -> HttpResponse:
    """Show the proof of a member's balance."""
    actor = actor_in(request, "facts")
    try:
        member = member_for(actor, room="facts", pk=member_id)
    except NotFound:
        raise Http404 from None
    passed = place_in_list(request.GET.get("from", ""))
    return page(
        request, "backoffice/member_points.html", _("Where the points went"),
        member=member, proof=proof(member, now=timezone.now(), passed=passed),
        back=reverse("admin:accounts_member_change", args=[member.pk]),
        may_adjust=actor.may("change", "facts"),
    )  # fmt: skip
