"""What gifts and partners' vouchers ask: the cause that is named or was chosen, the offer of a reward."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Subquery

from accounts.asking import Question, Reader
from ledger.families import OfPerson
from ledger.models import CauseChoice
from ledger.reading.along import Along
from ledger.reading.params import AT, CAUSE, MEMBER, MERCHANT, REWARD
from programs.models import Cause, PartnerOffer, PartnerState
from programs.queries import Timeline

Choice = tuple[datetime, Cause | None]
"""From when on a person's purchases are for which cause, if for any."""

CAUSES, OFFERS = Reader(Cause), Reader(PartnerOffer)
NAMED_CAUSE: Final = Question("cause", Cause.objects.filter(merchant_id=MERCHANT, code=CAUSE), CAUSES.columns)
_newest = CauseChoice.objects.filter(OfPerson("member_id", MEMBER), chosen_at__lte=AT).order_by(
    "-chosen_at", "-id"
)
CHOSEN_CAUSE: Final = Question(
    "cause", Cause.objects.filter(pk=Subquery(_newest.values("cause_id")[:1])), CAUSES.columns
)
"""What the person had chosen when the purchase was made: a late one goes by its own date (RULES 13)."""
NAMED_OFFER: Final = Question(
    "offer",
    PartnerOffer.objects.filter(
        merchant_id=MERCHANT,
        reward_code=REWARD,
        state=PartnerState.ACTIVE.value,
        partner__state=PartnerState.ACTIVE.value,
    ).order_by("id"),
    OFFERS.columns,
)


def cause_of(along: Along) -> Cause | None:
    """The cause that the event names, or that the person had chosen; none where nobody asked."""
    return next(iter(CAUSES.all(along.answers.get("cause", ()))), None)


def offer_of(along: Along) -> PartnerOffer | None:
    """What was agreed with the partner who honours the reward that is asked for."""
    return next(iter(OFFERS.all(along.answers.get("offer", ()))), None)


def choices_of_many(members: Mapping[int, int], promises: Timeline) -> dict[int, list[Choice]]:
    """What many people chose, the oldest first; ``members`` tells which record each counts for."""
    if not any(terms.giving and terms.giving.share_bp for terms in promises.terms):
        return {}
    chosen: dict[int, list[Choice]] = {}
    rows = CauseChoice.objects.filter(member_id__in=members).select_related("cause")
    for row in rows.order_by("chosen_at", "id"):
        chosen.setdefault(members[row.member_id], []).append((row.chosen_at, row.cause))
    return chosen


def chosen_at(choices: Sequence[Choice], moment: datetime) -> Cause | None:
    """The cause that was chosen at a moment."""
    return next((cause for since, cause in reversed(choices) if since <= moment), None)
