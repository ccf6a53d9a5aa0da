"""What is promised for a friend, in words of the active language (for ``programs.sentences``)."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext, ngettext

from accounts.money import Money
from programs.referring import ReferralTerms, Side
from programs.wording import points_text


def referral_sentences(
    terms: ReferralTerms, rewards: Mapping[str, str], currency: str, language: str
) -> Iterator[str]:
    """What each side gets, and when; ``rewards`` are names by code."""
    mine, theirs = (_gift(terms, side, rewards) for side in ("bringer", "friend"))
    if mine:
        yield gettext("For a friend you bring: %(gift)s") % {"gift": mine}
    if theirs:
        yield gettext("For joining through a friend: %(gift)s") % {"gift": theirs}
    least = Money(terms.least_minor, currency).format(language) if terms.least_minor else ""
    if terms.window_days:
        said = ngettext(
            "Both count %(days)s day after the friend's first order, unless it is returned",
            "Both count %(days)s days after the friend's first order, unless it is returned",
            terms.window_days,
        )
        yield said % {"days": terms.window_days}
    if least:
        yield gettext("The friend's first order has to be at least %(amount)s") % {"amount": least}


def _gift(terms: ReferralTerms, side: Side, rewards: Mapping[str, str]) -> str:
    points, code = terms.points(side), terms.reward(side)
    parts = (points_text(points) if points else "", rewards.get(code, code))
    return gettext(", ").join(part for part in parts if part)
