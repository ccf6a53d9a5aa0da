"""The dashboard: what a merchant wants to know at nine in the morning, from figures counted at night."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.errors import NotFound
from accounts.models import Merchant
from accounts.reach import CHOSEN, Reach, choosable, current_merchant, reach_of
from analytics.queries import at_risk, model_in_use
from analytics.wording import method_sentence
from campaigns.queries import waiting_runs
from ledger.models import ImportRun
from loyalty_site.backoffice.figures import figures_of
from loyalty_site.backoffice.launch import unfinished
from loyalty_site.backoffice.outreach import people_at_risk
from loyalty_site.backoffice.rendering import page
from programs.models import ProgrammeState
from programs.queries import programme_of

SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One step of getting started."""

    title: str
    hint: str
    link: str
    is_done: bool


def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the figures of the chosen merchant; remember a newly chosen one."""
    if "merchant" in request.GET:
        return _choose(request, request.GET["merchant"])
    reach = reach_of(request)
    try:
        merchant = current_merchant(request)
    except NotFound:
        return page(request, "backoffice/dashboard.html", _("Dashboard"), steps=[], sees={})
    rooms = ("analytics", "campaigns", "members", "programme", "imports")
    sees = {room: reach.may("view", room, merchant.pk) for room in rooms}
    steps = _steps(merchant, reach)
    model = model_in_use(merchant) if sees["analytics"] else None
    return page(
        request,
        "backoffice/dashboard.html",
        _("Dashboard"),
        figures=figures_of(merchant) if sees["analytics"] else None,
        steps=steps,
        launch=unfinished(merchant, now=timezone.now()) if sees["programme"] and not steps else None,
        sees=sees,
        at_risk=people_at_risk(list(at_risk(merchant)[:SHOWN])) if sees["analytics"] else [],
        method_note=method_sentence(model, get_language() or "ar") if model else "",
        runs=list(waiting_runs(merchant)[:SHOWN]) if sees["campaigns"] else [],
        portal_link=f"/m/{merchant.slug}/",
    )


def _choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Remember for this session whose pages are shown; a stranger's slug changes nothing."""
    for merchant in choosable(request):
        if merchant.slug == slug:
            request.session[CHOSEN] = merchant.pk
    return redirect("admin:index")


def _steps(merchant: Merchant, reach: Reach) -> list[Step]:
    """Return what is left to do before the loop turns; nothing once it does."""
    programme = programme_of(merchant)
    is_open = programme is not None and programme.state in (ProgrammeState.LIVE, ProgrammeState.PILOT)
    has_data = merchant.members.exists() and ImportRun.objects.filter(merchant=merchant).exists()
    has_people = has_data or merchant.members.exists()
    if (is_open and has_people) or not reach.may("change", "programme", merchant.pk):
        return []
    return [
        Step(
            _("Publish your programme"),
            _("It starts from a proven blueprint; change what you like."),
            reverse("admin:programs_programmeversion_edit_draft"),
            is_open,
        ),
        Step(
            _("Bring in your purchases"),
            _("A CSV or Excel file; you see what would happen before anything is saved."),
            reverse("admin:import_upload"),
            has_data,
        ),
        Step(
            _("Show the members' page at your till"),
            _("Members sign in with their phone and see their points."),
            f"/m/{merchant.slug}/",
            has_people,
        ),
    ]
