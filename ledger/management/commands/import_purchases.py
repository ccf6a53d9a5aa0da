"""``manage.py import_purchases FILE --merchant SLUG``: a file of purchases into the ledger."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import Merchant
from ledger.imports.command import ImportCommand
from ledger.imports.purchases import run_import, start_import
from ledger.imports.runs import Progress
from ledger.models import ImportRun


class Command(ImportCommand):
    """Import purchases; safe to run twice, taken up again when it was cut off."""

    help = "Import purchases from CSV or XLSX: external_id, phone or member_id, occurred_at, amount."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what earns, and who numbered the orders."""
        super().add_arguments(parser)
        earning = parser.add_mutually_exclusive_group()
        earning.add_argument(
            "--award", dest="award", action="store_const", const=True, default=None,
            help="old purchases earn too, each at its own date, rule and tier",
        )  # fmt: skip
        earning.add_argument(
            "--no-award", dest="award", action="store_const", const=False,
            help="history only: moves tiers and analytics, earns nothing",
        )  # fmt: skip
        parser.add_argument("--source", default="import", help="who numbered the orders (default: import)")
        parser.add_argument("--workers", type=int, metavar="N", help="processes (default: as many as pay)")

    def start(self, merchant: Merchant, path: Path, options: dict[str, Any]) -> ImportRun:
        """Store the file."""
        return start_import(
            merchant=merchant, file=path, name=path.name, actor="command", now=timezone.now(),
            award=options["award"], strict=options["strict"], source=options["source"],
        )  # fmt: skip

    def run(self, run: ImportRun, progress: Progress, options: dict[str, Any]) -> ImportRun | None:
        """Bring it in."""
        return run_import(run_id=run.pk, clock=timezone.now, progress=progress, processes=options["workers"])

    def summary(self, run: ImportRun) -> str:
        """What went in."""
        return (
            f"{run.rows} rows: {run.created} purchases added, {run.repeated} already known, "
            f"{run.refused} refused; {run.members_created} members added; {run.points} points awarded"
        )
