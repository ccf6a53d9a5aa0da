"""A member reads their inbox."""

from datetime import datetime

from django.db import transaction

from accounts.access import Actor, own, own_one
from analytics.models import Touch, TouchKind
from campaigns.models import Message, MessageState
from campaigns.queries import in_inbox
from campaigns.sending import TOUCH_SOURCE


def read(*, actor: Actor, message_id: int, now: datetime) -> Message:
    """Return the member's own message, marked as read; reading again changes nothing. Raises ``NotFound``."""
    message = own_one(actor, in_inbox(), pk=message_id)
    _mark([message], now)
    message.refresh_from_db()
    return message


def read_all(*, actor: Actor, now: datetime) -> int:
    """Mark everything in the member's inbox as read; return how many messages were unread."""
    unread = list(own(actor, in_inbox()).filter(state=MessageState.DELIVERED))
    _mark(unread, now)
    return len(unread)


def _mark(messages: list[Message], now: datetime) -> None:
    """Mark those that are unread, and tell analytics once."""
    unread = [message for message in messages if message.state == MessageState.DELIVERED]
    with transaction.atomic():
        Message.objects.filter(pk__in=[m.pk for m in unread], state=MessageState.DELIVERED).update(
            state=MessageState.READ, read_at=now
        )
        Touch.objects.bulk_create(
            [
                Touch(
                    merchant_id=message.merchant_id,
                    member_id=message.member_id,
                    kind=TouchKind.OPENED,
                    source_kind=TOUCH_SOURCE,
                    source_id=message.pk,
                    at=now,
                )
                for message in unread
            ],
            ignore_conflicts=True,
        )
