"""Reasons as sentences, in Arabic and in English: "1 point per 1.00 SAR", "Gold ×1.5".

The ledger stores codes and parameters (:mod:`programs.reasons`); every screen, message and API
answer words them here, so the member reads the same sentence everywhere. Nothing is looked up:
a reason carries all its sentence needs, and an old row reads the same after the programme changed.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, override, pgettext

from accounts.languages import in_language
from accounts.money import Money
from programs import reasons
from programs.contest_wording import contest_sentences
from programs.goal_wording import goal_sentences
from programs.plan_wording import plan_sentence
from programs.referral_wording import referral_sentences
from programs.terms import CapTerms, Terms
from programs.wording import money_text, most_text, points_text, trigger_text, when_text

__all__ = [
    "cap_sentence",
    "life_sentence",
    "points_text",
    "promises",
    "rule_sentence",
    "sentence",
    "sentences",
    "worth_sentence",
]

Params = Mapping[str, Any]


def sentence(reason: Params, language: str) -> str:
    """One stored reason (``{"code": …, …}``) in ``language``; an unknown code reads "Points"."""
    with override(language):
        wording = _WORDINGS.get(str(reason.get("code", "")), _unknown)
        return wording(reason, language)


def sentences(stored: Iterable[Params], language: str) -> list[str]:
    """Every reason of a row, in its stored order."""
    return [sentence(reason, language) for reason in stored]


def promises(terms: Terms, language: str) -> list[str]:
    """What a programme promises, a sentence per promise: rules, caps, tiers, worth and life of points."""
    rules = [rule_sentence(terms, rule.code, language) for rule in terms.rules]
    rules += [cap_sentence(cap, terms, language) for cap in terms.caps]
    rules += goal_sentences(terms, language)
    rules += contest_sentences(terms, language)
    rules += [plan_sentence(plan, terms.currency, language) for plan in terms.plans]
    raised = [tier for tier in terms.tiers if tier.multiplier != 1]
    tiers = [sentence(terms.reasons[tier.reason_key].as_json(), language) for tier in raised]
    with override(language):
        rules += _for_friends(terms, language)
        return [*rules, *tiers, *_waits(terms), worth_sentence(terms, language), life_sentence(terms)]


def _for_friends(terms: Terms, language: str) -> Iterable[str]:
    """What is promised for a friend who is brought, if anything."""
    if terms.referral is None:
        return ()
    names = {reward.code: in_language(reward, "name", language) for reward in terms.rewards}
    return referral_sentences(terms.referral, names, terms.currency, language)


def rule_sentence(terms: Terms, code: str, language: str) -> str:
    """A rule as the merchant reads it in the programme and the member in the history."""
    return sentence(terms.reasons[code].as_json(), language)


def cap_sentence(cap: CapTerms, terms: Terms, language: str) -> str:
    """A cap or a budget: "Coffee: at most 500 points a day for each member"."""
    about = terms.reasons[cap.rule].params if cap.rule in terms.reasons else {}
    with override(language):
        said = most_text(cap.points, cap.period, cap.scope)
        return gettext("%(rule)s: %(cap)s") % {"rule": _name(about, language), "cap": said} if about else said


def worth_sentence(terms: Terms, language: str) -> str:
    """What points are worth, in the active language: "500 points = 25.00 SAR"."""
    value = Money(terms.block_value_minor, terms.currency).format(language)
    return gettext("%(points)s = %(value)s") % {"points": points_text(terms.block_points), "value": value}


def _waits(terms: Terms) -> list[str]:
    """What points wait for before they can be spent, if anything (RULES 11)."""
    if terms.hold == "days":
        said = ngettext(
            "Points can be spent %(days)s day after the purchase",
            "Points can be spent %(days)s days after the purchase",
            terms.hold_days,
        )
        return [said % {"days": terms.hold_days}]
    if terms.hold == "event":
        return [
            gettext("Points can be spent once the order is %(event)s")
            % {"event": event_text(terms.hold_event)}
        ]
    return []


def event_text(event: str) -> str:
    """What points wait for, in words: our own word for a delivery, else the shop's own word."""
    return {
        "delivered": pgettext("order", "delivered"),
        "picked-up": pgettext("order", "picked up"),
        "paid": pgettext("order", "paid in full"),
        "completed": pgettext("order", "completed"),
    }.get(event, event)


