"""What an award says beside its rules: what was so on the day, and what its caps took off. Pure."""

from typing import Any, Final

from programs import reasons
from programs.asked import Conditions
from programs.capping import Within
from programs.conditions import Facts, occasion_held
from programs.reasons import Reason
from programs.terms import Terms

NOTHING: Final = Reason(reasons.NOTHING_EARNED)


def told(reason: Reason, key: str, facts: Facts, terms: Terms) -> Reason:
    """The reason with what was so on the day, where its rule asked for it: the award keeps that."""
    asked = terms.dated.get(key)
    return reason.with_params(counted=_counted(asked, facts)) if asked else reason


def _counted(asked: Conditions, facts: Facts) -> dict[str, Any]:
    counted: dict[str, Any] = {}
    occasion = occasion_held(asked, facts)
    if occasion is not None:
        counted["occasion"] = occasion.name
    if asked.segments:
        counted["segments"] = sorted(asked.segments & facts.segments)
    if asked.plans:
        counted["plan"] = facts.plan
    if asked.nth_purchase:
        counted["nth"] = facts.nth
    return counted


def gained(plan: str, points: int, terms: Terms) -> tuple[Reason, ...]:
    """How many points the member has for holding ``plan``: the award without it is so much smaller."""
    if points <= 0:
        return ()
    sold = terms.plan(plan)
    names = {"name_ar": sold.name_ar, "name_en": sold.name_en} if sold else {}
    return (Reason(reasons.PLAN_GAVE, {"plan": plan, "points": points, **names}),)


def cut_reasons(left: Within, terms: Terms) -> list[Reason]:
    """Which cap took how many points off."""
    named = []
    for cap, points in left.cuts:
        params = {"scope": cap.scope, "period": cap.period, "points": cap.points, "cut": points}
        about = terms.reasons[cap.rule].params if cap.rule else {}
        names = {name: about[name] for name in ("rule", "name_ar", "name_en") if name in about}
        named.append(Reason(reasons.CAPPED, params | names))
    return named
