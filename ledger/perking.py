"""Which perks of the member's tier an order brings, for the answer: advice that the till applies. Pure."""

from typing import Any

from ledger.drafting import Draft
from programs.calendars import business_date
from programs.occasions import days_in_force
from programs.perks import PerkTerms, advice, occasions_of, perks_of


def told_perks(draft: Draft, goods_minor: int, tier_code: str) -> dict[str, Any]:
    """The fields of the receipt about perks, by the terms in force at the order; none where none promise any.

    ``perks`` are what this order of ``goods_minor`` brings at the tier that priced it, with what the till
    takes off; ``tier_perks`` the codes of all that the tier held after it gives.
    """
    event, context = draft.event, draft.context
    terms = context.terms_at(event.occurred_at)
    if terms is None or not terms.perks:
        return {}
    day = business_date(event.occurred_at, terms.zone)
    named = occasions_of(terms.perks)
    days = days_in_force(named, day, context.rules.occasions, event.occurred_at) if named else ()
    held = draft.tiers.periods[-1].tier_code if draft.tiers and draft.tiers.periods else tier_code
    given = advice(terms.perks, terms.tier(tier_code).code, goods_minor, day, tuple(days))
    return {
        "perks": [_as_json(one.perk, one.off_minor) for one in given],
        "tier_perks": [perk.code for perk in perks_of(terms.perks, terms.tier(held).code)],
    }


def _as_json(perk: PerkTerms, off_minor: int) -> dict[str, Any]:
    said = {"code": perk.code, "kind": perk.kind, "name_ar": perk.name_ar, "name_en": perk.name_en}
    shipping = perk.kind == "reduced_shipping"
    terms = {"percent": perk.percent, "amount_minor": perk.amount_minor} if shipping else {}
    return {**said, "off_minor": off_minor, **{name: value for name, value in terms.items() if value}}
