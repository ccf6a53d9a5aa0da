"""``manage.py import_balances FILE --merchant SLUG``: opening balances from another system (RULES 47)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import Merchant
from ledger.imports.balances import SOURCE, run_balances, start_balances
from ledger.imports.command import ImportCommand
from ledger.imports.runs import Progress
from ledger.models import ImportRun


class Command(ImportCommand):
    """Import balances; the same file again changes nothing, a run that was cut off is taken up again."""

    help = (
        "Import opening balances from CSV or XLSX. Columns: phone and/or member_id; points, earned_on, "
        "expires_on (a date or “never”; empty = as the programme says), lot_id; card, stamps; tier, "
        "tier_until; given_name, family_name; {sms|whatsapp|email|push}_consent (yes or no) with "
        "…_consent_on, and consent_source."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whose lot ids they are."""
        super().add_arguments(parser)
        parser.add_argument("--source", default=SOURCE, help=f"who numbered the lots (default: {SOURCE})")

    def start(self, merchant: Merchant, path: Path, options: dict[str, Any]) -> ImportRun:
        """Store the file."""
        return start_balances(
            merchant=merchant, file=path, name=path.name, actor="command", now=timezone.now(),
            strict=options["strict"], source=options["source"],
        )  # fmt: skip

    def run(self, run: ImportRun, progress: Progress, options: dict[str, Any]) -> ImportRun | None:
        """Bring it in."""
        return run_balances(run_id=run.pk, clock=timezone.now, progress=progress)

    def summary(self, run: ImportRun) -> str:
        """What came in."""
        return (
            f"{run.rows} rows: {run.created} balances added, {run.repeated} already known, "
            f"{run.refused} refused; {run.members_created} members added; {run.points} points"
        )
