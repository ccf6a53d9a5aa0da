"""Leaving with one click: a signed address that works for years, without signing in (RFC 8058).

Opening the address only shows who would leave what (link scanners open everything); posting to it withdraws.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import transaction

from accounts.errors import NotFound
from accounts.joining import record_consent
from accounts.models import Member, Merchant
from accounts.models.consent import Channel, Purpose
from accounts.queries import consents_of

PATH: Final = "/m/{slug}/unsubscribe/{token}/"
"""Where the portal answers; fixed for years, since letters that name it lie in mailboxes."""
_SALT: Final = "campaigns.unsubscribe"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one address leaves: one member's agreement to one purpose on one channel."""

    member: Member
    channel: str
    purpose: str


def address_for(member: Member, merchant: Merchant, channel: str) -> str:
    """Return the absolute address under which ``member`` stops offers on ``channel``."""
    token = signing.dumps([member.pk, str(channel), str(Purpose.MARKETING)], salt=_SALT)
    origin = f"https://{merchant.host}" if merchant.host else settings.SITE_URL.rstrip("/")
    return origin + PATH.format(slug=merchant.slug, token=token)


def subscription_of(*, merchant: Merchant, token: str) -> Subscription:
    """Return what ``token`` would leave. Raises ``NotFound`` for a forged one or another merchant's."""
    try:
        member_id, channel, purpose = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    member = Member.objects.filter(pk=member_id, merchant=merchant).active().first()
    if member is None or channel not in Channel.values:
        raise NotFound
    return Subscription(member, channel, purpose)


def unsubscribe(*, merchant: Merchant, token: str, now: datetime) -> Subscription:
    """Withdraw what ``token`` names; again changes nothing. Raises ``NotFound``."""
    leaving = subscription_of(merchant=merchant, token=token)
    with transaction.atomic():
        answers = consents_of([leaving.member.pk])
        if answers.get((leaving.member.pk, leaving.channel, leaving.purpose)) is not False:
            record_consent(
                member=leaving.member, channel=leaving.channel, purpose=leaving.purpose, granted=False,
                source="unsubscribe", actor=f"member:{leaving.member.pk}", now=now,
            )  # fmt: skip
    return leaving
