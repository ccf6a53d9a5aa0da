"""Switching an address on and off. While it is off it is told nothing, and what waited for it is given up."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import outbox
from accounts.models import Merchant, OutboxEvent, User
from campaigns import topics
from campaigns.webhooks.models import DeliveryState, OffWhy, WebhookDelivery, WebhookEndpoint, Why
from ledger.seals.head_letters import owners_of

CHUNK: Final = 500


def switch_off(endpoint: WebhookEndpoint, why: OffWhy, now: datetime) -> None:
    """Tell an address nothing any more; its owners hear of it, unless they did it themselves."""
    with transaction.atomic():
        active = WebhookEndpoint.objects.filter(pk=endpoint.pk, is_active=True)
        if not active.update(is_active=False, switched_off_at=now, switched_off_why=why):
            return
        if why != OffWhy.BY_HAND:
            outbox.append(
                merchant_id=endpoint.merchant_id,
                topic=topics.WEBHOOK_SWITCHED_OFF,
                member_id=None,
                now=now,
                payload={"endpoint_id": endpoint.pk},
            )
    endpoint.refresh_from_db()


def switch_on(endpoint: WebhookEndpoint) -> None:
    """Tell an address again what happens from now on."""
    clean = {"failing_since": None, "failures": 0, "quiet_until": None}
    off = WebhookEndpoint.objects.filter(pk=endpoint.pk, is_active=False)
    off.update(is_active=True, switched_off_at=None, switched_off_why="", **clean)
    endpoint.refresh_from_db()


def give_up(*, now: datetime) -> int:
    """Give up some of what waits for addresses that are off; returns how many (0: nothing is left)."""
    waiting = WebhookDelivery.objects.filter(state=DeliveryState.WAITING, endpoint__is_active=False)
    ids = list(waiting.exclude(claimed_until__gt=now).values_list("pk", flat=True)[:CHUNK])
    return WebhookDelivery.objects.filter(pk__in=ids, state=DeliveryState.WAITING).update(
        state=DeliveryState.FAILED, why=Why.SWITCHED_OFF, done_at=now, claim=None, claimed_until=None
    )


def off_and_unseen(merchant: Merchant) -> list[WebhookEndpoint]:
    """The addresses that were switched off without anybody of the merchant's doing it."""
    off = WebhookEndpoint.objects.filter(merchant=merchant, is_active=False)
    return list(off.exclude(switched_off_why=OffWhy.BY_HAND))


def tell_owners(event: OutboxEvent, now: datetime) -> None:
    """Write to every owner in their language. Raises what the mail gateway raises: it is tried again."""
    rows = WebhookEndpoint.objects.select_related("merchant")
    endpoint = rows.filter(pk=event.payload["endpoint_id"], is_active=False).first()
    if endpoint is None:  # deleted, or on again
        return
    for owner in owners_of(endpoint.merchant):
        with translation.override(owner.language):
            letter(endpoint, owner).send()


def letter(endpoint: WebhookEndpoint, owner: User) -> EmailMessage:
    """What an owner is told about an address that was switched off, in the active language."""
    merchant = endpoint.merchant
    values = {"merchant": merchant.name, "url": endpoint.url, "why": endpoint.get_switched_off_why_display()}
    return EmailMessage(
        subject=_("%(merchant)s: a webhook was switched off") % values,
        body=_(
            "We no longer tell this address what happens:\n%(url)s\n\nWhy: %(why)s.\n\n"
            "Nothing is lost in your programme: points, rewards and members are as they were. But whatever "
            "listens at that address has heard nothing since.\n\n"
            "When it works again, switch the webhook on in the back office, under Business → Webhooks. What "
            "was not delivered can be sent again there, one message at a time."
        )
        % values,
        from_email=merchant.sender_email or settings.DEFAULT_FROM_EMAIL,
        to=[owner.email],
    )
