"""Paid membership as its member sees it: what it gives and costs, until when it is paid, and leaving it."""

import secrets
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import NotFound, WalaaError
from accounts.languages import in_language
from ledger.events_of_fees import MembershipCancelled, MembershipStarted
from ledger.membership_queries import Held, held_by, open_charge, plan_as_sold, trial_is_used
from ledger.moyasar.keys import takes_cards
from ledger.moyasar.pages import page_for
from ledger.posting import post
from ledger.receipt import Receipt
from loyalty_site.portal.forms import RedeemForm
from loyalty_site.portal.setting_aside import press_of
from loyalty_site.portal.visits import Visit, for_members, show, status_of
from programs.models import Plan
from programs.plan_wording import fee_text, perk_texts
from programs.queries import terms_of, timeline, version_at
from programs.terms import PlanTerms

SOURCE: Final = "portal"


@dataclass(frozen=True, slots=True)
class Offered:
    """A plan on sale, in the member's language; ``lines`` say what it gives."""

    code: str
    name: str
    price: str
    lines: tuple[str, ...]
    trial_days: int


@require_safe
@for_members
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what is held and what it gave, or what is sold."""
    return _page(request, visit)


def _page(request: HttpRequest, visit: Visit, refusal: WalaaError | None = None) -> HttpResponse:
    held = held_by(visit.signed_in, now=visit.now)
    shown: dict[str, Any] = {"held": held, "refusal": refusal, "token": secrets.token_hex(16)}
    if held is not None and held.is_open:
        shown |= _holding(visit, held)
    else:
        shown |= {"plans": _sold(visit), "may_try": not trial_is_used(visit.signed_in.pk)}
    shown["takes_cards"] = takes_cards(visit.merchant)
    return show(request, visit, "plan", status_of(refusal) if refusal else 200, tab="home", **shown)


@require_POST
@for_members
def begin_trial(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Begin the free trial of a plan. Raises ``NotFound`` for one that is not sold."""
    _known(visit, code)
    try:
        _post(request, visit, MembershipStarted, plan=code)
    except WalaaError as refusal:
        return _page(request, visit, refusal)
    messages.success(request, _("Your free trial has begun. Enjoy!"))
    return _back(visit)


@require_POST
@for_members
def pay(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Lead to the page on which the fee is paid. Raises ``NotFound`` for a plan that is not sold."""
    _known(visit, code)
    try:
        return redirect(page_for(member=visit.signed_in, plan=code, now=visit.now))
    except WalaaError as refusal:
        return _page(request, visit, refusal)


@require_POST
@for_members
def cancel(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Stop renewing."""
    try:
        _post(request, visit, MembershipCancelled)
    except WalaaError as refusal:
        return _page(request, visit, refusal)
    messages.success(request, _("Done. Nothing more will be charged."))
    return _back(visit)


def _known(visit: Visit, code: str) -> None:
    terms = timeline(visit.merchant).at(visit.now)
    if terms is None or terms.plan(code) is None:
        raise NotFound


def _post(request: HttpRequest, visit: Visit, kind: Any, **said: Any) -> Receipt:
    """Post one press of a button, once."""
    event = kind(
        merchant_id=visit.merchant.pk,
        member_id=visit.signed_in.pk,
        occurred_at=visit.now,
        stamped=True,
        source=SOURCE,
        key=press_of(visit, RedeemForm(request.POST)),
        actor=visit.actor.label,
        **said,
    )
    return post(event, now=visit.now)


def _holding(visit: Visit, held: Held) -> dict[str, Any]:
    row, language = held.row, get_language() or "ar"
    plan = terms_of(row.version).plan(row.plan)
    if plan is None:
        raise NotFound
    benefits = plan_as_sold(row)
    return {
        "name": in_language(plan, "name", language),
        "lines": _lines(plan, benefits),
        "price": fee_text(row.price_minor, row.period, row.currency, language),
        "last_day": row.holding.last_day(visit.now),
        "charge": open_charge(row),
    }


def _sold(visit: Visit) -> list[Offered]:
    version, language = version_at(visit.merchant, visit.now), get_language() or "ar"
    if version is None:
        return []
    rows = {row.code: row for row in version.plans.filter(is_active=True)}
    return [
        Offered(
            code=plan.code,
            name=in_language(plan, "name", language),
            price=fee_text(plan.price_minor, plan.period, visit.merchant.currency, language),
            lines=_lines(plan, rows.get(plan.code)),
            trial_days=plan.trial_days,
        )
        for plan in terms_of(version).plans
    ]


def _lines(plan: PlanTerms, row: Plan | None) -> tuple[str, ...]:
    """What it gives, a line each: the perks, then the shop's own words."""
    own = (row.benefits if row else "").splitlines()
    return (*perk_texts(plan), *(line.strip() for line in own if line.strip()))


def _back(visit: Visit) -> HttpResponse:
    return redirect("portal:plan", slug=visit.merchant.slug)
