"""Turning points into something: choose, confirm, and show the code at the till."""

import secrets
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import own_one
from accounts.errors import NotFound, WalaaError
from ledger.catalogue import gift_cards_of, rewards_for, upgrades_of
from ledger.events import RedemptionClosed, RedemptionIssued
from ledger.fulfilling import is_self_served
from ledger.models import Redemption
from ledger.models.redemptions import RedemptionState
from ledger.places.figures import upcoming
from ledger.posting import post
from ledger.queries import Account, account, open_redemptions
from ledger.shops.coupons import shops_for_coupons
from loyalty_site.portal import online
from loyalty_site.portal.forms import RedeemForm, RedeemPointsForm
from loyalty_site.portal.setting_aside import SOURCE, choices, press_of
from loyalty_site.portal.visits import Visit, for_members, show, status_of
from programs.having import RewardOffer

MOST_CARDS: Final = 20
"""Gift cards and upgrades that one page shows."""


def offers_for(visit: Visit, standing: Account) -> list[RewardOffer]:
    """Return the catalogue as this member sees it, what they can have first."""
    return rewards_for(visit.signed_in, now=visit.now, standing=standing)


@require_safe
@for_members
def catalogue(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show everything points can buy, and the codes already in hand."""
    standing = account(visit.signed_in, now=visit.now)
    return show(
        request,
        visit,
        "rewards",
        tab="rewards",
        account=standing,
        offers=offers_for(visit, standing),
        codes=list(open_redemptions(visit.signed_in, now=visit.now)),
        gives=standing.terms is not None and standing.terms.giving is not None,
        invites=upcoming(visit.merchant, visit.now).exists(),
        shops=shops_for_coupons(visit.merchant),
        gift_cards=list(gift_cards_of(visit.signed_in)[:MOST_CARDS]),
        upgrades=list(upgrades_of(visit.signed_in, now=visit.now).select_related("redemption")[:MOST_CARDS]),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def reward(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Ask once more, then set the points aside for a reward."""
    standing = account(visit.signed_in, now=visit.now)
    chosen = next((offer for offer in offers_for(visit, standing) if offer.reward.code == code), None)
    if chosen is None:
        raise NotFound
    refusal: WalaaError | None = None
    if request.method == "POST":
        form = RedeemForm(request.POST)
        try:
            return _issue(visit, form, reward_code=code)
        except WalaaError as error:
            refusal = error
    return _confirm(request, visit, standing, refusal, offer=chosen)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def points(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Choose how many points to turn into money off, then set them aside."""
    standing = account(visit.signed_in, now=visit.now)
    refusal: WalaaError | None = None
    if request.method == "POST":
        form = RedeemPointsForm(request.POST)
        form.is_valid()
        try:
            return _issue(visit, form, points=form.cleaned_data.get("points", 0))
        except WalaaError as error:
            refusal = error
    shops = shops_for_coupons(visit.merchant)
    return _confirm(request, visit, standing, refusal, choices=choices(standing), shops=shops)


@require_safe
@for_members
def code(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show a code with its QR while it can be used, and what became of it afterwards."""
    found = _own_redemption(visit, pk)
    coupon = online.coupon_of(found, visit)
    if coupon is not None:
        token = secrets.token_hex(16)
        return show(request, visit, "coupon", tab="rewards", redemption=found, coupon=coupon, token=token)
    state = _state_of(found, visit)
    return show(
        request,
        visit,
        "redemption",
        tab="rewards",
        redemption=found,
        state=state,
        is_open=state == RedemptionState.RESERVED,
        is_theirs_to_use=is_self_served(found),
        gift_card=getattr(found, "gift_card", None),
        upgrade=getattr(found, "upgrade", None),
        token=secrets.token_hex(16),
    )


@require_POST
@for_members
def use(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Begin a gift card or an upgrade: nobody has to hand it over. Any other code is used at the till."""
    found = _own_redemption(visit, pk)
    if not is_self_served(found):
        raise NotFound
    return _close(request, visit, found, RedemptionState.USED, _("It is yours now."))


@require_POST
@for_members
def cancel(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Give the points back to the lots they came from; a used code stays used."""
    found = _own_redemption(visit, pk)
    if hasattr(found, "coupon"):
        return online.ask_back(request, visit, found)
    return _close(request, visit, found, RedemptionState.CANCELLED, _("Cancelled. Your points are back."))


def _close(
    request: HttpRequest, visit: Visit, found: Redemption, outcome: RedemptionState, done: str
) -> HttpResponse:
    """End the member's own code, once, and say how it went."""
    form = RedeemForm(request.POST)
    try:
        post(
            RedemptionClosed(
                merchant_id=visit.merchant.pk,
                member_id=visit.signed_in.pk,
                occurred_at=visit.now,
                source=SOURCE,
                key=press_of(visit, form),
                actor=visit.actor.label,
                code=found.code,
                outcome=outcome,
            ),
            now=visit.now,
        )
    except WalaaError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("portal:redemption", slug=visit.merchant.slug, pk=found.pk)


def _issue(
    visit: Visit, form: RedeemForm, *, points: int | None = None, reward_code: str = ""
) -> HttpResponse:
    """Set the points aside and lead to the code. Raises the ledger's refusals."""
    receipt = post(
        RedemptionIssued(
            merchant_id=visit.merchant.pk,
            member_id=visit.signed_in.pk,
            occurred_at=visit.now,
            source=SOURCE,
            key=press_of(visit, form),
            actor=visit.actor.label,
            points=points,
            reward_code=reward_code,
        ),
        now=visit.now,
    )
    return redirect("portal:redemption", slug=visit.merchant.slug, pk=receipt.redemption_id)


def _confirm(
    request: HttpRequest, visit: Visit, standing: Account, refusal: WalaaError | None, **context: object
) -> HttpResponse:
    """Show what will happen, with what stood in the way of the last attempt."""
    status = status_of(refusal) if refusal else 200
    context |= {"account": standing, "refusal": refusal, "token": secrets.token_hex(16)}
    return show(request, visit, "redeem", status, tab="rewards", **context)


def _own_redemption(visit: Visit, pk: int) -> Redemption:
    return own_one(visit.actor, Redemption.objects.select_related("branch", "coupon__link"), pk=pk)


def _state_of(found: Redemption, visit: Visit) -> str:
    """Return the state to show: a code whose time is over has expired before the sweep says so."""
    if found.state == RedemptionState.RESERVED and found.expires_at <= visit.now:
        return RedemptionState.EXPIRED
    return found.state
