"""Signing in without a password: a code travels to a phone or a mailbox and comes back once.

A code is 6 digits, lives 10 minutes and bears 5 tries; only the newest one of a destination works. What is
stored are keyed hashes: neither the destination nor the code can be read from the table. Nothing here says
whether a member exists: a code is sent to whoever asks, and who they are is looked up after it came back.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Literal

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.carriers import carrier_for, nobody
from accounts.digits import latin_digits
from accounts.errors import BadPhone, CodeOver, TooMany, WrongCode
from accounts.joining import clean_email
from accounts.models import LoginCode, Member, Merchant
from accounts.phones import e164, region_of
from accounts.queries import member_known_by

DIGITS: Final = 6
PRACTICE_CODE: Final = "0" * DIGITS
"""Every code of a practice copy: there nothing is sent."""
LIFE: Final = timedelta(minutes=10)
MAX_TRIES: Final = 5
WINDOW: Final = timedelta(hours=1)
MAX_PER_DESTINATION: Final = 5
MAX_PER_ASKER: Final = 60
"""Codes one network address may ask for in an hour, at all merchants: a shop's Wi-Fi is one address."""
KEPT: Final = timedelta(days=2)
RECYCLED_AFTER: Final = timedelta(days=90)
"""Carriers give a number to somebody else after about three months of silence."""

SIGN_IN: Final = "signin"
CHANGE_EMAIL: Final = "email"
READ_OUT: Final = "till"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a code goes, in its one spelling: E.164, or an address in lower case."""

    kind: Literal["phone", "email"]
    value: str


def destination_of(text: str, merchant: Merchant) -> Destination:
    """Read a phone in any spelling, or an e-mail address. Raises ``BadPhone`` or ``BadEmail``."""
    typed = text.strip()
    if not typed or len(typed) > 254:
        raise BadPhone(field="destination")
    if "@" in typed:
        return Destination("email", clean_email(typed))
    return Destination("phone", e164(typed, region_of(merchant.currency)))


def request_code(
    *,
    merchant: Merchant,
    destination: Destination,
    asker: str,
    now: datetime,
    purpose: str = SIGN_IN,
    member: Member | None = None,
) -> str:
    """Send a fresh code to ``destination`` in the active language, and end the earlier ones.

    ``asker`` is the network address that asks; ``member`` says whose change the code confirms. Returns the
    code, which only a demo may show. Raises ``TooMany`` or ``Undelivered``.
    """
    carrier = nobody if merchant.is_practice else carrier_for(destination.kind, read_out=purpose == READ_OUT)
    code = PRACTICE_CODE if merchant.is_practice else _draw()
    target, asker_hash = _hash_of(merchant, destination), _keyed("asker", asker)
    with transaction.atomic():
        # Requests at one merchant pass one by one, so that two at once cannot both be the last allowed.
        Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
        _check_pace(target, asker_hash, now)
        _open_codes(merchant, target, purpose, member).update(used_at=now)
        LoginCode.objects.create(
            merchant=merchant,
            member=member,
            purpose=purpose,
            destination_hash=target,
            asker_hash=asker_hash,
            code_hash=_keyed(target, code),
            created_at=now,
            expires_at=now + LIFE,
        )
    carrier(merchant=merchant, destination=destination.value, code=code)
    return code


def _draw() -> str:
    return "".join(secrets.choice("0123456789") for _digit in range(DIGITS))


def verify_code(
    *,
    merchant: Merchant,
    destination: Destination,
    code: str,
    now: datetime,
    purpose: str = SIGN_IN,
    member: Member | None = None,
) -> None:
    """Take a code that came back; return when it is right. Raises ``WrongCode`` or ``CodeOver``.

    A try is counted before the code is compared, by one conditional update: parallel guesses share the five.
    """
    typed = re.sub(r"[\s-]", "", latin_digits(code))
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", typed):
        raise WrongCode(field="code")
    target = _hash_of(merchant, destination)
    codes = _open_codes(merchant, target, purpose, member)
    newest = codes.filter(expires_at__gt=now).order_by("-id").first()
    if newest is None or not codes.filter(pk=newest.pk, tries__lt=MAX_TRIES).update(tries=F("tries") + 1):
        raise CodeOver(field="code")
    if not constant_time_compare(newest.code_hash, _keyed(target, typed)):
        raise WrongCode(field="code")
    if not codes.filter(pk=newest.pk).update(used_at=now):
        raise CodeOver(field="code")


def take_once(member: Member, code: str, *, taker: str, purpose: str, life: timedelta, now: datetime) -> bool:
    """Whether ``taker`` is the first, or was the first, who brings a code that was shown, not sent."""
    target, mine = _keyed("taken", f"{member.pk}:{code}"), _keyed("taker", taker)
    with transaction.atomic():
        # Who brings a code of one member passes one by one, so that two at once cannot both be the first.
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        taken = _taken(member, target, purpose).values_list("code_hash", flat=True).first()
        if taken is None:
            LoginCode.objects.create(
                merchant_id=member.merchant_id,
                member=member,
                purpose=purpose,
                destination_hash=target,
                code_hash=mine,
                created_at=now,
                expires_at=now + life,
                used_at=now,
            )
    return taken is None or constant_time_compare(taken, mine)


def forget_taken(member: Member, code: str, *, taker: str, purpose: str) -> None:
    """Let the code be brought again."""
    target = _keyed("taken", f"{member.pk}:{code}")
    _taken(member, target, purpose).filter(code_hash=_keyed("taker", taker)).delete()


def _taken(member: Member, target: str, purpose: str) -> QuerySet[LoginCode]:
    return LoginCode.objects.filter(member=member, destination_hash=target, purpose=purpose)


def member_at(*, merchant: Merchant, destination: Destination) -> Member | None:
    """Return the active member reached at ``destination``; ask only after the code came back."""
    if destination.kind == "phone":
        return member_known_by(merchant, phone=destination.value)
    return member_known_by(merchant, email__iexact=destination.value)


def may_have_a_new_owner(destination: Destination, *, heard_at: datetime, now: datetime) -> bool:
    """Say whether a phone was silent for so long that it may belong to somebody else by now (RULES 41).

    ``heard_at`` is when the member was last heard of. Addresses of mail are not given out again.
    """
    return destination.kind == "phone" and heard_at < now - RECYCLED_AFTER


def note_visit(*, member: Member, now: datetime) -> None:
    """Remember that the member was heard of."""
    Member.objects.filter(pk=member.pk).update(seen_at=now)


def destinations_of(member: Member) -> list[str]:
    """Return the names under which codes to a member's phone and mailbox are stored."""
    ways = (Destination("phone", member.phone or ""), Destination("email", member.email))
    return [_hash_of(member.merchant, way) for way in ways if way.value]


