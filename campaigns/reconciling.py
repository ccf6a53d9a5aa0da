"""Settling what is unclear by hand: a person looked into the gateway's log and says what became of a message.

The gateway knows the message by its Message-ID, ``<message-ID@…>``, which is the same if it is sent again.
"""

from datetime import datetime

from django.db import transaction

from accounts.access import Actor, for_write
from campaigns.errors import NotUnclear
from campaigns.models import Message, MessageState
from campaigns.sending import tell_arrival


def settle_unclear(*, message: Message, arrived: bool, actor: Actor, now: datetime) -> Message:
    """Record that an unclear message arrived, or let it be sent again.

    Raises ``NotUnclear`` for a message in any other state, ``NotFound``, ``Forbidden``.
    """
    with transaction.atomic():
        held = for_write(actor, Message.objects.all(), room="campaigns", pk=message.pk)
        unclear = Message.objects.filter(pk=held.pk, state=MessageState.UNKNOWN)
        if arrived:
            changed = unclear.update(
                state=MessageState.SENT, reason="", claim=None, sent_at=held.handed_over_at
            )
        else:
            changed = unclear.update(
                state=MessageState.PLANNED, reason="", claim=None, handed_over_at=None, due_at=now
            )
        if not changed:
            raise NotUnclear
        if arrived:
            tell_arrival(held, now=held.handed_over_at or now)
    held.refresh_from_db()
    return held
