"""From what a shop told to the books, in whatever order it came, once.

Nothing is added up as it comes. What is known of an order is kept (``ShopOrder``), the newest news wins, and
the books are brought to where the order stands: a purchase, if it is not there; its points opened, once the
order is certain; refunds, up to what came back. Each has a key of its own: doing it again changes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from accounts.models import Branch, Member
from ledger.errors import KeyConflict
from ledger.event import LineItem
from ledger.events import AwardsOpened, EventOccurred, PurchaseMade
from ledger.families import person_of
from ledger.models import PendingAward, Purchase, ShopCoupon, ShopLink, ShopOrder
from ledger.models.pending import PendingState
from ledger.models.redemptions import RedemptionState
from ledger.posting import post
from ledger.shops import results
from ledger.shops.coupons import coupons_in, mark_used, use_elsewhere
from ledger.shops.people import member_of, remember_who
from ledger.shops.reading import settled
from ledger.shops.returning import is_undone, note_refunds, take_back, was_cancelled
from ledger.shops.source import Source
from ledger.shops.told import Gone, Happening, Line, Order, Refund, Status
from programs.calendars import start_of_day_instant

COMPLETED: Final = "completed"
AHEAD: Final = timedelta(hours=1)
CERTAIN: Final = {
    Status.PAID: (COMPLETED, "paid"),
    Status.COMPLETED: (COMPLETED, "paid", "delivered", "picked-up"),
}
"""Which words have come true in which state."""


def note_happening(link: ShopLink, source: Source, told: Happening, now: datetime) -> str:
    """A cart or a search of a member: an event that rules may use."""
    member, why = member_of(link, told.who, now, may_join=False)
    if member is None:
        return why
    event = EventOccurred(
        merchant_id=link.merchant_id,
        member_id=member.pk,
        occurred_at=min(told.occurred_at, now),
        source=link.source,
        key=f"{told.name}:{told.key}"[:64],
        actor=f"shop:{link.source}",
        stamped=True,
        name=told.name,
        amount_minor=told.amount_minor,
        channel=source.channel,
    )
    try:
        post(event, now=now)
    except KeyConflict:
        return results.UNCHANGED  # the same cart, with other things in it
    return results.HAPPENED


def settle(
    order: ShopOrder, link: ShopLink, source: Source, told: Order | Refund | Gone, now: datetime
) -> str:
    """Bring the books to what is known of an order after ``told``; returns the word for what became of it."""
    purchase = purchase_of(order, link)
    if isinstance(told, Refund):
        note_refunds(order, (told,))
        if purchase is None:
            return results.UNDONE if is_undone(order) else results.NO_ORDER
        return take_back(order, purchase, told.occurred_at or now, now) or results.UNCHANGED
    if isinstance(told, Gone):
        order.is_gone = True
        if purchase is None:
            return results.UNDONE
        return take_back(order, purchase, now, now) or results.UNCHANGED
    return _settle_order(order, link, source, told, purchase, now)


def purchase_of(order: ShopOrder, link: ShopLink) -> Purchase | None:
    """The purchase that an order became: what the books say, whatever was noted here."""
    rows = Purchase.objects.filter(merchant=link.merchant_id, source=link.source, external_id=order.order_key)
    return rows.first()


def _settle_order(
    order: ShopOrder, link: ShopLink, source: Source, told: Order, purchase: Purchase | None, now: datetime
) -> str:
    if order.told_at is not None and (told.updated_at, told.status.rank) < (order.told_at, order.rank):
        return results.OLDER
    order.told_at, order.rank, order.status = told.updated_at, told.status.rank, told.status.value
    note_refunds(order, told.refunds)
    if told.currency != link.merchant.currency:
        return results.CURRENCY
    if purchase is None and is_undone(order):
        return results.UNDONE
    if purchase is not None:
        return _bring_on(order, link, told, purchase, now)
    coupons = coupons_in(link, told.codes)
    member, why = member_of(link, told.who, now, may_join=not coupons)
    member = coupons[0].redemption.member if member is None and coupons else member
    if member is None:
        remember_who(order, link, told.who)
        return why
    told, codes = _with_coupons(told, coupons, member, now)
    if told.total_minor <= 0:
        return results.NOTHING
    purchase = _buy(order, link, source, told, member, codes, now)
    mark_used(coupons)
    done = results.AWAITED if _waits_for(purchase) else results.EARNED
    return take_back(order, purchase, told.updated_at, now, told) or done


def _bring_on(order: ShopOrder, link: ShopLink, told: Order, purchase: Purchase, now: datetime) -> str:
    """Bring a purchase that is there to where its order stands."""
    if was_cancelled(order, purchase):
        return results.REVIVED
    back = take_back(order, purchase, told.updated_at, now, told)
    opened = open_award(order, link, purchase, now)
    if not (back or opened) and told.total_minor > purchase.total_minor - purchase.points_paid_minor:
        return results.GREW
    return opened or back or results.UNCHANGED


def _buy(
    order: ShopOrder,
    link: ShopLink,
    source: Source,
    told: Order,
    member: Member,
    codes: tuple[str, ...],
    now: datetime,
) -> Purchase:
    """Post the purchase. Raises the refusals of the books."""
    event = PurchaseMade(
        merchant_id=link.merchant_id,
        member_id=member.pk,
        occurred_at=_by_our_clock(told.occurred_at, now),
        source=link.source,
        key=order.order_key,
        actor=f"shop:{link.source}",
        currency=told.currency,
        lines=tuple(_item(line) for line in told.lines),
        branch_id=_branch(link, told.branch),
        channel=source.channel,
        awaits=COMPLETED if told.status == Status.WAITING else "",
        redemption_codes=codes,
    )
    post(event, now=now)
    order.member, order.lines = member, [line.key for line in told.lines]
    order.phone_hash = order.email_hash = ""
    order.purchase = purchase = Purchase.objects.get(
        merchant=link.merchant_id, source=link.source, external_id=order.order_key
    )
    return purchase


def _with_coupons(
    told: Order, coupons: list[ShopCoupon], member: Member, now: datetime
) -> tuple[Order, tuple[str, ...]]:
    """The order as it was before the member's coupons were taken off, and their codes.

    Somebody else's coupon only made it cheaper: its points are spent, and are none of this member's.
    """
    codes: list[str] = []
    for coupon in coupons:
        redemption = coupon.redemption
        if redemption.state != RedemptionState.RESERVED or now >= redemption.expires_at:
            continue
        if person_of(redemption.member_id, redemption.merchant_id) != person_of(
            member.pk, member.merchant_id
        ):
            use_elsewhere(coupon, told.key, now)
            continue
        codes.append(redemption.code)
        apart = [line for line in told.lines if line.kind != "goods"]
        goods = [line for line in told.lines if line.kind == "goods"]
        told = replace(told, lines=settled(told.total_minor + redemption.value_minor, goods, apart))
    return told, tuple(codes)


def _item(line: Line) -> LineItem:
    return LineItem(
        line.amount_minor,
        kind=line.kind,
        category=line.category,
        name=line.name,
        quantity=line.quantity,
        sku=line.sku,
    )


def _branch(link: ShopLink, code: str) -> int | None:
    if not code:
        return None
    rows = Branch.objects.filter(merchant=link.merchant_id, code__iexact=code)
    return rows.values_list("pk", flat=True).first()


def open_award(order: ShopOrder, link: ShopLink, purchase: Purchase, now: datetime) -> str:
    """Open points that waited for the order to be certain, and for the days of the programme's own."""
    order.opens_at = None
    waits, certain = _waits_for(purchase), CERTAIN.get(Status(order.status), ()) if order.status else ()
    if waits is None or waits.awaits not in certain:
        return ""
    version = waits.version
    if version.hold == "days" and waits.awaits == COMPLETED:
        day = purchase.business_date + timedelta(days=version.hold_days)
        opens_at = start_of_day_instant(day, link.merchant.zone)
        if opens_at > now:
            order.opens_at = opens_at
            return results.AWAITED
    event = AwardsOpened(
        merchant_id=link.merchant_id,
        member_id=waits.member_id,
        occurred_at=now,
        stamped=True,
        source=link.source,
        key=f"{order.order_key[:50]}:{waits.awaits}"[:64],
        actor=f"shop:{link.source}",
        purchase_source=purchase.source,
        purchase_key=purchase.external_id,
        awaits=waits.awaits,
    )
    post(event, now=now)
    return results.OPENED


def _waits_for(purchase: Purchase) -> PendingAward | None:
    rows = PendingAward.objects.filter(purchase=purchase, state=PendingState.PENDING).exclude(awaits="")
    return rows.select_related("version").first()


def _by_our_clock(at: datetime, now: datetime) -> datetime:
    """A shop's clock may be ahead of ours by an hour; what is further off is not believed."""
    return min(at, now) if at - now < AHEAD else at
