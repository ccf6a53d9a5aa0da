"""What stands in an export, file by file and column by column, in Arabic and in English.

Made from the models' own names, so that it says what the files hold and cannot go stale.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext, override

from accounts.models import Merchant
from loyalty_site.safekeeping.takeout_tables import KINDS, Column, Table


def readme(tables: list[Table], manifest: dict[str, Any], merchant: Merchant) -> str:
    """Return the page in Markdown: Arabic first, English after it."""
    parts = []
    for language, direction in (("ar", "rtl"), ("en", "ltr")):
        with override(language):
            body = "\n".join(_page(tables, manifest, merchant))
        parts.append(f'<div dir="{direction}" lang="{language}">\n\n{body}\n\n</div>\n')
    return "\n".join(parts)


def _page(tables: list[Table], manifest: dict[str, Any], merchant: Merchant) -> Iterator[str]:
    title = gettext("Everything of %(merchant)s") % {"merchant": merchant.name}
    yield f"# {title}\n"
    yield gettext("Made on %(moment)s. Moments are in the zone %(zone)s; amounts are in %(currency)s.") % {
        "moment": manifest["made_at"], "zone": manifest["zone"], "currency": manifest["currency"],
    }  # fmt: skip
    yield ""
    yield gettext(
        "Every file is there twice: as JSON lines (.jsonl, exact) and as CSV (UTF-8; a cell that a "
        "spreadsheet would run begins with an apostrophe). manifest.json holds the number of rows, the sums, "
        "and a SHA-256 of every file."
    )
    yield ""
    yield gettext(
        "import/balances.csv and then import/purchases.csv can be brought into another installation as they "
        "are. They hold purchases at their full amount and points that can be spent; refunds, owed and "
        "pending points stand in the other files only."
    )
    for table in tables:
        yield from _file(table, manifest["files"][table.name]["rows"])


def _file(table: Table, rows: int) -> Iterator[str]:
    yield f"\n## `{table.name}` — {table.model._meta.verbose_name_plural}\n"
    yield gettext("Rows: %(rows)s") % {"rows": f"{rows:,}"}
    titles = (gettext("Column"), gettext("Meaning"), gettext("What it holds"))
    yield f"\n| {' | '.join(titles)} |"
    yield "| --- | --- | --- |"
    for column in table.columns:
        yield f"| `{column.name}` | {column.meaning} | {_held(column)} |"
    if any(column.kind == "money" for column in table.columns) and not table.has_own_currency:
        currency = gettext("currency")
        yield f"| `currency` | {currency} | {KINDS['text']} |"


def _held(column: Column) -> str:
    """What the values are: their kind, and the values that can be."""
    kind = str(KINDS[column.kind])
    if column.kind == "row":
        return kind % {"file": f"`{column.refers_to}`"}
    if not column.choices:
        return kind
    return ", ".join(f"`{value}` = {label}" for value, label in column.choices if value)