def life_sentence(terms: Terms) -> str:
    """How long points live, in the active language."""
    if terms.expiry_months is None:
        return gettext("Points never expire")
    return ngettext("Points live %(months)s month", "Points live %(months)s months", terms.expiry_months) % {
        "months": terms.expiry_months
    }


def _name(reason: Params, language: str) -> str:
    first, second = ("name_ar", "name_en") if language.startswith("ar") else ("name_en", "name_ar")
    return str(reason.get(first) or reason.get(second) or "")


def _with_circumstances(said: str, reason: Params, language: str) -> str:
    """Add the part of the order and the days and hours, where the reason names them."""
    if "amount_minor" in reason:
        amount = money_text(reason, "amount_minor", language)
        said = gettext("%(rule)s on %(amount)s") % {"rule": said, "amount": amount}
    when = reason.get("when")
    return gettext("%(rule)s, %(when)s") % {"rule": said, "when": when_text(when, language)} if when else said


def _per_amount(reason: Params, language: str) -> str:
    per = money_text(reason, "per_minor", language)
    said = ngettext(
        "%(points)s point per %(amount)s", "%(points)s points per %(amount)s", reason["points"]
    ) % {"points": f"{reason['points']:,}", "amount": per}
    return _with_circumstances(said, reason, language)


def _step(reason: Params, language: str) -> str:
    per = money_text(reason, "per_minor", language)
    said = ngettext(
        "%(points)s point per full %(amount)s", "%(points)s points per full %(amount)s", reason["points"]
    ) % {"points": f"{reason['points']:,}", "amount": per}
    return _with_circumstances(said, reason, language)


def _times(reason: Params, language: str) -> str:
    said = gettext("%(name)s ×%(factor)s") % {"name": _name(reason, language), "factor": reason["factor"]}
    return _with_circumstances(said, reason, language)


def _fixed(reason: Params, language: str) -> str:
    points = points_text(reason["points"])
    said = gettext("%(name)s: %(points)s") % {"name": _name(reason, language), "points": points}
    if "trigger" in reason:
        event = trigger_text(reason["trigger"])
        said = gettext("%(rule)s for each “%(event)s”") % {"rule": said, "event": event}
    return _with_circumstances(said, reason, language)


def _stamp(reason: Params, language: str) -> str:
    said = ngettext(
        "%(name)s: %(stamps)s stamp on “%(gift)s”",
        "%(name)s: %(stamps)s stamps on “%(gift)s”",
        reason["count"],
    )
    return _given(said, reason, language)


def _badge(reason: Params, language: str) -> str:
    return _given(gettext("%(name)s: the badge “%(gift)s”"), reason, language)


def _voucher(reason: Params, language: str) -> str:
    return _given(gettext("%(name)s: “%(gift)s” as a gift"), reason, language)


def _given(said: str, reason: Params, language: str) -> str:
    """What a rule gives beside points, after whichever event and under whichever circumstances."""
    gift = reason["gift_ar" if language.startswith("ar") else "gift_en"]
    said %= {"name": _name(reason, language), "stamps": reason["count"], "gift": gift}
    if "trigger" in reason:
        event = trigger_text(reason["trigger"])
        said = gettext("%(rule)s for each “%(event)s”") % {"rule": said, "event": event}
    return _with_circumstances(said, reason, language)


def _goal(reason: Params, language: str) -> str:
    points = points_text(reason["points"])
    return gettext("You reached “%(name)s”: %(points)s") % {"name": _name(reason, language), "points": points}


def _goal_undone(reason: Params, language: str) -> str:
    return gettext("“%(name)s” is no longer reached: an order came back") % {"name": _name(reason, language)}


def _capped(reason: Params, language: str) -> str:
    said = most_text(reason["points"], reason["period"], reason["scope"])
    name = _name(reason, language)
    said = gettext("%(rule)s: %(cap)s") % {"rule": name, "cap": said} if name else said
    cut = points_text(reason["cut"])
    return gettext("%(cap)s (%(points)s fewer)") % {"cap": said, "points": cut}


def _plan_gave(reason: Params, language: str) -> str:
    return gettext("%(points)s of these thanks to your membership %(name)s") % {
        "points": points_text(int(reason["points"])),
        "name": _name(reason, language) or reason["plan"],
    }


def _paid_with_points(reason: Params, language: str) -> str:
    paid = money_text(reason, "amount_minor", language)
    return gettext("%(amount)s paid with points earns nothing") % {"amount": paid}


