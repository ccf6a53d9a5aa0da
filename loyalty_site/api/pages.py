"""Lists in bounded pages: a cursor says where the last page ended, so new rows shift nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from accounts.errors import Invalid
from loyalty_site.api.fields import Strict, Text

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")
Place = tuple[datetime, int]

MOST: Final = 200
SALT: Final = "api.pages"
LIMIT: Final = OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50})
CURSOR: Final = OpenApiParameter("cursor", str, description="The `next` of the page before.")


class PageQuery(Strict):
    """How many rows, and from where on."""

    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=MOST)
    cursor = Text(required=False, max_length=200)


def page_of(rows: QuerySet[Row], asked: dict[str, Any], *, by: str = "occurred_at") -> dict[str, Any]:
    """Return one page of `rows`, the latest by the instant `by` first, and the next cursor.

    Raises `Invalid` for a cursor that is not ours.
    """
    before = place_of(asked)
    if before is not None:
        at, pk = before
        rows = rows.filter(Q(**{f"{by}__lt": at}) | Q(**{by: at}, pk__lt=pk))
    found = list(rows.order_by(f"-{by}", "-pk")[: asked["limit"] + 1])
    return cut(found, asked["limit"], lambda row: (getattr(row, by), row.pk))


def cut(found: list[Item], limit: int, place: Callable[[Item], Place]) -> dict[str, Any]:
    """Return the first `limit` of `found`, and a cursor when there are more."""
    shown = found[:limit]
    return {"results": shown, "next": _write(place(shown[-1])) if len(found) > limit else None}


def place_of(asked: dict[str, Any]) -> Place | None:
    """Return where the page begins; nothing for the first. Raises `Invalid` for a cursor that is not ours."""
    if "cursor" not in asked:
        return None
    try:
        at, pk = signing.loads(asked["cursor"], salt=SALT)
    except signing.BadSignature:
        raise Invalid(field="cursor") from None
    return datetime.fromisoformat(at), pk


def _write(place: Place) -> str:
    at, pk = place
    return signing.dumps([at.isoformat(), pk], salt=SALT)
