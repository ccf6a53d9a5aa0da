"""``manage.py score_dormancy --merchant SLUG --as-of DATE --output FILE``: the chances as CSV."""

from argparse import ArgumentParser
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override

from accounts.arguments import day, file_to_write, merchant_named
from accounts.errors import WalaaError
from analytics.dormancy import HORIZONS
from analytics.management.asking import add_question
from analytics.scoring import score_dormancy


class Command(BaseCommand):
    """Score everybody active in the 90 days before a day; learn first where that was not done."""

    help = "Write member_id,cutoff,p_dormant: the chance of no purchase in the days from DATE on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whose, when, how far ahead and whereto."""
        add_question(parser, HORIZONS)
        parser.add_argument(
            "--as-of", metavar="DATE", type=day, required=True,
            help="YYYY-MM-DD, today at the latest: only purchases before 00:00 of it are looked at",
        )  # fmt: skip
        parser.add_argument("--output", metavar="FILE", type=file_to_write, required=True)

    def handle(self, **options: Any) -> None:
        """Check the door before the work, then score and write."""
        output = Path(options["output"])
        _refuse_unwritable(output)
        merchant = merchant_named(options["merchant"])
        with override("en"):
            try:
                scores = score_dormancy(
                    merchant=merchant,
                    day=day(options["as_of"]),
                    now=timezone.now(),
                    horizon=options["horizon"],
                )
            except WalaaError as refusal:
                raise CommandError(str(refusal)) from refusal
        _write(scores, output)
        self.stdout.write(f"{len(scores)} members scored, written to {output}")


def _refuse_unwritable(output: Path) -> None:
    """Say so before minutes are spent, not after."""
    if output.is_dir():
        raise CommandError(f"{output} is a folder.")


def _write(scores: pd.DataFrame, output: Path) -> None:
    """Write beside the target and move into place: the file is whole or not there."""
    try:
        with NamedTemporaryFile("w", dir=output.parent, newline="", delete=False, encoding="utf-8") as draft:
            scores.to_csv(draft, index=False, lineterminator="\n")
        Path(draft.name).chmod(0o644)
        Path(draft.name).replace(output)
    except OSError as trouble:
        raise CommandError(f"{output} cannot be written: {trouble.strerror}.") from trouble
