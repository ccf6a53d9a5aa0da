"""The ways a message travels, behind one small protocol.

A channel is opened, told ``send`` per message and closed after a batch. Nothing raises: an ``Outcome`` says
what is known. What may have left is *unknown*, never *failed*: only a refusal, or never having reached
the gateway, is certain enough to try again.
"""

import logging
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Final, Protocol

from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils.translation import get_language_info, override

from accounts.languages import in_language
from accounts.models import Member
from accounts.models.consent import Channel as ChannelName
from accounts.models.consent import Purpose
from campaigns.models import Message, MessageState, Reason
from campaigns.unsubscribing import address_for

log = logging.getLogger(__name__)
TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message. ``PLANNED`` means that it certainly did not leave and may be tried again."""

    state: MessageState
    reason: str = ""


class Channel(Protocol):
    """``reaches_out``: leaves the house and may disturb; otherwise the row itself is the delivery."""

    reaches_out: bool

    def can_reach(self, member: Member) -> bool:
        """Say whether the member has an address here."""
        ...

    def open(self) -> bool:
        """Reach the gateway, if that is not done yet; False when nobody answers."""
        ...

    def send(self, message: Message) -> Outcome:
        """Deliver a written message (subject and body are filled in)."""
        ...

    def close(self) -> None:
        """Let go of what was opened for the batch."""
        ...


class InboxChannel:
    """The member's page: the row is what they read."""

    reaches_out = False

    def can_reach(self, member: Member) -> bool:
        """Every member has a page."""
        return True

    def open(self) -> bool:
        """Nothing to reach."""
        return True

    def send(self, message: Message) -> Outcome:
        """Nothing to carry."""
        return Outcome(MessageState.DELIVERED)

    def close(self) -> None:
        """Nothing was opened."""


class EmailChannel:
    """E-mail through Django's configured backend; one connection serves a batch."""

    reaches_out = True

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def can_reach(self, member: Member) -> bool:
        """Say whether there is an address."""
        return bool(member.email)

    def open(self) -> bool:
        """Connect once for the batch; while this fails, nothing was handed over."""
        if self._connection is None:
            connection = get_connection()
            try:
                connection.open()
            except Exception as error:  # noqa: BLE001 - a backend may raise anything; none of it is an answer
                log.warning("mail_gateway_unreachable", extra={"error_code": type(error).__name__})
                return False
            self._connection = connection
        return True

    def send(self, message: Message) -> Outcome:
        """Hand one letter over; whatever is raised from here on, it may have left."""
        if self._connection is None:
            return Outcome(MessageState.PLANNED, Reason.PROVIDER)
        try:
            taken = self._connection.send_messages([mail_of(message)])
        except Exception as error:  # noqa: BLE001 - a backend may raise anything; ``_verdict`` sorts it
            self._connection = None
            log.warning("mail_not_confirmed", extra={"error_code": type(error).__name__})
            return _verdict(error)
        return Outcome(MessageState.SENT) if taken else Outcome(MessageState.PLANNED, Reason.PROVIDER)

    def close(self) -> None:
        """Close the connection, if it was opened."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def open_channels() -> dict[str, Channel]:
    """Return every channel there is, fresh for one batch."""
    return {ChannelName.INBOX: InboxChannel(), ChannelName.EMAIL: EmailChannel()}


def mail_of(message: Message) -> EmailMultiAlternatives:
    """Return the e-mail of a written message: text and HTML, in its language and direction.

    The Message-ID comes from the row, so that a copy sent again after an unclear end is known as the same.
    """
    sender = sender_of(message)
    leave = ""
    if message.recipe.purpose == Purpose.MARKETING:
        leave = address_for(message.member, message.merchant, message.channel)
    context = {
        "message": message,
        "merchant_name": in_language(message.merchant, "name", message.language),
        "colour": message.merchant.colour,
        "direction": "rtl" if get_language_info(message.language)["bidi"] else "ltr",
        "unsubscribe": leave,
    }
    headers = {"Message-ID": f"<message-{message.pk}@{_domain(sender)}>"}
    if leave:
        headers |= {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    with override(message.language):
        mail = EmailMultiAlternatives(
            subject=message.subject,
            body=render_to_string("campaigns/email.txt", context),
            from_email=sender,
            to=[message.member.email],
            headers=headers,
        )
        mail.attach_alternative(render_to_string("campaigns/email.html", context), "text/html")
    return mail


def sender_of(message: Message) -> str:
    """Return the merchant's name with its own address, or with the installation's."""
    address = message.merchant.sender_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return formataddr((in_language(message.merchant, "name", message.language), address))


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


def _verdict(error: Exception) -> Outcome:
    """Sort what a backend raised while handing over. Without a clear answer the end is unknown."""
    match error:
        case SMTPRecipientsRefused():
            codes = [code for code, _reply in error.recipients.values()]
            return _refused(max(codes, default=550), Reason.BAD_ADDRESS)
        case SMTPResponseException():
            return _refused(int(error.smtp_code), Reason.PROVIDER)
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return Outcome(MessageState.FAILED, Reason.BAD_ADDRESS)
        case AnymailError() if error.status_code == TOO_MANY:
            return Outcome(MessageState.PLANNED, Reason.PROVIDER)
        case AnymailError() if error.status_code and 400 <= error.status_code < 500:
            return Outcome(MessageState.FAILED, Reason.PROVIDER)
        case ValueError():  # the message could not even be written: a header with a line break
            return Outcome(MessageState.FAILED, Reason.PROVIDER)
        case _:
            return Outcome(MessageState.UNKNOWN, Reason.NOT_CONFIRMED)


def _refused(code: int, reason: Reason) -> Outcome:
    """SMTP's 4xx says "not now", 5xx "never"; either way the server did not take it."""
    return (
        Outcome(MessageState.FAILED, reason)
        if code >= 500
        else Outcome(MessageState.PLANNED, Reason.PROVIDER)
    )
