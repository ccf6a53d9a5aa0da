"""Joining and changing: the one way a member record comes about or is edited."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import outbox, topics
from accounts.errors import BadEmail, Conflict, Invalid, PhoneTaken
from accounts.models import Consent, Member, Merchant
from accounts.phones import e164, region_of
from accounts.queries import member_known_by

# Crockford's alphabet without vowels: readable aloud, and no word appears by chance. Without M, too: it
# begins a membership number, and a code that began with it would be looked for among the members.
ALPHABET: Final = "23456789BCDFGHJKNPQRSTVWXYZ"
TRIES: Final = 3
EDITABLE: Final = frozenset(
    {"phone", "email", "given_name", "family_name", "gender", "birthday", "language", "external_id"}
)
PROFILE: Final = frozenset({"email", "given_name", "family_name", "gender", "birthday"})
"""What people say about themselves, and may be thanked for."""


def readable_code(length: int) -> str:
    """Return a random code that can be read aloud and is no phone; 8 characters hold 38 bits."""
    code = "".join(secrets.choice(ALPHABET) for _letter in range(length))
    return readable_code(length) if code.isdigit() else code


def clean_email(text: str) -> str:
    """Return an e-mail address in lower case, or nothing. Raises ``BadEmail``."""
    address = text.strip().lower()
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadEmail(field="email") from error
    return address


def check_birthday(birthday: date | None, *, today: date) -> None:
    """Refuse a birthday in the future or before 1900. Raises ``Invalid``."""
    if birthday is not None and not date(1900, 1, 1) <= birthday <= today:
        raise Invalid(field="birthday")


def new_member(*, merchant: Merchant, now: datetime, source: str, **fields: Any) -> Member:
    """Return an unsaved member with fresh numbers; phone and e-mail in their one spelling."""
    phone, email = fields.pop("phone", None) or None, fields.pop("email", "") or ""
    fields.setdefault("language", merchant.languages[0])
    check_birthday(fields.get("birthday"), today=now.astimezone(merchant.timezone).date())
    return Member(
        merchant=merchant,
        phone=e164(phone, region_of(merchant.currency)) if phone else None,
        email=clean_email(email),
        number=fresh_number(),
        referral_code=fresh_referral_code(),
        joined_at=now,
        source=source,
        **fields,
    )


def join(
    *, merchant: Merchant, now: datetime, source: str, actor: str, quiet: bool = False, **fields: Any
) -> tuple[Member, bool]:
    """Return the member with this phone, or make one; the flag says whether it is new.

    Two sign-ups at once make one member (RULES 41): the loser of the race finds the winner's row.
    ``quiet`` tells nobody (history). Raises ``BadPhone``, ``BadEmail``, ``Invalid``, ``Conflict``.
    """
    member = new_member(merchant=merchant, now=now, source=source, **fields)
    for _try in range(TRIES):
        found = _same_person(member)
        if found is not None:
            return found, False
        try:
            _enter(member, now=now, quiet=quiet)
        except IntegrityError:
            if not (_draw_again(member) or _same_person(member)):
                raise _taken(member) from None
        else:
            return member, True
    raise Conflict


def _enter(member: Member, *, now: datetime, quiet: bool) -> None:
    with transaction.atomic():
        member.save(force_insert=True)
        if not quiet:
            outbox.append(
                merchant_id=member.merchant_id,
                topic=topics.MEMBER_JOINED,
                member_id=member.pk,
                now=now,
                payload={"source": member.source},
            )


def _draw_again(member: Member) -> bool:
    """Give the member other random words where somebody has theirs; whether it was so."""
    others = Member.objects.for_merchant(member.merchant)
    taken = others.filter(Q(number=member.number) | Q(referral_code=member.referral_code)).exists()
    if taken:
        member.number, member.referral_code = fresh_number(), fresh_referral_code()
    return taken


def fresh_number() -> str:
    """Return a membership number that few can have already: 33 bits."""
    return f"M-{readable_code(7)}"


def fresh_referral_code() -> str:
    """Return a referral code that few can have already: 33 bits."""
    return readable_code(7)


def _same_person(member: Member) -> Member | None:
    """Return the active member with the same phone or, where no phone is known, the same outer id."""
    if member.phone is not None:
        by = {"phone": member.phone}
    elif member.external_id:
        by = {"external_id": member.external_id}
    else:
        return None
    return member_known_by(member.merchant, **by)


def _taken(member: Member) -> Conflict:
    """Which of the member's names another one has."""
    others = Member.objects.for_merchant(member.merchant).exclude(pk=member.pk)
    if member.phone and others.active().filter(phone=member.phone).exists():
        return PhoneTaken(field="phone")
    if member.email and others.active().filter(email__iexact=member.email).exists():
        return Conflict(field="email")
    return Conflict(field="external_id") if member.external_id else Conflict()


def change_member(*, member: Member, now: datetime, changes: Mapping[str, Any]) -> Member:
    """Save ``changes`` to a member's own fields. Raises ``Invalid``, ``Conflict`` and their leaves."""
    unknown = set(changes) - EDITABLE
    if unknown:
        raise Invalid(field=min(unknown))
    today = now.astimezone(member.merchant.timezone).date()
    values = dict(changes)
    if values.get("phone"):
        values["phone"] = e164(values["phone"], region_of(member.merchant.currency))
    if "email" in values:
        values["email"] = clean_email(values["email"] or "")
    if "birthday" in values and values["birthday"] != member.birthday:
        check_birthday(values["birthday"], today=today)
        member.birthday_changed_on = today
    for name, value in values.items():
        setattr(member, name, value)
    try:
        with transaction.atomic():
            member.save(update_fields=[*values, "birthday_changed_on"])
            if values.keys() & PROFILE:
                outbox.append(
                    merchant_id=member.merchant_id, topic=topics.MEMBER_CHANGED, member_id=member.pk, now=now
                )
    except IntegrityError as error:
        raise _taken(member) from error
    return member


def record_consent(
    *, member: Member, channel: str, purpose: str, granted: bool, source: str, actor: str, now: datetime
) -> Consent:
    """Add the member's answer about one channel and purpose; withdrawing is as easy as giving."""
    return Consent.objects.create(
        member=member,
        channel=channel,
        purpose=purpose,
        granted=granted,
        source=source,
        actor=actor,
        language=member.language,
        at=now,
    )
