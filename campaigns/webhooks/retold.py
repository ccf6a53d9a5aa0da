"""What a call did that is sent again: found by the moment of its first time, for it has no name of its own.

A moment is that of one call alone: every row that a call makes carries it to the microsecond.
"""

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.access import Actor, visible
from accounts.sealed import opened
from campaigns.webhooks.keeping import OLD_LASTS, ROOM
from campaigns.webhooks.models import TEST, DeliveryState, WebhookDelivery, WebhookEndpoint
from campaigns.webhooks.signing import PURPOSE


def made_at(moment: datetime, *, actor: Actor, url: str) -> WebhookEndpoint | None:
    """The address that was named at ``moment``, with its secret as that answer showed it."""
    return _with_secret(_mine(actor).filter(created_at=moment, url=url).first())


def rotated_at(moment: datetime, *, actor: Actor, code: str) -> WebhookEndpoint | None:
    """The address whose secret was changed at ``moment`` and not since, with that secret."""
    return _with_secret(_mine(actor).filter(code=code, old_until=moment + OLD_LASTS).first())


def tested_at(moment: datetime, *, actor: Actor, code: str) -> WebhookDelivery | None:
    """The test that was asked for at ``moment``."""
    return _told(actor, code).filter(topic=TEST, occurred_at=moment).first()


def replayed_since(moment: datetime, *, actor: Actor, code: str, message: str) -> WebhookDelivery | None:
    """The message, where it waits again or was settled after ``moment``."""
    again = Q(state=DeliveryState.WAITING) | Q(done_at__gte=moment)
    return _told(actor, code).filter(again, message_id=message).first()


def _mine(actor: Actor) -> QuerySet[WebhookEndpoint]:
    return visible(actor, WebhookEndpoint.objects.all(), room=ROOM)


def _told(actor: Actor, code: str) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(endpoint__in=_mine(actor).filter(code=code))


def _with_secret(endpoint: WebhookEndpoint | None) -> WebhookEndpoint | None:
    if endpoint is not None:
        endpoint.shown_secret = opened(PURPOSE, endpoint.secret)
    return endpoint
