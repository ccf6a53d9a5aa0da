"""What a merchant's points will cost as of a day: printed, or as a file; or the journal of that month."""

from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from accounts.arguments import day, file_to_write, merchant_named, shown
from accounts.errors import WalaaError
from accounts.languages import LANGUAGES
from accounts.models import Merchant
from ledger.liability.figures import liability
from ledger.liability.files import Table, as_csv, as_xlsx, journal_table, report_tables
from ledger.liability.journal_reports import journal_of

WRITERS = {".csv": as_csv, ".xlsx": as_xlsx}


class Command(BaseCommand):
    """Reads the books and writes nothing but the file."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", metavar="SLUG", required=True)
        parser.add_argument("--as-of", metavar="DATE", type=day, help="the end of this day; default: now")
        parser.add_argument("--output", metavar="FILE", type=_file, help="a .csv or .xlsx file")
        parser.add_argument("--journal", action="store_true", help="the journal lines of that month")
        parser.add_argument("--language", choices=[code for code, _name in LANGUAGES])

    def handle(self, **options: Any) -> None:
        merchant = merchant_named(options["merchant"])
        now = timezone.now()
        as_of = day(options["as_of"] or now.astimezone(merchant.timezone).date())
        with translation.override(options["language"] or merchant.languages[0]):
            try:
                tables = _tables(merchant, as_of, journal=options["journal"])
            except WalaaError as error:
                raise CommandError(f"--as-of: {error}") from error
            output: Path | None = options["output"]
            if output is None:
                self.stdout.write(as_csv(tables).decode("utf-8-sig"), ending="")
                return
            output.write_bytes(WRITERS[output.suffix.lower()](tables))
            self.stdout.write(f"{output} written")


def _tables(merchant: Merchant, as_of: date, *, journal: bool) -> list[Table]:
    now = timezone.now()
    if not journal:
        return report_tables(liability(merchant, as_of=as_of, now=now))
    found = journal_of(merchant, as_of=as_of, now=now)
    return [journal_table(found.lines, found.accounts, found.closing)]


def _file(text: str) -> Path:
    path = file_to_write(text)
    if path.suffix.lower() not in WRITERS:
        raise ArgumentTypeError(f"“{shown(text)}” ends neither in .csv nor in .xlsx")
    return path
