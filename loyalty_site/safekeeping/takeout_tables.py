"""Which tables a merchant takes away and how their columns are written: read from the models.

Whatever belongs to a merchant comes along, unless it is named in ``LEFT_OUT`` with the reason; a table that
is added later is in the export of the next day.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant
from accounts.money import exponent_of

FLOORS: Final = ("accounts", "programs", "ledger", "analytics", "campaigns")
LEFT_OUT: Final = {
    "accounts.ApiKey": "secrets of machines, hashed",
    "accounts.CallKey": "hashes of calls, kept for retries",
    "accounts.LoginCode": "secrets of members, hashed",
    "accounts.ErasedContact": "hashes that only this installation can read",
    "accounts.OutboxEvent": "news between the parts of this installation",
    "accounts.OutboxDelivery": "news between the parts of this installation",
    "accounts.Takeout": "the exports themselves",
    "ledger.PostingKey": "answers kept for retries",
    "ledger.MoyasarKeys": "secrets of machines, encrypted",
    "ledger.HookEvent": "what machines told this installation",
    "ledger.ShopCoupon": "which redemption is a coupon at which shop; the redemption is exported itself",
    "ledger.ShopLink": "secrets of machines, encrypted",
    "ledger.ShopNews": "what machines told this installation",
    "ledger.ShopOrder": "which order of a shop became which purchase, which is exported itself",
    "ledger.ImportRun": "how files came in here",
    "ledger.ImportIssue": "how files came in here",
    "ledger.WorkShard": "how work is shared out among the workers of this installation",
    "ledger.SealEntry": "which row is in which sealed block of this installation",
    "analytics.DormancyModel": "computed from the rest",
    "analytics.DormancyScore": "computed from the rest",
    "analytics.Snapshot": "computed from the rest",
    "analytics.RewindRun": "computed from the rest",
    "analytics.RewindScenario": "computed from the rest",
    "analytics.RewindPart": "how work is shared out among the workers of this installation",
    "analytics.RewindDifference": "computed from the rest",
    "campaigns.WebhookEndpoint": "addresses of machines with their secrets, encrypted",
    "campaigns.WebhookDelivery": "what this installation told machines",
}
"""Tables of a merchant that stay, and why."""
ALSO: Final = {
    "accounts.Staff": (
        ("email", "user__email", _("e-mail")),
        ("first_name", "user__first_name", _("first name")),
        ("last_name", "user__last_name", _("last name")),
    )
}
"""Columns that stand in another table, which is not the merchant's: (name, path, meaning)."""
SECRET: Final = frozenset({
    "ledger.Membership.card_token", "programs.Partner.link_code", "programs.Partner.pin_hash",
    "programs.Partner.key_hash",
})  # fmt: skip
"""Columns that stay: they open something."""
NEVER_SUMMED: Final = (models.ForeignKey, models.AutoField, models.BigAutoField)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its name, where its value is read, its kind, and the field it comes from."""

    name: str
    path: str
    kind: str
    meaning: Any
    choices: tuple[tuple[str, Any], ...] = ()
    refers_to: str = ""

    @property
    def is_summed(self) -> bool:
        """Whether the column adds up to something."""
        return self.kind in {"money", "points"}


@dataclass(frozen=True, slots=True)
class Table:
    """One file: the model behind it, the way from a row to its merchant, and its columns."""

    name: str
    model: type[models.Model]
    way: str
    columns: tuple[Column, ...]
    has_own_currency: bool

    def rows(self, alias: str, merchant: Merchant) -> "models.QuerySet[Any]":
        """This merchant's rows."""
        return self.model._default_manager.using(alias).filter(**{self.way: merchant.pk}).order_by("pk")


KINDS: Final = {
    "money": _("amount of money, as decimal text"),
    "points": _("whole number"),
    "number": _("whole number"),
    "moment": _("moment with its zone (ISO 8601)"),
    "day": _("day (ISO 8601)"),
    "yes_no": _("true or false"),
    "json": _("JSON"),
    "row": _("id of a row in %(file)s"),
    "text": _("text"),
}


def tables() -> list[Table]:
    """Every table that a merchant takes away, floor by floor."""
    found = []
    for floor in FLOORS:
        for model in apps.get_app_config(floor).get_models():
            way = way_to_merchant(model)
            if way and model._meta.label not in LEFT_OUT:
                own = any(field.name == "currency" for field in model._meta.concrete_fields)
                found.append(Table(file_of(model), model, way, tuple(_columns(model)), own))
    return found


@cache
def way_to_merchant(model: type[models.Model]) -> str:
    """The shortest chain of keys, none of which may be empty, from a row to its merchant; else nothing."""
    ways: list[tuple[str, type[models.Model]]] = [("", model)]
    seen = {model}
    for way, here in ways:
        if here is Merchant:
            return f"{way}pk"
        for field in here._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and not field.null and field.related_model not in seen:
                there = field.related_model
                if isinstance(there, type):
                    seen.add(there)
                    ways.append((f"{way}{field.name}__", there))
    return ""


def file_of(model: type[models.Model]) -> str:
    """PurchaseLine → "purchase_lines"."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model.__name__).lower()
    if name.endswith("y") and not name.endswith(("ay", "ey", "oy")):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch")) else f"{name}s"


def _columns(model: type[models.Model]) -> Iterator[Column]:
    for field in model._meta.concrete_fields:
        if isinstance(field, models.CompositePrimaryKey) or str(field) in SECRET:
            continue
        refers_to = ""
        if isinstance(field, models.ForeignKey) and isinstance(field.related_model, type):
            refers_to = file_of(field.related_model)
        yield Column(
            name=field.attname.removesuffix("_minor"),
            path=field.attname,
            kind=_kind(field),
            meaning=field.verbose_name,
            choices=tuple((str(value), label) for value, label in field.flatchoices),
            refers_to=refers_to,
        )
    for name, path, meaning in ALSO.get(model._meta.label, ()):
        yield Column(name, path, "text", meaning)


def _kind(field: "models.Field[Any, Any]") -> str:
    """What the values of a field are, in one of ``KINDS``."""
    if field.name.endswith("_minor"):
        return "money"
    if isinstance(field, models.ForeignKey):
        return "row"
    if isinstance(field, models.BigIntegerField) and not isinstance(field, NEVER_SUMMED):
        return "points"
    kinds: tuple[tuple[Any, str], ...] = (
        (models.BooleanField, "yes_no"),
        (models.DateTimeField, "moment"),
        (models.DateField, "day"),
        (models.JSONField, "json"),
        (models.IntegerField, "number"),
    )
    return next((kind for base, kind in kinds if isinstance(field, base)), "text")


def writers(table: Table, merchant: Merchant) -> list[Callable[[Any, str], Any]]:
    """How the values of each column are written: (value, currency) → a JSON value."""
    zone = merchant.timezone

    def moment(value: datetime, _currency: str) -> str:
        return value.astimezone(zone).isoformat()

    def day(value: date, _currency: str) -> str:
        return value.isoformat()

    def plain(value: Any, _currency: str) -> Any:
        return value if isinstance(value, bool | int | str | list | dict) else str(value)

    known: dict[str, Callable[[Any, str], Any]] = {"money": money, "moment": moment, "day": day}
    return [known.get(column.kind, plain) for column in table.columns]


def money(amount_minor: int, currency: str) -> str:
    """1250 SAR → "12.50": exact, without separators."""
    places = exponent_of(currency)
    sign, digits = "-" if amount_minor < 0 else "", str(abs(amount_minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def in_a_cell(value: Any) -> Any:
    """A JSON value as one cell of a CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
