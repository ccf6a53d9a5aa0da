"""Points spent at a shop's own checkout: a coupon there with the redemption's code, made by a worker.

The redemption is the truth. Its coupon is made at the shop from its row; when the redemption is cancelled,
runs out or is used elsewhere, the coupon is taken back there; its use comes back in the order that names its
code. If it cannot be made in time, the redemption is cancelled and the points return.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import F, Q

from accounts.money import Money
from accounts.outside import OutsideError
from ledger.errors import CodeSpent
from ledger.events import RedemptionClosed, RedemptionIssued
from ledger.models import Redemption, ShopCoupon, ShopLink
from ledger.models.redemptions import RedemptionState
from ledger.models.shops import CouponState
from ledger.posting import answer_of, post
from ledger.receipt import Receipt
from ledger.shops.asking import Api
from ledger.shops.errors import NoSuchShop
from ledger.shops.links import api_of
from ledger.shops.source import Source, Voucher
from ledger.shops.sources import sources
from ledger.shops.told import Unreadable

Clock = Callable[[], datetime]

LIVES: Final = timedelta(days=7)
SHORTEST: Final = timedelta(days=2)
EARLIER: Final = timedelta(days=1)
"""How much earlier a coupon ends than its points: so that the order still finds them set aside."""
MADE_WITHIN: Final = timedelta(hours=1)
LEASE: Final = timedelta(minutes=2)
MOST_TRIES: Final = 12
BATCH: Final = 50
ALIVE: Final = (CouponState.WANTED, CouponState.MADE)
log = structlog.get_logger("walaa.shops")


def redeem_for_shop(event: RedemptionIssued, source: str, *, now: datetime) -> Receipt:
    """Set points aside for a shop's checkout. Raises ``NoSuchShop`` and the refusals of the books."""
    kind = sources().get(source)
    link = ShopLink.objects.filter(merchant=event.merchant_id, source=source, is_on=True).first()
    if kind is None or link is None or not kind.makes_coupons or api_of(link, kind) is None:
        raise NoSuchShop(field="for_shop")
    lives = max(timedelta(minutes=event.minutes), SHORTEST) if event.minutes else LIVES
    event = replace(event, minutes=int(lives.total_seconds() // 60))
    receipt = answer_of(event) or post(event, now=now)
    ShopCoupon.objects.get_or_create(
        redemption=Redemption.objects.get(merchant=event.merchant_id, code=receipt.code),
        defaults={
            "merchant_id": event.merchant_id, "link": link, "wanted_at": now, "act_at": now,
            "give_up_at": now + MADE_WITHIN,
        },
    )  # fmt: skip
    return receipt


def coupons_in(link: ShopLink, codes: Iterable[str]) -> list[ShopCoupon]:
    """The coupons of ours that an order used, with their redemptions."""
    said = {code.strip().upper() for code in codes}
    rows = (
        ShopCoupon.objects.filter(link=link, redemption__code__in=said) if said else ShopCoupon.objects.none()
    )
    return list(rows.select_related("redemption__member").order_by("pk"))


def use_elsewhere(coupon: ShopCoupon, order_key: str, now: datetime) -> None:
    """Close the redemption of a coupon that somebody else used: whose points they were, they are spent."""
    _close(coupon.redemption, "used", f"shop:{order_key}", now, order_key)


def mark_used(coupons: Iterable[ShopCoupon]) -> None:
    """Note that coupons were used there."""
    for coupon in coupons:
        ShopCoupon.objects.filter(pk=coupon.pk).update(state=CouponState.USED, act_at=None)


def work_coupons(*, clock: Clock) -> int:
    """Make the coupons that are wanted, and take back those whose redemption is over; returns how many."""
    now = clock()
    over = Q(redemption__state__in=(RedemptionState.CANCELLED, RedemptionState.EXPIRED, RedemptionState.USED))
    ended = ShopCoupon.objects.filter(over, state__in=ALIVE, act_at__isnull=True)
    ShopCoupon.objects.filter(pk__in=list(ended.values_list("pk", flat=True)[:BATCH])).update(
        act_at=now, tries=0
    )
    due = ShopCoupon.objects.filter(act_at__lte=now).order_by("act_at")
    found = list(due.values_list("pk", "act_at")[:BATCH])
    return sum(_work(pk, act_at, clock) for pk, act_at in found if act_at is not None)


def _work(pk: int, act_at: datetime, clock: Clock) -> int:
    now = clock()
    if not ShopCoupon.objects.filter(pk=pk, act_at=act_at).update(act_at=now + LEASE):
        return 0
    coupon = ShopCoupon.objects.select_related("redemption__member", "link__merchant").get(pk=pk)
    source = sources().get(coupon.link.source)
    api = api_of(coupon.link, source) if source is not None else None
    is_open = coupon.redemption.state == RedemptionState.RESERVED
    if is_open and coupon.state == CouponState.WANTED and now >= coupon.give_up_at:
        _close(coupon.redemption, "cancelled", f"coupon:{coupon.pk}", now)
        is_open = False
    try:
        if source is None or api is None:
            return _later(coupon, now)
        return _make(coupon, source, api) if is_open else _void(coupon, source, api)
    except (OutsideError, Unreadable) as error:
        log.warning("a coupon could not be worked on", error_code=type(error).__name__)
        return _later(coupon, now)


def _make(coupon: ShopCoupon, source: Source, api: Api) -> int:
    """Make it there. Asked twice, the shop says that the code is taken: then it was made the first time."""
    rows = ShopCoupon.objects.filter(pk=coupon.pk, state__in=ALIVE)
    if coupon.state != CouponState.WANTED:
        return rows.update(act_at=None)
    redemption = coupon.redemption
    voucher = Voucher(
        code=redemption.code,
        amount=str(Money(redemption.value_minor, redemption.currency).decimal),
        since=redemption.issued_at.astimezone(coupon.link.merchant.timezone),
        until=(redemption.expires_at - EARLIER).astimezone(coupon.link.merchant.timezone),
        name=f"Walaa {redemption.code}",
        email=redemption.member.email,
    )
    number = source.coupon_number(api, voucher.code) if coupon.tries else ""
    number = number or source.make_coupon(api, voucher)
    return rows.update(state=CouponState.MADE, number=number, act_at=None, tries=0)


def _void(coupon: ShopCoupon, source: Source, api: Api) -> int:
    """Take it back there; one whose making was never answered is looked for first."""
    number = coupon.number or source.coupon_number(api, coupon.redemption.code)
    if number:
        source.void_coupon(api, number)
    state = CouponState.VOIDED if coupon.number or coupon.state == CouponState.MADE else CouponState.FAILED
    return (
        ShopCoupon.objects.filter(pk=coupon.pk)
        .exclude(state=CouponState.USED)
        .update(state=state, act_at=None)
    )


def _later(coupon: ShopCoupon, now: datetime) -> int:
    """Try again, later and later; a coupon that is wanted, until it is given up."""
    tries = coupon.tries + 1
    again = now + timedelta(minutes=min(2 ** min(tries, 10), 60))
    rows = ShopCoupon.objects.filter(pk=coupon.pk)
    if tries >= MOST_TRIES and coupon.redemption.state != RedemptionState.RESERVED:
        rows.update(state=CouponState.STUCK, act_at=None, tries=tries)
    else:
        rows.update(act_at=again, tries=F("tries") + 1)
    return 0


def _close(redemption: Redemption, outcome: str, key: str, now: datetime, order_key: str = "") -> None:
    """End a redemption, unless somebody was quicker."""
    event = RedemptionClosed(
        merchant_id=redemption.merchant_id,
        member_id=redemption.member_id,
        occurred_at=now,
        source="shops",
        key=key[:64],
        actor="shops",
        code=redemption.code,
        outcome=outcome,
        order_ref=order_key,
    )
    try:
        post(event, now=now)
    except CodeSpent:
        log.info("a code was closed already")
    redemption.refresh_from_db()
