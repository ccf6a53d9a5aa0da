"""What a database holds, in numbers that a restored copy must show again."""

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Sum
from django.db.models.functions import Coalesce

from accounts.models import Merchant
from ledger.models import Balance, Lot, Movement, SealBlock


def figures(alias: str) -> dict[str, Any]:
    """Rows per table, points per merchant, and the newest seal of every chain."""
    return {"tables": rows_per_table(alias), "merchants": points_per_merchant(alias)}


def rows_per_table(alias: str) -> dict[str, int]:
    """How many rows every table has, by its name."""
    connection = connections[alias]
    there = set(connection.introspection.table_names())
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} & there)
    counted = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 (our names)
            counted[table] = int(cursor.fetchone()[0])
    return counted


def points_per_merchant(alias: str) -> dict[str, dict[str, Any]]:
    """The books of every merchant in one line each, by slug."""
    return {
        slug: {
            "moved": _sum(Movement.objects.using(alias).filter(merchant=pk), "points"),
            "in_lots": _sum(Lot.objects.using(alias).filter(merchant=pk), "remaining"),
            "available": _sum(Balance.objects.using(alias).filter(merchant=pk), "available"),
            "owed": _sum(Balance.objects.using(alias).filter(merchant=pk), "owed"),
            "seal": _head(pk, alias),
        }
        for pk, slug in Merchant.objects.using(alias).order_by("pk").values_list("pk", "slug")
    }


def _sum(rows: Any, column: str) -> int:
    return int(rows.aggregate(total=Coalesce(Sum(column), 0))["total"])


def _head(merchant_id: int, alias: str) -> str:
    """The newest seal of a merchant's chain; nothing before the first."""
    blocks = SealBlock.objects.using(alias).filter(merchant=merchant_id).order_by("-number")
    return str(blocks.values_list("hash", flat=True).first() or "")


def migrations(alias: str) -> list[str]:
    """Every applied migration, as "app.name"."""
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)
