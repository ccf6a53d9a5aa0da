"""Points spent at a shop's own checkout: a coupon there with the redemption's code, made by a worker.

The redemption is the truth. Its coupon is made at the shop from its row; when the redemption is cancelled,
runs out or is used elsewhere, the coupon is taken back there; its use comes back in the order that names its
code. If it cannot be made in time, the redemption is cancelled and the points return. A member who changes
their mind has it taken back there first.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import F, Q

from accounts.models import Merchant
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
from ledger.shops.errors import NoSuchShop, TooManyCoupons
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
DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 20
"""Coupons that one member may ask for in a day."""
BATCH: Final = 50
ALIVE: Final = (CouponState.WANTED, CouponState.MADE)
log = structlog.get_logger("walaa.shops")


def shops_for_coupons(merchant: Merchant) -> list[Source]:
    """The merchant's shops that take coupons from here now; one query."""
    links = ShopLink.objects.filter(merchant=merchant, is_on=True).exclude(api_token="").order_by("pk")
    return [kind for link in links if (kind := sources().get(link.source)) and _takes_coupons(link, kind)]


def redeem_for_shop(event: RedemptionIssued, source: str, *, now: datetime) -> Receipt:
    """Set points aside for a shop's checkout, and note that their coupon is wanted: both or neither.

    Raises ``NoSuchShop``, ``TooManyCoupons`` and the refusals of the books.
    """
    kind = sources().get(source)
    link = ShopLink.objects.filter(merchant=event.merchant_id, source=source, is_on=True).first()
    if kind is None or link is None or not _takes_coupons(link, kind):
        raise NoSuchShop(field="for_shop")
    lives = max(timedelta(minutes=event.minutes), SHORTEST) if event.minutes else LIVES
    event = replace(event, minutes=int(lives.total_seconds() // 60))
    with transaction.atomic():
        receipt = answer_of(event)
        if receipt is None:
            _refuse_too_many(event, now)
            receipt = post(event, now=now)
        ShopCoupon.objects.get_or_create(
            redemption=Redemption.objects.get(merchant=event.merchant_id, code=receipt.code),
            defaults={
                "merchant_id": event.merchant_id, "link": link, "wanted_at": now, "act_at": now,
                "give_up_at": now + MADE_WITHIN,
            },
        )  # fmt: skip
    return receipt


def take_back(coupon: ShopCoupon, *, now: datetime) -> bool:
    """Ask for a coupon to be withdrawn at its shop; the points return once it is gone there.

    The other way round, whoever copied the code could spend it in between. Whoever is making it this very
    moment comes to an end first. False: its redemption is over, or its use is known.
    """
    if coupon.redemption.state != RedemptionState.RESERVED or coupon.state not in ALIVE:
        return False
    rows = ShopCoupon.objects.filter(pk=coupon.pk, state__in=ALIVE, asked_back_at__isnull=True)
    idle = Q(act_at__isnull=True) | Q(act_at__gt=now + LEASE)
    if not rows.filter(idle).update(asked_back_at=now, act_at=now):
        rows.update(asked_back_at=now)
    return True


def valid_until(redemption: Redemption) -> datetime:
    """Until when the shop takes the coupon of a redemption."""
    return redemption.expires_at - EARLIER


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
    if _is_given_up(coupon, now):
        _close(coupon.redemption, "cancelled", f"coupon:{coupon.pk}", now)
    try:
        if source is None or api is None:
            return _later(coupon, now)
        if coupon.redemption.state != RedemptionState.RESERVED:
            return _void(coupon, source, api)
        work = _withdraw if coupon.asked_back_at else _make
        return work(coupon, source, api, now)
    except (OutsideError, Unreadable) as error:
        log.warning("a coupon could not be worked on", error_code=type(error).__name__)
        return _later(coupon, now)


def _is_given_up(coupon: ShopCoupon, now: datetime) -> bool:
    """Whether one that nobody can have used yet was not made in time, or is not wanted any more."""
    is_open = coupon.redemption.state == RedemptionState.RESERVED
    is_unknown = coupon.state == CouponState.WANTED and not coupon.number
    return is_open and is_unknown and (now >= coupon.give_up_at or coupon.asked_back_at is not None)


def _make(coupon: ShopCoupon, source: Source, api: Api, now: datetime) -> int:
    """Make it there. Asked twice, the shop says that the code is taken: then it was made the first time.

    One that was asked back meanwhile is not handed out: it is withdrawn next.
    """
    rows = ShopCoupon.objects.filter(pk=coupon.pk, state__in=ALIVE)
    if coupon.state != CouponState.WANTED:
        return rows.update(act_at=None)
    voucher = _voucher(coupon)
    number = source.coupon_number(api, voucher.code) if coupon.tries else ""
    number = number or source.make_coupon(api, voucher)
    made = rows.filter(asked_back_at__isnull=True).update(
        state=CouponState.MADE, number=number, act_at=None, tries=0
    )
    return made or rows.update(number=number, act_at=now)


def _voucher(coupon: ShopCoupon) -> Voucher:
    """What stands at the shop for a redemption."""
    redemption, zone = coupon.redemption, coupon.link.merchant.timezone
    return Voucher(
        code=redemption.code,
        amount=str(Money(redemption.value_minor, redemption.currency).decimal),
        since=redemption.issued_at.astimezone(zone),
        until=valid_until(redemption).astimezone(zone),
        name=f"Walaa {redemption.code}",
        email=redemption.member.email,
    )


def _withdraw(coupon: ShopCoupon, source: Source, api: Api, now: datetime) -> int:
    """Take it back there, then give the points back; one that was used already waits for its order's news."""
    rows = ShopCoupon.objects.filter(pk=coupon.pk, state__in=ALIVE)
    if source.was_used(api, coupon.number):
        return rows.update(state=CouponState.USED, act_at=None)
    source.void_coupon(api, coupon.number)
    _close(coupon.redemption, "cancelled", f"coupon:{coupon.pk}", now)
    return rows.update(state=CouponState.VOIDED, act_at=None)


def _void(coupon: ShopCoupon, source: Source, api: Api) -> int:
    """Take it back there; one whose making was never answered is looked for first, as a whole and in part."""
    number = coupon.number or source.coupon_number(api, coupon.redemption.code)
    number = number or source.left_over(api, _voucher(coupon))
    if number:
        source.void_coupon(api, number)
    state = CouponState.VOIDED if coupon.number or coupon.state == CouponState.MADE else CouponState.FAILED
    return (
        ShopCoupon.objects.filter(pk=coupon.pk)
        .exclude(state=CouponState.USED)
        .update(state=state, act_at=None)
    )


def _later(coupon: ShopCoupon, now: datetime) -> int:
    """Try again, later and later; a coupon that is wanted, until the moment at which it is given up."""
    tries = coupon.tries + 1
    again = now + timedelta(minutes=min(2 ** min(tries, 10), 60))
    if coupon.state == CouponState.WANTED and now < coupon.give_up_at:
        again = min(again, coupon.give_up_at)
    rows = ShopCoupon.objects.filter(pk=coupon.pk)
    if tries >= MOST_TRIES and coupon.redemption.state != RedemptionState.RESERVED:
        rows.update(state=CouponState.STUCK, act_at=None, tries=tries)
    else:
        rows.update(act_at=again, tries=F("tries") + 1)
    return 0


def _takes_coupons(link: ShopLink, kind: Source) -> bool:
    return kind.makes_coupons and api_of(link, kind) is not None


def _refuse_too_many(event: RedemptionIssued, now: datetime) -> None:
    """Bound what one member can have made at a shop: each is a call there. Raises ``TooManyCoupons``."""
    theirs = ShopCoupon.objects.filter(redemption__member=event.member_id, wanted_at__gt=now - DAY)
    if theirs.count() >= MOST_A_DAY:
        raise TooManyCoupons


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
