"""Mail gateways that fail in the ways real ones do; each is a real Django e-mail backend."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend


class Unreachable(BaseEmailBackend):
    """Nobody answers at the gateway's address."""

    def open(self) -> bool | None:
        """Fail as a closed port does."""
        raise ConnectionRefusedError


class Answers(BaseEmailBackend):
    """Raises what the test says, after the message was handed over."""

    error: ClassVar[Exception]

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Answer."""
        raise self.error


REFUSED = SMTPRecipientsRefused({"x@x.example": (550, b"no such user")})
GREYLISTED = SMTPRecipientsRefused({"x@x.example": (451, b"try later")})
SPAM = SMTPDataError(554, b"rejected")
HUNG_UP = SMTPServerDisconnected("Connection unexpectedly closed")
SILENCE = TimeoutError("timed out")


class DiesAfterHandingOver(EmailBackend):
    """Takes the message, and the worker is killed before it can note so."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """Keep the message in a folder, then `kill -9` this very process."""
        for message in messages:
            folder = Path(os.environ["TAKEN"])
            (folder / message.extra_headers["Message-ID"].strip("<>")).write_bytes(
                message.message().as_bytes()
            )
        os.kill(os.getpid(), signal.SIGKILL)
        return 0


class DiesBeforeHandingOver(EmailBackend):
    """The worker is killed while it still dials."""

    def open(self) -> bool | None:
        """`kill -9` this very process."""
        os.kill(os.getpid(), signal.SIGKILL)
        return None


class Keeps(EmailBackend):
    """Takes every message into a folder under a name that tells copies apart."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """Write one file per message handed over."""
        for message in messages:
            name = message.extra_headers["Message-ID"].strip("<>")
            with (Path(os.environ["TAKEN"]) / f"{name}.{os.getpid()}.{os.urandom(4).hex()}").open(
                "xb"
            ) as taken:
                taken.write(message.message().as_bytes())
        return len(messages)
