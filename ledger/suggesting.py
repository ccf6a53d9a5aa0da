"""The next reward to speak of with a member: the cheapest of what they like, can have, or nearly can.

No model: three plain questions, in this order. What they took before and can have again; what they can have;
what only points keep from them, the nearest first. Whoever shows it says which of the three it was.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import Member
from ledger.catalogue import OPEN, rewards_for
from ledger.families import family_of
from ledger.models import Redemption
from ledger.models.redemptions import RedemptionOrigin
from programs.having import RewardOffer
from programs.sentences import points_text


class Because(StrEnum):
    """Why a reward is suggested."""

    LIKED = "liked"
    AFFORDABLE = "affordable"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A reward and why it is suggested; ``had`` is how often the member took it before."""

    offer: RewardOffer
    because: Because
    had: int = 0


def suggestion_for(member: Member, *, now: datetime) -> Suggestion | None:
    """What to suggest to a member now; nothing where nothing in the catalogue may be theirs."""
    taken = Redemption.objects.filter(
        member_id__in=family_of(member.pk), origin=RedemptionOrigin.POINTS, state__in=OPEN
    ).exclude(reward_code="")
    return suggest(rewards_for(member, now=now), Counter(taken.values_list("reward_code", flat=True)))


def suggest(offers: Sequence[RewardOffer], had: Counter[str]) -> Suggestion | None:
    """The same of plain values. Pure."""
    open_now = sorted((one for one in offers if one.is_affordable), key=lambda one: one.reward.points)
    liked = [one for one in open_now if had[one.reward.code]]
    if liked:
        return Suggestion(liked[0], Because.LIKED, had[liked[0].reward.code])
    if open_now:
        return Suggestion(open_now[0], Because.AFFORDABLE)
    short = [one for one in offers if one.is_only_short]
    nearest = min(short, key=lambda one: (one.missing_points, one.reward.points), default=None)
    return Suggestion(nearest, Because.NEAREST, had[nearest.reward.code]) if nearest else None


def why_text(suggestion: Suggestion, language: str) -> str:
    """The reason as a sentence."""
    with override(language):
        if suggestion.because is Because.LIKED:
            text = ngettext(
                "They took it %(times)s time before and can have it again.",
                "They took it %(times)s times before and can have it again.",
                suggestion.had,
            )
            return text % {"times": suggestion.had}
        if suggestion.because is Because.AFFORDABLE:
            return _("The cheapest reward that their points buy now.")
        missing = points_text(suggestion.offer.missing_points)
        return _("The nearest reward: %(points)s to go.") % {"points": missing}