def _refund(reason: Params, language: str) -> str:
    if "amount_minor" not in reason:
        return pgettext("history", "Refund")
    return gettext("Refund of %(amount)s") % {"amount": money_text(reason, "amount_minor", language)}


def _redemption(reason: Params, language: str) -> str:
    name = _name(reason, language)
    if name:
        return gettext("Redeemed: %(reward)s") % {"reward": name}
    if "value_minor" in reason:
        return gettext("Redeemed for %(amount)s off") % {
            "amount": money_text(reason, "value_minor", language)
        }
    return pgettext("history", "Redeemed")


def _expired(reason: Params, language: str) -> str:
    if "on" not in reason:
        return gettext("Expired")
    return gettext("Expired on %(day)s") % {"day": date_format(date.fromisoformat(reason["on"]))}


def _adjustment(reason: Params, language: str) -> str:
    note = str(reason.get("note", ""))
    if not note:
        return gettext("Adjusted by the shop")
    return gettext("Adjusted by the shop: %(note)s") % {"note": note}


def _merged_into(reason: Params, language: str) -> str:
    return gettext("Moved to your membership %(number)s") % {"number": reason["number"]}


def _merged_from(reason: Params, language: str) -> str:
    return gettext("Brought over from your membership %(number)s") % {"number": reason["number"]}


def _unmerged(reason: Params, language: str) -> str:
    return gettext("Two memberships were separated again")


def _owed_paid(reason: Params, language: str) -> str:
    points = int(reason["points"])
    return ngettext("%(points)s owed point paid back", "%(points)s owed points paid back", points) % {
        "points": f"{points:,}"
    }


def _outside_window(reason: Params, language: str) -> str:
    days = int(reason["days"])
    return ngettext(
        "No points: the purchase is more than %(days)s day old",
        "No points: the purchase is more than %(days)s days old",
        days,
    ) % {"days": days}


def _nothing_earned(reason: Params, language: str) -> str:
    return gettext("Nothing in this order earns points")


def _referral(reason: Params, language: str) -> str:
    if reason.get("side") == "friend":
        return gettext("You joined through a friend")
    return gettext("A friend joined through you")


def _referral_back(reason: Params, language: str) -> str:
    if reason.get("side") == "friend":
        return gettext("Taken back: your first order was returned")
    return gettext("Taken back: your friend's first order was returned")


def _returned(reason: Params, language: str) -> str:
    return gettext("Points returned")


def _imported(reason: Params, language: str) -> str:
    return gettext("Opening balance")


def _history_only(reason: Params, language: str) -> str:
    return gettext("No points: imported history")


def _paused(reason: Params, language: str) -> str:
    return gettext("No points: the programme is paused")


def _closing(reason: Params, language: str) -> str:
    return gettext("No points: the programme is closing")


def _no_programme(reason: Params, language: str) -> str:
    return gettext("No points: the programme was not open")


def _unknown(reason: Params, language: str) -> str:
    return pgettext("history", "Points")


_WORDINGS: dict[str, Callable[[Params, str], str]] = {
    reasons.PER_AMOUNT: _per_amount,
    reasons.STEP: _step,
    reasons.TIER: _times,
    reasons.MULTIPLIER: _times,
    reasons.FIXED: _fixed,
    reasons.PAID_WITH_POINTS: _paid_with_points,
    reasons.NOTHING_EARNED: _nothing_earned,
    reasons.CAPPED: _capped,
    reasons.PLAN_GAVE: _plan_gave,
    reasons.GOAL: _goal,
    reasons.GOAL_UNDONE: _goal_undone,
    reasons.STAMP: _stamp,
    reasons.BADGE: _badge,
    reasons.VOUCHER: _voucher,
    reasons.REFUND: _refund,
    reasons.REDEMPTION: _redemption,
    reasons.RETURNED: _returned,
    reasons.EXPIRED: _expired,
    reasons.ADJUSTMENT: _adjustment,
    reasons.MERGED_INTO: _merged_into,
    reasons.MERGED_FROM: _merged_from,
    reasons.UNMERGED: _unmerged,
    reasons.OWED_PAID: _owed_paid,
    reasons.REFERRAL: _referral,
    reasons.REFERRAL_BACK: _referral_back,
    reasons.IMPORTED: _imported,
    reasons.HISTORY_ONLY: _history_only,
    reasons.OUTSIDE_WINDOW: _outside_window,
    reasons.PAUSED: _paused,
    reasons.CLOSING: _closing,
    reasons.NO_PROGRAMME: _no_programme,
}
