"""A phone number has a new owner (RULES 41): the old record is kept whole and entered by nobody.

Its new owner joins as a new member. Staff still find the old record and may give it a new phone.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.errors import Conflict, Invalid, PhoneTaken
from accounts.models import Detachment, Member
from accounts.phones import e164, region_of

LONGEST_REASON = 200


def detach(
    *, member: Member, source: str, actor: str, now: datetime, reason: str = "", phone: str | None = None
) -> Member:
    """Let ``phone`` (the member's own, unless it came with a record merged into theirs) lead here no longer.

    Points, history and consents stay. Raises ``Invalid`` without such a phone, ``Conflict`` the second time.
    """
    if len(reason) > LONGEST_REASON or "\x00" in reason:
        raise Invalid(field="reason")
    number = phone or member.phone
    if not number:
        raise Invalid(field="phone")
    with transaction.atomic():
        records = Member.objects.filter(merchant=member.merchant, phone=number, detached_at__isnull=True)
        mine = records.filter(pk=member.pk) | records.filter(merged_into=member)
        found = list(mine.filter(erased_at__isnull=True).order_by("pk").values_list("pk", flat=True))
        if not Member.objects.filter(pk__in=found, detached_at__isnull=True).update(detached_at=now):
            raise Conflict(field="phone")
        Detachment.objects.bulk_create(
            [Detachment(member_id=pk, reason=reason, source=source, actor=actor, at=now) for pk in found],
            ignore_conflicts=True,
        )
    member.refresh_from_db(fields=["detached_at"])
    return member


def attach(*, member: Member, phone: str, actor: str, now: datetime) -> Member:
    """Give a detached member a new phone, by which they are entered again.

    Raises ``BadPhone``, ``Conflict`` for a record that is not detached, ``PhoneTaken``.
    """
    number = e164(phone, region_of(member.merchant.currency))
    detached = Member.objects.filter(
        pk=member.pk, detached_at__isnull=False, merged_into__isnull=True, erased_at__isnull=True
    )
    try:
        with transaction.atomic():
            if not detached.update(phone=number, detached_at=None):
                raise Conflict(field="phone")
            open_ones = Detachment.objects.filter(member=member, ended_at__isnull=True)
            open_ones.update(ended_at=now, ended_by=actor)
    except IntegrityError as error:
        raise PhoneTaken(field="phone") from error
    member.refresh_from_db(fields=["phone", "detached_at"])
    return member
