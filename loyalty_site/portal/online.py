"""Using points at the shop's online checkout: choose the shop and how much, and get a coupon of that shop."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import NotFound, WalaaError
from ledger.events import RedemptionIssued
from ledger.models import Redemption, ShopCoupon
from ledger.models.redemptions import RedemptionState
from ledger.models.shops import CouponState
from ledger.queries import account
from ledger.shops.coupons import redeem_for_shop, shops_for_coupons, take_back, valid_until
from loyalty_site.portal.forms import OnlineForm
from loyalty_site.portal.setting_aside import SOURCE, choices, press_of
from loyalty_site.portal.visits import Visit, for_members, show, status_of

Stage = Literal[
    "asked", "slow", "ready", "leaving", "ended", "used", "noticed", "cancelled", "failed", "expired"
]


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon as its owner sees it. ``until``: its last moment at the shop; its points live a day longer.

    ``stage``: asked (being made), slow (the shop does not answer yet), ready, leaving (asked back), ended
    (its time is over, its points return within a day), used, noticed (the shop says that it was used, its
    order is still to come), cancelled, failed (the shop never answered), expired.
    """

    shop: str
    stage: Stage
    until: datetime
    give_up_at: datetime

    @property
    def may_be_cancelled(self) -> bool:
        """Whether its points can still be asked back."""
        return self.stage in {"asked", "slow", "ready", "ended"}


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Choose a shop and how many points, then set them aside for a coupon there."""
    shops = shops_for_coupons(visit.merchant)
    if not shops:
        raise NotFound
    form = OnlineForm(request.POST) if request.method == "POST" else None
    refusal: WalaaError | None = None
    if form is not None:
        form.is_valid()
        try:
            return _asked(visit, form)
        except WalaaError as error:
            refusal = error
    standing = account(visit.signed_in, now=visit.now)
    return show(
        request,
        visit,
        "online",
        status_of(refusal) if refusal else 200,
        tab="rewards",
        account=standing,
        choices=choices(standing),
        shops=shops,
        said=form.cleaned_data if form is not None else {},
        refusal=refusal,
        token=secrets.token_hex(16),
    )


def coupon_of(redemption: Redemption, visit: Visit) -> Coupon | None:
    """The coupon that a redemption became at a shop, if it is for one."""
    row: ShopCoupon | None = getattr(redemption, "coupon", None)
    if row is None:
        return None
    stage = _stage(redemption, row, visit.now)
    return Coupon(row.link.source, stage, valid_until(redemption), row.give_up_at)


def ask_back(request: HttpRequest, visit: Visit, redemption: Redemption) -> HttpResponse:
    """Have the coupon withdrawn at its shop; asked twice, it is asked once."""
    if take_back(redemption.coupon, now=visit.now):
        messages.success(
            request, _("We are taking the coupon back. Your points return within a minute or two.")
        )
    else:
        messages.error(request, _("This coupon can no longer be cancelled."))
    return redirect("portal:redemption", slug=visit.merchant.slug, pk=redemption.pk)


def _asked(visit: Visit, form: OnlineForm) -> HttpResponse:
    """Set the points aside, with their coupon wanted. Raises the ledger's refusals."""
    receipt = redeem_for_shop(
        RedemptionIssued(
            merchant_id=visit.merchant.pk,
            member_id=visit.signed_in.pk,
            occurred_at=visit.now,
            source=SOURCE,
            key=press_of(visit, form),
            actor=visit.actor.label,
            points=form.cleaned_data.get("points", 0),
        ),
        form.cleaned_data.get("shop", ""),
        now=visit.now,
    )
    return redirect("portal:redemption", slug=visit.merchant.slug, pk=receipt.redemption_id)


def _stage(redemption: Redemption, row: ShopCoupon, now: datetime) -> Stage:
    """Where a coupon stands, in one word."""
    if redemption.state == RedemptionState.USED:
        return "used"
    if redemption.state == RedemptionState.CANCELLED:
        is_ours = row.state in {CouponState.WANTED, CouponState.FAILED} and row.asked_back_at is None
        return "failed" if is_ours else "cancelled"
    if redemption.state == RedemptionState.EXPIRED or redemption.expires_at <= now:
        return "expired"
    return _open_stage(redemption, row, now)


def _open_stage(redemption: Redemption, row: ShopCoupon, now: datetime) -> Stage:
    """The same of one whose points are set aside."""
    if row.state == CouponState.USED:
        return "noticed"
    if row.asked_back_at is not None:
        return "leaving"
    if valid_until(redemption) <= now:
        return "ended"
    if row.state == CouponState.WANTED:
        return "slow" if row.tries else "asked"
    return "ready"
