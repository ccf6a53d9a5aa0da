"""What is wrong with a reward: what nobody could ever have, and what pays for itself. Reads only."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from accounts.money import exponent_of
from programs.models import MemberEvent, ProgrammeVersion, Reward, RewardKind
from programs.queries import terms_of
from programs.reward_costs import points_of_spending
from programs.terms import PURCHASE, Terms
from programs.wording import points_text

Found = tuple[str, str]
"""A field of the reward, and what to mend."""

WORTH_MONEY: Final = (RewardKind.MONEY_OFF, RewardKind.GIFT_CARD)
LONGEST_UPGRADE_DAYS: Final = 366
LONGEST_CARD_DAYS: Final = 3660
LARGEST_VALUE_UNITS: Final = 100_000


Given = Callable[[int, Collection[str]], Mapping[str, int]]
"""Of a merchant (id), how many pieces of these rewards are gone, by code."""


def _nobody_counts(_merchant_id: int, _codes: Collection[str]) -> Mapping[str, int]:
    return {}


_given: Given = _nobody_counts


def install(given: Given) -> None:
    """Take over how pieces are counted: the books know, and stand a floor above."""
    global _given
    _given = given


@dataclass(frozen=True, slots=True)
class Around:
    """What a reward stands among: the merchant's currency, codes that it may name, pieces given so far.

    ``terms`` are those of the draft, where they can be read; ``effective_on`` the day they would begin.
    ``free_of`` are the rewards that a purchase gives free with nothing asked that what they give would not
    meet again, ``events`` the codes of those that members are invited to.
    """

    currency: str
    tiers: Collection[str] = ()
    plans: Collection[str] = ()
    given: Mapping[str, int] = field(default_factory=dict)
    terms: Terms | None = None
    effective_on: date | None = None
    free_of: Collection[str] = ()
    events: Collection[str] = ()


def around(version: ProgrammeVersion, rewards: Sequence[Reward], effective_on: date | None) -> Around:
    """What the rewards of a draft stand among; its terms only where a reward could pay for itself."""
    merchant, terms = version.programme.merchant, None
    if any(reward.kind == RewardKind.GIFT_CARD or reward.sku for reward in rewards):
        terms = _measurable(version)
    stocked = [reward.code for reward in rewards if reward.stock is not None]
    return Around(
        currency=merchant.currency,
        tiers={tier.code for tier in version.tiers.all()},
        plans={plan.code for plan in version.plans.all()},
        given=_given(merchant.pk, stocked) if stocked else {},
        terms=terms,
        effective_on=effective_on,
        events=_events(merchant.pk) if any(one.kind == RewardKind.EVENT_PLACE for one in rewards) else (),
        free_of=frozenset(_earning_themselves(rewards, terms)) if terms else (),
    )


def _events(merchant_id: int) -> Collection[str]:
    return set(MemberEvent.objects.filter(merchant=merchant_id).values_list("code", flat=True))


def _measurable(version: ProgrammeVersion) -> Terms | None:
    """The draft's terms, unless something else must be mended before a sale can be worked out."""
    if not version.tiers.all():
        return None
    terms = terms_of(version)
    return terms if all(rule.per_minor > 0 for rule in terms.base_rules) else None


def _earning_themselves(rewards: Sequence[Reward], terms: Terms) -> Iterator[str]:
    """Rewards that buying their own product gives again: no amount asked, and this product or any."""
    products = {reward.code: reward.sku for reward in rewards if reward.sku}
    for rule in terms.rules:
        asked = rule.conditions
        if rule.kind != "voucher" or rule.trigger != PURCHASE or rule.target not in products:
            continue
        meets = products[rule.target] in asked.products if asked.products else not asked.categories
        if meets and not asked.min_amount_minor and not asked.nth_purchase:
            yield rule.target


def reward_problems(reward: Reward, here: Around) -> Iterator[Found]:
    """Everything that is wrong with a reward."""
    yield from _worth_problems(reward, here)
    yield from _kind_problems(reward, here)
    yield from _number_problems(reward, here)
    yield from _day_problems(reward, here)
    yield from _early_problems(reward, here)
    yield from _circle_problems(reward, here)
    yield from _picture_problems(reward)


def _worth_problems(reward: Reward, here: Around) -> Iterator[Found]:
    if reward.kind in WORTH_MONEY and not reward.value_minor:
        yield "value_minor", _("Say how much money it is worth.")
    if reward.kind not in WORTH_MONEY and reward.value_minor:
        yield "value_minor", _("Only money off and gift cards have a face value.")
    if reward.currency and reward.currency != here.currency:
        message = _("It is priced in %(other)s, and the shop sells in %(currency)s.")
        yield "currency", message % {"other": reward.currency, "currency": here.currency}
    if reward.value_minor > LARGEST_VALUE_UNITS * 10 ** exponent_of(here.currency):
        yield "value_minor", _("That is more than a reward can be worth.")


