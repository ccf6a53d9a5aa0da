"""The first page: the card, what can be had now, what happened last."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import merchant_from
from accounts.errors import NotFound
from accounts.models import Merchant
from accounts.queries import demo_merchants, lone_merchant
from ledger.queries import account, open_redemptions, statement
from ledger.shops.coupons import shops_for_coupons
from loyalty_site.portal.collected import collected_section
from loyalty_site.portal.completing import profile_section
from loyalty_site.portal.rewards import offers_for
from loyalty_site.portal.tiers import tier_section
from loyalty_site.portal.visits import Visit, for_members, show
from programs.editions import to_ask

LATEST = 5
OFFERS = 3


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """Lead to the merchant of this domain, or to the only one; else say where to look."""
    try:
        merchant: Merchant | None = merchant_from(request.get_host(), request.path)
    except NotFound:
        merchant = lone_merchant()
    if merchant is not None:
        return redirect("portal:home", slug=merchant.slug)
    return render(request, "portal/front_door.html", {"demos": demo_merchants()})


@require_safe
@for_members
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the card with balance, tier and next expiry, codes in hand, rewards and the last movements."""
    member = visit.signed_in
    standing = account(member, now=visit.now)
    return show(
        request,
        visit,
        "home",
        tab="home",
        account=standing,
        tier=tier_section(standing, get_language() or "ar"),
        collected=collected_section(member, standing, get_language() or "ar", now=visit.now),
        offers=offers_for(visit, standing)[:OFFERS],
        codes=list(open_redemptions(member, now=visit.now)),
        entries=statement(member, limit=LATEST),
        asked=to_ask(member, visit.now),
        profile=profile_section(visit),
        shops=shops_for_coupons(visit.merchant) if standing.offer and standing.offer.is_open else [],
    )
