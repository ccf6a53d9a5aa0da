"""Everything a merchant has, to take away: the owner asks, a worker makes the file, the owner fetches it.

An open browser is not enough for that: allauth asks for the password, or the second factor, once more.
"""

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import Actor, for_read
from accounts.errors import Forbidden, NotFound
from accounts.models import Takeout, User
from accounts.models.takeouts import TakeoutState
from accounts.reach import current_merchant, reach_of
from loyalty_site.backoffice.rendering import page
from loyalty_site.safekeeping import taking_out
from loyalty_site.tasks import make_takeouts


def start(request: HttpRequest) -> HttpResponse:
    """Say what the export holds; on confirmation ask for it."""
    actor = owner_of(request)
    insist_on_proof(request)
    if request.method == "POST":
        takeout = taking_out.ask(merchant=actor.merchant, actor=actor.label, now=timezone.now())
        transaction.on_commit(make_takeouts.delay)
        messages.success(request, _("The export has started. This page shows how far it has come."))
        return redirect("admin:accounts_takeout_change", takeout.pk)
    return page(request, "backoffice/takeout.html", _("Take everything with you"), merchant=actor.merchant)


def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand out the file while it is there; absent, another merchant's and deleted look the same."""
    try:
        takeout = for_read(owner_of(request), Takeout.objects.all(), room="takeout", pk=pk)
    except (NotFound, Forbidden) as error:
        raise Http404 from error
    is_over = takeout.expires_at is None or takeout.expires_at <= timezone.now()
    if takeout.state != TakeoutState.DONE or is_over:
        raise Http404
    insist_on_proof(request)
    try:
        content = takeout.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"{takeout.merchant.slug}-{takeout.requested_at:%Y-%m-%d}.zip"
    response = FileResponse(content, as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response


@reauthentication_required
def insist_on_proof(request: HttpRequest) -> None:
    """Pass whoever gave their password, or second factor, again in the last minutes; ask anybody else."""


def owner_of(request: HttpRequest) -> Actor:
    """Return the acting owner of the merchant whose pages are shown. Raises ``PermissionDenied``."""
    reach = reach_of(request)
    if not reach.may("change", "takeout"):
        raise PermissionDenied
    merchant = current_merchant(request, right="change", room="takeout")
    return reach.actor(merchant, cast(User, request.user))