def _kind_problems(reward: Reward, here: Around) -> Iterator[Found]:
    is_upgrade = reward.kind == RewardKind.UPGRADE
    if is_upgrade and not reward.feature:
        yield "feature", _("Name what the upgrade opens, in one word that your app knows.")
    is_place = reward.kind == RewardKind.EVENT_PLACE
    if reward.feature and is_place and reward.feature not in here.events:
        yield "feature", _("There is no “%(code)s” here.") % {"code": reward.feature}
    elif reward.feature and not (is_upgrade or is_place):
        yield "feature", _("Only an upgrade opens something.")
    if is_upgrade and not reward.lasts_days:
        yield "lasts_days", _("Say how many days the upgrade lasts.")
    if reward.lasts_days is not None and reward.kind not in {RewardKind.UPGRADE, RewardKind.GIFT_CARD}:
        yield "lasts_days", _("Only upgrades and gift cards last for some days.")
    most = LONGEST_UPGRADE_DAYS if is_upgrade else LONGEST_CARD_DAYS
    if reward.lasts_days is not None and not 1 <= reward.lasts_days <= most:
        yield "lasts_days", _("It lasts from 1 to %(most)s days.") % {"most": most}


def _number_problems(reward: Reward, here: Around) -> Iterator[Found]:
    given = here.given.get(reward.code, 0)
    if reward.stock is not None and reward.stock < given:
        yield "stock", _("%(given)s are given already: the stock counts them, too.") % {"given": given}
    elif reward.stock == 0:
        yield "stock", _("With none in stock nobody can have it: switch it off instead.")
    if reward.member_limit == 0:
        yield "member_limit", _("A limit of nothing keeps it from everybody: switch it off instead.")


def _day_problems(reward: Reward, here: Around) -> Iterator[Found]:
    first, last = reward.starts_on, reward.ends_on
    if last is not None and first is not None and last < first:
        yield "ends_on", _("It is over before it begins.")
    elif last is not None and here.effective_on is not None and last < here.effective_on:
        yield "ends_on", _("Its last day is over before these terms begin.")
    if reward.from_time is not None and reward.from_time == reward.to_time:
        yield "to_time", _("It opens and closes at the same hour.")


def _early_problems(reward: Reward, here: Around) -> Iterator[Found]:
    """Somebody has it earlier, before a first day that is still to come for everybody else."""
    named = [*reward.early_tiers, *reward.early_plans]
    if not named and not reward.early_days:
        return
    if not named:
        yield "early_tiers", _("Say which tiers or plans have it earlier.")
    elif not reward.early_days:
        yield "early_days", _("Say how many days earlier.")
    if reward.starts_on is None:
        yield "starts_on", _("Early access needs a first day for everybody else.")
    elif here.effective_on is not None and reward.starts_on <= here.effective_on:
        yield "early_days", _("Early access would begin when it is open to all already.")
    for name, known in (("early_tiers", here.tiers), ("early_plans", here.plans)):
        strangers = [code for code in getattr(reward, name) if code not in known]
        if strangers:
            yield name, _("There is no “%(code)s” here.") % {"code": ", ".join(strangers)}
    if reward.tiers and reward.early_tiers and not set(reward.early_tiers) & set(reward.tiers):
        yield "early_tiers", _("These tiers may not have it at all.")


def _circle_problems(reward: Reward, here: Around) -> Iterator[Found]:
    """Using it must not bring back what it cost, nor itself."""
    if reward.kind == RewardKind.GIFT_CARD and reward.points and here.terms is not None:
        back = points_of_spending(here.terms, reward.value_minor)
        if back >= Fraction(reward.points):
            message = _("Spending this gift card earns %(points)s: it would buy itself again, without end.")
            yield "points", message % {"points": points_text(int(back))}
    if reward.code in here.free_of:
        yield "sku", _("A purchase of what this gives would give it again: it would earn itself without end.")


def _picture_problems(reward: Reward) -> Iterator[Found]:
    """A picture says in words what it shows, in both languages or in none (then it is the reward's name)."""
    if reward.picture and bool(reward.picture_alt_ar) != bool(reward.picture_alt_en):
        name = "picture_alt_en" if reward.picture_alt_ar else "picture_alt_ar"
        yield name, _("Say in both languages what the picture shows.")
