"""What is wrong with a referral offer: what nobody could ever get. Pure."""

from collections.abc import Collection, Iterator
from typing import Final

from django.utils.translation import gettext as _

from programs.models import ReferralOffer

Found = tuple[str, str]
"""A field of the offer, and what to mend."""

LONGEST_WINDOW: Final = 365


def referral_problems(offer: ReferralOffer, rewards: Collection[str]) -> Iterator[Found]:
    """Everything to mend in ``offer``; ``rewards`` are the codes of its version's active ones."""
    given = (offer.bringer_points, offer.friend_points, offer.bringer_reward, offer.friend_reward)
    if not any(given):
        yield "bringer_points", _("Give something to at least one of the two, or take the offer out.")
    for name in ("bringer_reward", "friend_reward"):
        code = getattr(offer, name)
        if code and code not in rewards:
            yield name, _("There is no “%(code)s” here.") % {"code": code}
    if offer.window_days > LONGEST_WINDOW:
        yield "window_days", _("An order may be returned for a year at most.")
    if offer.most_per_month < 1:
        yield "most_per_month", _("At least one friend comes without somebody looking.")
