"""``manage.py export_merchant --merchant SLUG --output DIR|FILE.zip``: everything, enough to leave us."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from accounts.arguments import file_to_write, merchant_named
from loyalty_site.safekeeping.encrypting import recipient
from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.takeout import export_merchant


class Command(BaseCommand):
    """Export; exits 1 and leaves nothing half-written when anything went wrong."""

    help = "Write everything of a merchant as JSON lines and CSV, with a README in Arabic and English."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="SLUG")
        parser.add_argument("--output", required=True, type=file_to_write, metavar="DIR|FILE.zip")
        parser.add_argument(
            "--encrypt-to",
            type=recipient,
            metavar="age1…",
            help="the public key of who may read it: one file then",
        )

    def handle(self, *_args: Any, output: Path, **options: Any) -> None:
        merchant = merchant_named(options["merchant"])
        with tqdm(unit="table", disable=None) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            try:
                manifest = export_merchant(
                    merchant=merchant,
                    output=output,
                    now=timezone.now(),
                    progress=progress,
                    encrypt_to=options["encrypt_to"] or "",
                )
            except SafekeepingError as error:
                raise CommandError(str(error)) from error
        rows, books = sum(file["rows"] for file in manifest["files"].values()), manifest["books"]
        self.stdout.write(
            f"{output}: {rows:,} rows in {len(manifest['files'])} files; "
            f"{books['available']:,} points to spend, {books['owed']:,} owed"
        )
        if not books["tie"]:
            raise CommandError("The export is whole, but the books in it do not tie: run verify_ledger.")
