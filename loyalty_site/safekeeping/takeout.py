"""A merchant whole, to take away: JSON lines and CSV, a manifest that ties to the books, a README.

Everything is read at one moment and written row by row: memory does not grow with the merchant. Cells of CSV
files are harmless in a spreadsheet; the JSON lines hold what is in the books, letter by letter.
"""

import csv
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from django.db.models import Sum
from django.db.models.functions import Coalesce

from accounts.models import Merchant
from accounts.spreadsheets import harmless
from loyalty_site.safekeeping.encrypting import encrypt, public_key
from loyalty_site.safekeeping.engines import landing_place
from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.frozen import frozen
from loyalty_site.safekeeping.takeout_imports import write_imports
from loyalty_site.safekeeping.takeout_readme import readme
from loyalty_site.safekeeping.takeout_tables import Table, in_a_cell, money, tables, writers
from loyalty_site.safekeeping.workrooms import workroom

AT_ONCE: Final = 2_000
Progress = Callable[[int, int], None]


def export_merchant(
    *,
    merchant: Merchant,
    output: Path,
    now: datetime,
    progress: Progress | None = None,
    encrypt_to: str = "",
) -> dict[str, Any]:
    """Write the merchant into the new folder ``output``, or into one file where it ends in .zip.

    With a public key it is one file, a zip encrypted to that key, whatever its name.

    Returns the manifest. Raises ``SafekeepingError``; nothing half-written bears that name then.
    """
    if output.exists():
        raise SafekeepingError(f"{output} is there already; choose another name.")
    if not output.parent.is_dir():
        raise SafekeepingError(f"There is no folder {output.parent}.")
    if encrypt_to:
        public_key(encrypt_to)  # refused before the work, not after it
    try:
        with workroom(landing_place()) if encrypt_to else _beside(output) as scratch:
            folder = scratch / "export"
            folder.mkdir(mode=0o700)
            manifest = _write_all(folder, merchant, now, progress or (lambda _done, _of: None))
            if encrypt_to:
                encrypt(_zipped(folder, scratch / "export.zip"), output, to=encrypt_to)
            elif output.suffix.lower() == ".zip":
                _zipped(folder, scratch / "export.zip").replace(output)
            else:
                folder.replace(output)
    except OSError as error:
        raise SafekeepingError(f"{output} could not be written: {error.strerror or error}.") from error
    return manifest


@contextmanager
def _beside(output: Path) -> Iterator[Path]:
    """Yield a folder beside the output, which only needs to be renamed then."""
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as folder:
        yield Path(folder)


def _write_all(folder: Path, merchant: Merchant, now: datetime, progress: Progress) -> dict[str, Any]:
    """Write every table, the files for another house, the manifest and the README."""
    chosen = tables()
    files: dict[str, Any] = {}
    with frozen() as alias:
        for done, table in enumerate(chosen):
            progress(done, len(chosen))
            files[table.name] = _write_table(folder, table, merchant, alias)
            _tie(table, files[table.name], merchant, alias)
        imports = write_imports(folder, merchant, now, alias)
    progress(len(chosen), len(chosen))
    books = _books(files)
    manifest = {
        "merchant": merchant.slug,
        "made_at": now.astimezone(merchant.timezone).isoformat(),
        "zone": merchant.zone,
        "currency": merchant.currency,
        "files": files,
        "for_import": imports,
        "books": books,
        "sha256": {str(path.relative_to(folder)): _sha256(path) for path in _files(folder)},
    }
    _write_text(folder / "manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False))
    _write_text(folder / "README.md", readme(chosen, manifest, merchant))
    return manifest


def _write_table(folder: Path, table: Table, merchant: Merchant, alias: str) -> dict[str, Any]:
    """Write one table as JSON lines and as CSV; how many rows, and what their columns add up to."""
    write = writers(table, merchant)
    names = [column.name for column in table.columns]
    has_money = any(column.kind == "money" for column in table.columns)
    adds_currency = has_money and not table.has_own_currency
    currency_at = names.index("currency") if table.has_own_currency else None
    header = [*names, "currency"] if adds_currency else names
    summed = [place for place, column in enumerate(table.columns) if column.is_summed]
    totals, count = dict.fromkeys(summed, 0), 0
    with _private(folder / f"{table.name}.jsonl") as lines, _private(folder / f"{table.name}.csv") as cells:
        sheet = csv.writer(cells)
        sheet.writerow(header)
        for row in (
            table.rows(alias, merchant)
            .values_list(*(column.path for column in table.columns))
            .iterator(chunk_size=AT_ONCE)
        ):
            own = "" if currency_at is None else row[currency_at]
            currency = own or merchant.currency
            values = [
                None if value is None else one(value, currency) for one, value in zip(write, row, strict=True)
            ]
            values += [currency] if adds_currency else []
            lines.write(json.dumps(dict(zip(header, values, strict=True)), ensure_ascii=False) + "\n")
            sheet.writerow([harmless(in_a_cell(value)) for value in values])
            for place in summed:
                totals[place] += row[place] or 0
            count += 1
    return {
        "rows": count,
        "sums": {
            table.columns[place].name: _total(table, place, total, merchant)
            for place, total in totals.items()
        },
    }


def _total(table: Table, place: int, total: int, merchant: Merchant) -> Any:
    return money(total, merchant.currency) if table.columns[place].kind == "money" else total


def _tie(table: Table, written: dict[str, Any], merchant: Merchant, alias: str) -> None:
    """Compare what was written with what the database adds up to. Raises ``SafekeepingError``."""
    rows = table.rows(alias, merchant)
    columns = [column for column in table.columns if column.is_summed]
    found = rows.order_by().aggregate(
        **{f"sum_{column.path}": Coalesce(Sum(column.path), 0) for column in columns}
    ) if columns else {}  # fmt: skip
    wanted = {
        column.name: _total(table, table.columns.index(column), found[f"sum_{column.path}"], merchant)
        for column in columns
    }
    if (rows.count(), wanted) != (written["rows"], written["sums"]):
        raise SafekeepingError(f"{table.name} does not tie to the books; nothing was exported.")


def _books(files: dict[str, Any]) -> dict[str, Any]:
    """The equation of the books over what was written: what moved is what is there, less what is owed."""
    moved = files["movements"]["sums"]["points"]
    balances, lots = files["balances"]["sums"], files["lots"]["sums"]
    return {
        "moved": moved,
        "available": balances["available"],
        "owed": balances["owed"],
        "in_lots": lots["remaining"],
        "tie": moved == balances["available"] - balances["owed"]
        and lots["remaining"] == balances["available"],
    }


@contextmanager
def _private(path: Path) -> Iterator[IO[str]]:
    """Open a new text file for its owner alone."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        yield file


def _write_text(path: Path, text: str) -> None:
    with _private(path) as file:
        file.write(text)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _zipped(folder: Path, path: Path) -> Path:
    """Pack a folder into one file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as file:
        for entry in _files(folder):
            file.write(entry, entry.relative_to(folder))
    shutil.rmtree(folder)
    path.chmod(0o600)
    return path
