"""That the member is there: a QR that changes every half minute, or a one-time code they read out (RULES 19).

A phone number alone never spends. The QR on the member's own page holds their number and a mark that only
this installation can make for the half minute it was shown in; it lives for about a minute, counts once, and
is worthless afterwards, photographed or not. Where no page is at hand, a code is sent to the member, and
typed in by whoever asked for it.
"""

from datetime import datetime, timedelta
from typing import Final

from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.digits import latin_digits
from accounts.errors import NotShown, Undelivered
from accounts.models import Member, Merchant
from accounts.signing_in import READ_OUT, Destination, forget_taken, request_code, take_once, verify_code

SHOWN: Final = "shown"
STEP: Final = timedelta(seconds=30)
SKEW: Final = 1
"""Steps a mark may be old, or early: it lives half a minute to a minute, and clocks differ."""
ALPHABET: Final = "23456789BCDFGHJKLMNPQRSTVWXYZ"
LENGTH: Final = 12


def token_of(member: Member, *, now: datetime) -> str:
    """What the member's page shows now: "M-7KPX3WQ.9BXK…"."""
    return f"{member.number}.{_mark(member, step_at(now))}"


def step_at(now: datetime) -> int:
    """The number of the half minute; a page that shows another one is to be read again."""
    return int(now.timestamp() // STEP.total_seconds())


def split(text: str) -> tuple[str, str]:
    """Read a scanned token as (membership number, mark); the mark is empty where there is none."""
    plain = latin_digits(text[:200]).strip().rsplit("/", 1)[-1].upper()
    number, _dot, mark = plain.partition(".")
    return number, mark


def member_shown(merchant: Merchant, text: str, *, taker: str, now: datetime) -> Member:
    """Take the token that a member's page shows right now, and return the member. Raises ``NotShown``.

    It is the ``taker``'s from then on (a counter, one call of a machine): sent again by the same it is the
    same scan, anybody else's came too late. ``give_back`` undoes a scan that led to nothing.
    """
    number, mark = split(text)
    member = Member.objects.for_merchant(merchant).active().filter(number=number).first()
    steps = range(step_at(now) - SKEW, step_at(now) + SKEW + 1)
    if member is None or not any(constant_time_compare(mark, _mark(member, step)) for step in steps):
        raise NotShown(field="shown")
    if not take_once(member, mark, taker=taker, purpose=SHOWN, life=STEP * (2 * SKEW + 1), now=now):
        raise NotShown(field="shown")
    return member


def give_back(member: Member, text: str, *, taker: str) -> None:
    """Let the token be taken again: what it was shown for was refused."""
    forget_taken(member, split(text)[1], taker=taker, purpose=SHOWN)


def send_code(member: Member, *, asker: str, now: datetime) -> Destination:
    """Send the member a one-time code that they read out; returns where it went. Raises ``Undelivered``.

    ``asker`` is the network address that asks. Raises ``TooMany`` too.
    """
    destination = reached_at(member)
    request_code(
        merchant=member.merchant,
        destination=destination,
        asker=asker,
        now=now,
        purpose=READ_OUT,
        member=member,
    )
    return destination


def check_code(member: Member, code: str, *, now: datetime) -> None:
    """Take the code the member read out. Raises ``WrongCode`` or ``CodeOver``."""
    verify_code(
        merchant=member.merchant,
        destination=reached_at(member),
        code=code,
        now=now,
        purpose=READ_OUT,
        member=member,
    )


def reached_at(member: Member) -> Destination:
    """Where the member is reached: by phone, else by e-mail. Raises ``Undelivered``."""
    if member.phone:
        return Destination("phone", member.phone)
    if member.email:
        return Destination("email", member.email.lower())
    raise Undelivered


def _mark(member: Member, step: int) -> str:
    """Twelve signs without look-alikes: nobody can guess one within its minute."""
    said = f"{member.merchant_id}:{member.pk}:{step}"
    digest = salted_hmac("accounts.presence", said, algorithm="sha256").digest()
    number = int.from_bytes(digest[:12], "big")
    signs = []
    for _sign in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[place])
    return "".join(signs)
