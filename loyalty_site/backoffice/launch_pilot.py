"""The pilot: choose who takes part, see how many that is before it counts, and read what it brought."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.access import Actor
from accounts.errors import WalaaError
from accounts.models import Merchant
from accounts.money import Money
from analytics.measures import Share
from analytics.pilots import ENOUGH_BUYERS, Review, pilot_review
from campaigns.models import Message
from campaigns.queries import reconcile
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.launch_forms import PilotForm
from loyalty_site.backoffice.rendering import page
from programs.burning import worth_minor
from programs.models import ProgrammeState
from programs.pilots import Change, change, end_audience, ever_in_pilot, pilot_of, set_audience
from programs.queries import programme_of, terms_of, version_at

CHANGEABLE = (ProgrammeState.DRAFT, ProgrammeState.PILOT)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the review."""

    title: str
    value: str
    note: str = ""


def choose(request: HttpRequest) -> HttpResponse:
    """Show who takes part; count another choice first, and set it when it is confirmed."""
    actor, now = actor_in(request, "programme"), timezone.now()
    programme = programme_of(actor.merchant)
    may_change = actor.may("change", "programme") and programme is not None and programme.state in CHANGEABLE
    if request.method == "POST" and not actor.may("change", "programme"):
        raise PermissionDenied
    if request.method == "POST" and "end" in request.POST:
        return _ended(request, actor, now)
    form = PilotForm(actor.merchant, request.POST or None, initial={"by": "percent", "percent": 10})
    counted = None
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST:
                return _chosen(request, set_audience(actor=actor, member_ids=form.member_ids(), now=now))
            counted = change(actor.merchant, form.member_ids())
        except WalaaError as error:
            form.add_error(None, str(error))
    return page(
        request, "backoffice/launch_pilot.html", _("Pilot group"),
        form=form, counted=counted, pilot=pilot_of(actor.merchant), programme=programme,
        may_change=may_change, is_pilot=programme is not None and programme.state == ProgrammeState.PILOT,
    )  # fmt: skip


def review(request: HttpRequest) -> HttpResponse:
    """Show what the pilot brought, and the way to the launch."""
    actor, now = actor_in(request, "programme"), timezone.now()
    merchant, programme = actor.merchant, programme_of(actor.merchant)
    found = pilot_review(merchant, now=now)
    return page(
        request, "backoffice/launch_review.html", _("How the pilot went"),
        found=found, figures=figures(merchant, found) if found else [], programme=programme,
        told=_verdict(found) if found else "",
        is_pilot=programme is not None and programme.state == ProgrammeState.PILOT,
        may_change=actor.may("change", "programme"),
    )  # fmt: skip


def figures(merchant: Merchant, found: Review) -> list[Figure]:
    """Every figure in words; shares of nothing are not told."""
    version = version_at(merchant, found.until)
    terms = terms_of(version) if version else None
    issued, used = (worth_minor(points, terms) if terms else 0 for points in (found.issued, found.used))
    sent = Message.objects.filter(merchant=merchant, member__in=ever_in_pilot(merchant))
    sent = sent.filter(planned_at__gte=found.since, planned_at__lte=found.until)
    arrived = reconcile(sent)
    return [
        Figure(_("Members in the pilot"), f"{found.members:,}"),
        Figure(_("Of these bought"), f"{found.buyers:,}", _share(found.buyers, found.members)),
        Figure(_("Purchases"), f"{found.orders:,}", _money(merchant, found.revenue_minor)),
        Figure(_("Points given"), f"{found.issued:,}", _cost(merchant, found, issued)),
        Figure(_("Points used"), f"{found.used:,}", _cost(merchant, found, used)),
        Figure(
            _("Messages that arrived"),
            f"{arrived.arrived:,}",
            _("of %(planned)s planned") % {"planned": f"{arrived.recipients:,}"},
        ),
        Figure(_("Came back during the pilot"), *_repeat(found.repeat)),
        Figure(_("Came back in as many days before"), *_repeat(found.before)),
    ]


def _repeat(share: Share) -> tuple[str, str]:
    """Who bought on two days or more, of those who bought; a few people are a count and no percentage."""
    counted = _("%(part)s of %(whole)s buyers") % {"part": f"{share.part:,}", "whole": f"{share.whole:,}"}
    if share.value is None or share.whole < ENOUGH_BUYERS:
        return _("too few to tell"), counted
    between = _("%(counted)s; between %(low)s and %(high)s, 95 times of 100") % {
        "counted": counted, "low": f"{share.low:.0%}", "high": f"{share.high:.0%}",
    }  # fmt: skip
    return f"{share.value:.0%}", between


def _verdict(found: Review) -> str:
    return {
        "too_few": _("Too few bought to tell whether members come back more often."),
        "no_difference": _("No difference that chance alone could not explain."),
        "higher": _("Members came back more often than in as many days before."),
        "lower": _("Members came back less often than in as many days before."),
    }[found.verdict]


def _cost(merchant: Merchant, found: Review, amount_minor: int) -> str:
    """What points are worth, and what part of the revenue that is."""
    share = found.share_of_revenue(amount_minor)
    amount = _money(merchant, amount_minor)
    if share is None:
        return _("worth %(amount)s") % {"amount": amount}
    return _("worth %(amount)s, %(share)s of what they bought for") % {
        "amount": amount,
        "share": f"{share:.1%}",
    }


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole >= ENOUGH_BUYERS else ""


def _money(merchant: Merchant, amount_minor: int) -> str:
    return Money(amount_minor, merchant.currency).format(get_language() or "ar")


def _chosen(request: HttpRequest, done: Change) -> HttpResponse:
    said = ngettext(
        "%(members)s member takes part in the pilot from now on.",
        "%(members)s members take part in the pilot from now on.",
        done.members,
    )
    messages.success(request, said % {"members": f"{done.members:,}"})
    return redirect("admin:launch")


def _ended(request: HttpRequest, actor: Actor, now: datetime) -> HttpResponse:
    try:
        end_audience(actor=actor, now=now)
        messages.success(request, _("Nobody takes part any more."))
    except WalaaError as error:
        messages.error(request, str(error))
    return redirect("admin:pilot")
