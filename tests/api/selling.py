"""Short words for what the rules' tests do again and again."""

import itertools
from typing import Any

from django.utils import timezone

from programs.models import EarnRule, RuleKind
from programs.publishing import draft_of, publish
from tests.cast import Shop

ORDERS = itertools.count(1)


def buy(
    api: Any, amount: str | None = None, /, *, number: str, order: str = "", status: int = 201, **more: Any
) -> Any:
    """Record a purchase and return the answer."""
    body = {"member": number, "order": order or f"o-{next(ORDERS)}"} | more
    if amount is not None:
        body["amount"] = amount
    return api.post("purchases", body, status)


def code_for(api: Any, number: str, points: int) -> str:
    """Set points aside and return the code."""
    return str(
        api.post("redemptions", {"member": number, "points": points}, once=f"issue-{next(ORDERS)}")["code"]
    )


def paid_with(code: str) -> dict[str, Any]:
    """Return the part of a purchase that says it was paid with this code."""
    return {"tenders": [{"type": "points", "code": code}]}


def balance(api: Any, number: str) -> Any:
    """Return the member's balance."""
    return api.get(f"members/{number}/balance")


def new_terms(shop: Shop, *, only: bool = False, rule: dict[str, Any] | None = None, **terms: Any) -> None:
    """Publish new terms from now on: with one more `rule` (or `only` that one), and the version's `terms`."""
    draft = draft_of(programme=shop.version.programme)
    if only:
        draft.rules.all().delete()
    if rule:
        names = {"name_ar": rule["code"], "name_en": rule["code"], "kind": RuleKind.MULTIPLIER}
        EarnRule.objects.create(version=draft, **names | rule)
    for name, value in terms.items():
        setattr(draft, name, value)
    draft.save()
    publish(version=draft, actor="test", effective_from=timezone.now(), now=timezone.now())
