"""E-mail without a gateway: what would have been sent is shown and kept."""

import sys
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend


class ShowingBackend(EmailBackend):
    """Writes each message to `var/mail/` and prints its readable text, so that a demo's codes can be read.

    The console backend of Django would print Arabic as base64.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Print, then keep; returns how many were kept."""
        for message in email_messages:
            print(
                f"\n✉ {', '.join(message.to)} — {message.subject}\n{message.body}\n",
                file=sys.stdout,
                flush=True,
            )
        return super().send_messages(email_messages) or 0
