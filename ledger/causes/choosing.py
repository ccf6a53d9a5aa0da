"""Which cause a member wants the shop's share of their purchases to go to."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Member, Merchant
from ledger.causes.errors import CauseUnavailable
from ledger.families import family_of
from ledger.models import CauseChoice
from programs.models import Cause


def choose_cause(*, member: Member, code: str, actor: str, now: datetime) -> Cause | None:
    """Remember the member's choice from now on; an empty code chooses none. Saying it again adds nothing.

    Raises ``CauseUnavailable``.
    """
    cause = None
    if code:
        causes = Cause.objects.filter(merchant=member.merchant_id, code=code, is_active=True)
        cause = causes.first()
        if cause is None:
            raise CauseUnavailable(field="cause")
    if chosen_cause(member) != cause:
        CauseChoice.objects.create(
            merchant_id=member.merchant_id, member=member, cause=cause, chosen_at=now, actor=actor
        )
    return cause


def open_causes(merchant: Merchant) -> QuerySet[Cause]:
    """The causes of a shop that can be given to."""
    return Cause.objects.filter(merchant=merchant, is_active=True).order_by("id")


def chosen_cause(member: Member) -> Cause | None:
    """The cause the person chose last, by whichever record; None where none is chosen."""
    choices = CauseChoice.objects.filter(member__in=family_of(member.pk)).select_related("cause")
    newest = choices.order_by("-chosen_at", "-id").first()
    return newest.cause if newest else None
