"""Charity: whom the shop's share goes to, a gift of points, and the receipt to print."""

import secrets
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import own, own_one
from accounts.errors import Invalid, NotFound, WalaaError
from ledger.causes.choosing import choose_cause, chosen_cause, open_causes
from ledger.events import PointsDonated
from ledger.models import CauseEntry
from ledger.posting import post
from ledger.queries import Account, account
from loyalty_site.portal.forms import RedeemPointsForm
from loyalty_site.portal.visits import Visit, for_members, show, status_of
from programs.burning import worth_minor
from programs.models import Cause

SOURCE: Final = "portal"
SHOWN_GIFTS: Final = 20


@require_safe
@for_members
def causes(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the causes, whom the member chose, and what was given."""
    standing = account(visit.signed_in, now=visit.now)
    gifts = own(visit.actor, CauseEntry.objects.select_related("share__purchase")).order_by("-id")
    return show(
        request,
        visit,
        "causes",
        tab="rewards",
        account=standing,
        giving=standing.terms.giving if standing.terms else None,
        share_percent=_percent(standing),
        causes=_causes(visit),
        chosen=chosen_cause(visit.signed_in),
        gifts=list(gifts[:SHOWN_GIFTS]),
    )


@require_POST
@for_members
def choose(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Send the shop's share to one cause, or to none."""
    code = request.POST.get("cause", "")[:40]
    try:
        cause = choose_cause(member=visit.signed_in, code=code, actor=visit.actor.label, now=visit.now)
    except WalaaError as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("From now on we give for you to: %(cause)s.") % {"cause": cause.name} if cause else ""
        messages.success(request, said or _("From now on we give to nobody for you."))
    return redirect("portal:causes", slug=visit.merchant.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def give(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Ask how many points, say what they are worth to the cause, and give them for good."""
    cause = next((one for one in _causes(visit) if one.code == code), None)
    standing = account(visit.signed_in, now=visit.now)
    giving = standing.terms.giving if standing.terms else None
    if cause is None or giving is None or not giving.takes_points:
        raise NotFound
    refusal: WalaaError | None = None
    typed = ""
    if request.method == "POST":
        form = RedeemPointsForm(request.POST)
        form.is_valid()
        typed = request.POST.get("points", "")[:12]
        try:
            return _given(visit, form, code)
        except WalaaError as error:
            refusal = error
    context = {
        "cause": cause,
        "giving": giving,
        "account": standing,
        "typed": typed,
        "choices": _choices(standing),
        "refusal": refusal,
        "token": secrets.token_hex(16),
    }
    return show(request, visit, "give", status_of(refusal) if refusal else 200, tab="rewards", **context)


@require_safe
@for_members
def receipt(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """The receipt of one gift, in both languages, to print."""
    entry = own_one(visit.actor, CauseEntry.objects.select_related("share__purchase"), pk=pk)
    return show(request, visit, "gift_receipt", tab="rewards", entry=entry)


def _causes(visit: Visit) -> list[Cause]:
    return list(open_causes(visit.merchant))


def _percent(standing: Account) -> str:
    """The shop's share as people write it: "2.5"."""
    giving = standing.terms.giving if standing.terms else None
    return f"{giving.share_bp / 100:g}" if giving else "0"


def _choices(standing: Account) -> list[tuple[int, int]]:
    """Up to four amounts at hand: (points, minor units)."""
    terms, available = standing.terms, standing.available
    if terms is None or terms.giving is None:
        return []
    least, step = terms.giving.min_points, terms.giving.step_points
    wanted = [least, 5 * least, 10 * least, available // step * step]
    return [
        (points, worth_minor(points, terms)) for points in sorted({*wanted}) if least <= points <= available
    ]


def _given(visit: Visit, form: RedeemPointsForm, code: str) -> HttpResponse:
    if "token" in form.errors:
        raise Invalid(field="token")
    done = post(
        PointsDonated(
            merchant_id=visit.merchant.pk,
            member_id=visit.signed_in.pk,
            occurred_at=visit.now,
            source=SOURCE,
            key=f"{visit.signed_in.pk}:{form.cleaned_data['token']}",
            actor=visit.actor.label,
            points=form.cleaned_data.get("points", 0),
            cause_code=code,
        ),
        now=visit.now,
    )
    return redirect("portal:gift", slug=visit.merchant.slug, pk=done.cause_entry_id)