def member_of_session(*, merchant: Merchant, member_id: int) -> Member | None:
    """Return the member a session remembers, unless they were merged, detached or erased meanwhile."""
    members = Member.objects.for_merchant(merchant).active().select_related("merchant")
    return members.filter(pk=member_id).first()


def purge_codes(*, now: datetime) -> int:
    """Delete codes that no limit counts any more; return how many."""
    return LoginCode.objects.filter(created_at__lt=now - KEPT).delete()[0]


def _check_pace(target: str, asker_hash: str, now: datetime) -> None:
    """Refuse a destination or an asker that asks too often. Raises ``TooMany``."""
    lately = LoginCode.objects.filter(created_at__gt=now - WINDOW).order_by("-created_at")
    for asked, most in (
        (lately.filter(destination_hash=target), MAX_PER_DESTINATION),
        (lately.filter(asker_hash=asker_hash), MAX_PER_ASKER),
    ):
        times = list(asked.values_list("created_at", flat=True)[:most])
        if len(times) == most:
            raise TooMany(wait=max(1, ceil((times[-1] + WINDOW - now).total_seconds())))


def _open_codes(merchant: Merchant, target: str, purpose: str, member: Member | None) -> QuerySet[LoginCode]:
    """Return the codes of one destination and purpose that were not used yet."""
    return LoginCode.objects.filter(
        merchant=merchant, destination_hash=target, purpose=purpose, member=member, used_at__isnull=True
    )


def _hash_of(merchant: Merchant, destination: Destination) -> str:
    """Return the name of a destination at one merchant, which does not tell the destination."""
    return _keyed("destination", f"{merchant.pk}:{destination.kind}:{destination.value}")


def _keyed(salt: str, value: str) -> str:
    """Return a hash that only this installation's secret can make."""
    return salted_hmac(f"accounts.signing_in.{salt}", value, algorithm="sha256").hexdigest()
