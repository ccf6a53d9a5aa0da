"""Who is slipping away, who is lost, and what waits for a person's yes before it is sent."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Actor, for_write
from accounts.errors import NotFound, WalaaError
from accounts.models import Merchant, User
from accounts.models.consent import Channel
from accounts.phones import readable
from accounts.reach import current_merchant, reach_of
from analytics.models import DormancyScore
from analytics.queries import at_risk as slipping
from analytics.queries import lost as gone
from analytics.queries import model_in_use
from analytics.wording import method_sentence, sentences
from campaigns.approving import approve, reject
from campaigns.models import Reason, Run
from campaigns.previewing import preview
from campaigns.queries import runs, waiting_runs
from loyalty_site.backoffice.badges import Badge, risk_badge
from loyalty_site.backoffice.rendering import page

PER_PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class AtRisk:
    """One member who is slipping away, in words."""

    member_id: int
    name: str
    phone: str
    share: str
    percent: int
    colour: str
    days_silent: int
    reasons: list[str]


def people_at_risk(scores: list[DormancyScore]) -> list[AtRisk]:
    """Return scores (with their members) in words."""
    return [_at_risk(score) for score in scores]


def _at_risk(score: DormancyScore) -> AtRisk:
    member = score.member
    key, _text = risk_badge(score)
    return AtRisk(
        member_id=member.pk,
        name=str(member),
        phone=readable(member.phone) if member.phone else "",
        share=f"{score.probability:.0%}",
        percent=round(score.probability * 100),
        colour=Badge.COLOURS[key],
        days_silent=score.days_silent,
        reasons=sentences(score.reasons, get_language() or "ar"),
    )


def at_risk(request: HttpRequest) -> HttpResponse:
    """List the members who are slipping away, with three reasons each."""
    merchant = _merchant(request, "analytics")
    rows, model = _page_of(request, slipping(merchant)), model_in_use(merchant)
    return page(
        request, "backoffice/at_risk.html", _("At risk"),
        people=people_at_risk(list(rows)), rows=rows, model=model,
        method=method_sentence(model, get_language() or "ar") if model else "",
        run=_waiting_run(request, merchant),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lost:
    """One member nobody has seen for over ninety days."""

    member_id: int
    name: str
    phone: str
    last_visit: date
    days: int
    points: int


def lost(request: HttpRequest) -> HttpResponse:
    """List the members who fell silent so long ago that no score says anything: the plain rule finds them."""
    merchant = _merchant(request, "analytics")
    now = timezone.now()
    rows = _page_of(request, gone(merchant, now=now))
    return page(
        request, "backoffice/lost.html", _("Lost"),
        people=[_lost(member, merchant, now) for member in rows], rows=rows,
    )  # fmt: skip


def _lost(member: Any, merchant: Merchant, now: datetime) -> Lost:
    last, balance = member.last_visit, getattr(member, "balance", None)
    return Lost(
        member_id=member.pk,
        name=str(member),
        phone=readable(member.phone) if member.phone else "",
        last_visit=last.astimezone(merchant.timezone).date(),
        days=(now - last).days,
        points=balance.available if balance else 0,
    )


def approvals(request: HttpRequest) -> HttpResponse:
    """List what waits for a person, and what was decided."""
    actor = _actor(request)
    rows = _page_of(request, runs(actor=actor))
    waiting = list(waiting_runs(actor.merchant))
    return page(request, "backoffice/approvals.html", _("Approvals"), rows=rows, waiting=waiting)


def approval(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show who would be written to, why, and in which words."""
    actor = _actor(request)
    try:
        shown = preview(actor=actor, run_id=run_id, language=get_language() or "ar")
    except NotFound:
        raise Http404 from None
    channels, reasons = dict(Channel.choices), dict(Reason.choices)
    return page(
        request,
        "backoffice/approval.html",
        str(shown.run.recipe),
        shown=shown,
        may_decide=actor.may("change", "campaigns"),
        will_go=[(channels[name], count) for (name, why), count in shown.by_outcome.items() if not why],
        will_not=[
            (channels[name], reasons.get(why, why), count)
            for (name, why), count in shown.by_outcome.items()
            if why
        ],
        channel_names=channels,
    )


@require_POST
def decide(request: HttpRequest, run_id: int) -> HttpResponse:
    """Approve or reject a run."""
    actor = _actor(request)
    verb = approve if "approve" in request.POST else reject
    try:
        run = for_write(actor, runs(actor=actor), room="campaigns", pk=run_id)
        verb(run=run, actor=actor, now=timezone.now())
    except NotFound:
        raise Http404 from None
    except WalaaError as error:
        messages.error(request, str(error))
    else:
        said = (
            _("Approved: the messages are on their way.")
            if verb is approve
            else _("Rejected: nothing is sent.")
        )
        messages.success(request, said)
    return redirect("admin:approval", run_id)


def _merchant(request: HttpRequest, room: str) -> Merchant:
    if not reach_of(request).may("view", room):
        raise PermissionDenied
    return current_merchant(request, room=room)


def _actor(request: HttpRequest) -> Actor:
    return reach_of(request).actor(_merchant(request, "campaigns"), cast(User, request.user))


def _waiting_run(request: HttpRequest, merchant: Merchant) -> Run | None:
    if not reach_of(request).may("view", "campaigns", merchant.pk):
        return None
    return waiting_runs(merchant).first()


def _page_of(request: HttpRequest, rows: Any) -> Page:  # type: ignore[type-arg]
    """Return the page asked for; nonsense and what lies beyond the end become the nearest page."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
