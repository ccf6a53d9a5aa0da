"""Points that opened are told once a day (RULES 11)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Member
from accounts.models.consent import Channel, Purpose
from campaigns.models import Message, MessageState, Reason, RecipeKind
from ledger.bulk.activating import activate
from ledger.events import AwardsOpened, RefundMade
from ledger.models import Purchase
from ledger.posting import post
from ledger.receipt import Receipt
from tests.campaigns.scene import (
    NOON,
    agree,
    buy,
    enter,
    hear,
    open_shop,
    send_all,
    sent_to,
)

pytestmark = pytest.mark.django_db
INBOX, EMAIL = Channel.INBOX, Channel.EMAIL
JANUARY_25 = datetime(2027, 1, 25, 12, tzinfo=UTC)


def waiting_shop(**terms: Any) -> Any:
    """A shop whose points wait two days."""
    waits: dict[str, Any] = {"hold": "days", "hold_days": 2}
    return open_shop(**(waits | terms))


def order_of(receipt: Receipt) -> str:
    """The number of the order a receipt is of."""
    assert receipt.purchase_id
    return Purchase.objects.get(pk=receipt.purchase_id).external_id


def opened_messages(member: Member) -> list[tuple[str, str, str]]:
    """Channel, state and reason of what was planned about an opening."""
    rows = Message.objects.filter(member=member, recipe__kind=RecipeKind.ACTIVATED).order_by("channel")
    return list(rows.values_list("channel", "state", "reason"))


def test_rule_11_points_that_opened_are_told_once_at_midnight_in_the_inbox_and_by_mail_in_the_morning() -> (
    None
):
    shop = waiting_shop()
    member = enter(shop, "0501234567", language="en")
    buy(member, 50_000, NOON)
    buy(member, 10_000, NOON + timedelta(hours=1))
    midnight = datetime(2026, 11, 21, 21, 1, tzinfo=UTC)  # 00:01 of the 22nd in Riyadh
    activate(merchant=shop, now=midnight)
    for _again in range(3):
        hear(midnight)
        send_all(midnight)
    [inbox] = [message for message in sent_to(member, INBOX) if "yours to spend" in message.subject]
    assert inbox.subject == "600 points are now yours to spend"
    assert "600 points from your purchases at Diwan Café" in inbox.body
    assert opened_messages(member) == [(EMAIL, MessageState.PLANNED, ""), (INBOX, MessageState.DELIVERED, "")]
    send_all(datetime(2026, 11, 22, 7, 0, tzinfo=UTC))  # 10:00
    assert [message.subject for message in sent_to(member, EMAIL)][-1] == inbox.subject
    assert len(opened_messages(member)) == 2


def test_rule_11_points_an_event_opened_are_told_at_once() -> None:
    shop = waiting_shop(hold="event", hold_event="delivered")
    member = enter(shop, "0501234567", gender="f")
    order = buy(member, 50_000, NOON)
    told = AwardsOpened(
        merchant_id=shop.pk, member_id=member.pk, occurred_at=NOON, source="till", key="d1", actor="till",
        purchase_source="till", purchase_key=order_of(order),
        awaits="delivered",
    )  # fmt: skip
    post(told, now=NOON)
    hear(NOON)
    send_all(NOON)
    assert [message.subject for message in sent_to(member, EMAIL)][-1] == "500 نقطة أصبحت جاهزة في رصيدك"
    assert "استخدميها متى شئتِ" in sent_to(member, INBOX)[-1].body


def test_rule_11_an_opening_that_was_taken_back_is_no_news_and_a_withdrawn_consent_is_kept() -> None:
    shop = waiting_shop()
    gone, quiet = enter(shop, "0501234567"), enter(shop, "0507654321")
    agree(quiet, EMAIL, Purpose.SERVICE, granted=False)
    orders = [buy(member, 50_000, NOON) for member in (gone, quiet)]
    midnight = datetime(2026, 11, 21, 21, 1, tzinfo=UTC)
    activate(merchant=shop, now=midnight)
    hear(midnight)
    back = RefundMade(
        merchant_id=shop.pk, member_id=gone.pk, occurred_at=midnight, source="till", key="back",
        actor="till", purchase_source="till", amount_minor=50_000,
        purchase_key=order_of(orders[0]),
    )  # fmt: skip
    post(back, now=midnight)
    send_all(datetime(2026, 11, 22, 7, 0, tzinfo=UTC))
    stale = (MessageState.SUPPRESSED, Reason.STALE)
    assert opened_messages(gone) == [(EMAIL, *stale), (INBOX, *stale)]
    assert opened_messages(quiet) == [
        (EMAIL, MessageState.SUPPRESSED, Reason.OPTED_OUT), (INBOX, MessageState.DELIVERED, ""),
    ]  # fmt: skip


# --- expiry ---
