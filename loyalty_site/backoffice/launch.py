"""The launch plan: the blueprint's four weeks as a checklist that ticks itself."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Merchant
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.launch_facts import facts_of
from loyalty_site.backoffice.launch_steps import Plan, plan_of
from loyalty_site.backoffice.rendering import page
from programs.models import ProgrammeState
from programs.queries import programme_of


def overview(request: HttpRequest) -> HttpResponse:
    """Show every step, whether it is done, and where to do it."""
    actor, now = actor_in(request, "programme"), timezone.now()
    facts = facts_of(actor.merchant, now=now)
    return page(request, "backoffice/launch.html", _("Launch plan"), plan=plan_of(facts), facts=facts)


def unfinished(merchant: Merchant, *, now: datetime) -> Plan | None:
    """The plan for the dashboard; None once every member earns, when it is folded away."""
    programme = programme_of(merchant)
    if programme is not None and programme.state not in (ProgrammeState.DRAFT, ProgrammeState.PILOT):
        return None
    return plan_of(facts_of(merchant, now=now))
