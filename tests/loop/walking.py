"""Walking the whole installation: every table and the way from it to its merchant, every address."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, OneToOneField
from django.urls import URLPattern, URLResolver

from accounts.models import Merchant

FLOORS = ("accounts", "programs", "ledger", "analytics", "campaigns")


def everything(merchant: Merchant | None = None) -> dict[str, list[Any]]:
    """Return every row of every table of ours, or those that belong to one merchant."""
    rows: dict[str, list[Any]] = {}
    for floor in FLOORS:
        for model in apps.get_app_config(floor).get_models():
            found = model._default_manager.order_by("pk")
            path = way_to_merchant(model) if merchant else ""
            if merchant and path:
                found = found.filter(**{path: merchant.pk})
            if not merchant or path:
                rows[model._meta.label] = list(found.values_list())
    return rows


def way_to_merchant(model: type[Model]) -> str:
    """Return the shortest chain of keys from a table to its merchant; nothing where there is none."""
    ways: list[tuple[str, type[Model]]] = [("", model)]
    seen = {model}
    for way, here in ways:
        if here is Merchant:
            return f"{way}pk"
        for field in here._meta.get_fields():
            if isinstance(field, ForeignKey | OneToOneField) and field.related_model not in seen:
                there = field.related_model
                assert isinstance(there, type)
                seen.add(there)
                ways.append((f"{way}{field.name}__", there))
    return ""


def addresses(resolver: URLResolver, start: str = "") -> Iterator[tuple[str, str, list[str]]]:
    """Yield (route, name, parameters) of every address that names a thing."""
    for entry in resolver.url_patterns:
        route = start + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route)
        elif isinstance(entry, URLPattern):
            names = list(entry.pattern.converters) or list(entry.pattern.regex.groupindex)
            if set(names) - {"slug", "size", "app_label", "url", "piece", "language", "kind"}:
                yield route, entry.name or "", names


def filled(route: str, values: Mapping[str, Any]) -> str:
    """Write values in the places of a route's parameters."""
    for name, value in values.items():
        for kind in ("path", "slug", "int", "str"):
            route = route.replace(f"<{kind}:{name}>", str(value))
        route = route.replace(f"<{name}>", str(value))
    assert "<" not in route, f"what does the rival have for {route}?"
    return f"/{route}"
