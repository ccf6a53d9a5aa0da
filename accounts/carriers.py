"""How a one-time code reaches a person: one function per way, behind one small signature.

The way for phones is named by the setting ``PHONE_CODE_CARRIER`` (a dotted path), so that an SMS gateway is
configuration. Empty means that no code can travel to a phone, and members sign in by e-mail.
"""

import sys
from smtplib import SMTPException
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import Undelivered
from accounts.models import Merchant
from accounts.phones import masked


class Carrier(Protocol):
    """Sends ``code`` to ``destination`` in the active language. Raises ``Undelivered``."""

    def __call__(self, *, merchant: Merchant, destination: str, code: str) -> None:
        """Send, or raise."""
        ...


def console(*, merchant: Merchant, destination: str, code: str) -> None:
    """Show the code to whoever runs the server: the embedded default, before there is a gateway."""
    print(f"\n✆ {masked(destination)} — {merchant.slug}: {code}\n", file=sys.stdout, flush=True)


def mail(*, merchant: Merchant, destination: str, code: str) -> None:
    """Send the code by e-mail."""
    values = {"code": code, "merchant": merchant.name}
    message = EmailMessage(
        subject=_("%(code)s is your code at %(merchant)s") % values,
        body=_(
            "Your code at %(merchant)s is %(code)s. It works once, for 10 minutes.\n\n"
            "Nobody from our team will ever ask you for it. "
            "If you did not ask for a code, ignore this message."
        )
        % values,
        from_email=merchant.sender_email or settings.DEFAULT_FROM_EMAIL,
        to=[destination],
    )
    try:
        message.send()
    except (OSError, SMTPException) as error:
        raise Undelivered from error


def mail_to_read_out(*, merchant: Merchant, destination: str, code: str) -> None:
    """Send by e-mail a code that the member reads out at the till, because they spend points there."""
    values = {"code": code, "merchant": merchant.name}
    message = EmailMessage(
        subject=_("%(code)s spends your points at %(merchant)s") % values,
        body=_(
            "Tell the cashier this code to spend points at %(merchant)s: %(code)s. "
            "It works once, for 10 minutes.\n\n"
            "If you are not at the till right now, tell it to nobody."
        )
        % values,
        from_email=merchant.sender_email or settings.DEFAULT_FROM_EMAIL,
        to=[destination],
    )
    try:
        message.send()
    except (OSError, SMTPException) as error:
        raise Undelivered from error


def nobody(*, merchant: Merchant, destination: str, code: str) -> None:
    """Send nothing: at a practice copy every code is known."""


def carrier_for(kind: str, *, read_out: bool = False) -> Carrier:
    """Return the carrier of "phone" or "email" destinations. Raises ``Undelivered``.

    ``read_out`` is for a code that the member tells somebody, instead of typing it in.
    """
    if kind == "email":
        return mail_to_read_out if read_out else mail
    if not settings.PHONE_CODE_CARRIER:
        raise Undelivered
    carrier: Carrier = import_string(settings.PHONE_CODE_CARRIER)
    return carrier


def phone_codes_travel() -> bool:
    """Say whether members can sign in by phone at this installation."""
    return bool(settings.PHONE_CODE_CARRIER)
