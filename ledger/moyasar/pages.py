"""A page of Moyasar's on which a member pays a fee: the first one, or one that the card would not pay."""

from datetime import datetime, timedelta
from typing import Final

from accounts.models import Member
from ledger.errors import CardsNotTaken, NotSold, OtherMembership
from ledger.membership_queries import current
from ledger.models import CardCharge
from ledger.models.card_payments import ChargeState
from ledger.moyasar.charging import page_address
from ledger.moyasar.client import MoyasarError
from ledger.moyasar.keys import client_of
from programs.queries import terms_of, version_at

LASTS: Final = timedelta(hours=24)
LOOK_AFTER: Final = timedelta(minutes=10)


def page_for(*, member: Member, plan: str, now: datetime) -> str:
    """The address of a page on which ``member`` pays one fee of ``plan``; the same one for a day.

    Raises ``NotSold``, ``OtherMembership``, and ``CardsNotTaken`` where Moyasar cannot be had.
    """
    price_minor = _price(member, plan, now)
    open_ones = CardCharge.objects.filter(
        member=member,
        plan=plan,
        amount_minor=price_minor,
        state=ChargeState.OPEN,
        made_at__gt=now - LASTS / 2,
    )
    known = open_ones.exclude(invoice_id="").order_by("-pk").first()
    if known is not None:
        return known.url
    client = client_of(member.merchant_id)
    if client is None:
        raise CardsNotTaken
    charge = CardCharge(
        merchant=member.merchant,
        member=member,
        plan=plan,
        amount_minor=price_minor,
        currency=member.merchant.currency,
        made_at=now,
        state=ChargeState.OPEN,
        act_at=now + LOOK_AFTER,
    )
    try:
        page = client.open_page(
            amount_minor=price_minor,
            currency=charge.currency,
            what=f"{member.merchant.name_en} · {plan}",
            back_to=page_address(charge),
            until=now + LASTS,
        )
    except MoyasarError as error:
        raise CardsNotTaken from error
    charge.invoice_id, charge.url = page.id, page.url
    charge.save()
    return charge.url


def _price(member: Member, plan: str, now: datetime) -> int:
    """What one fee costs the member: what the membership was begun at, else the plan's price of today."""
    held = current(member, now)
    if held is not None and held.plan != plan:
        raise OtherMembership(field="plan")
    version = version_at(member.merchant, now)
    sold = terms_of(version).plan(plan) if version else None
    if sold is None:
        raise NotSold(field="plan")
    return held.price_minor if held else sold.price_minor
