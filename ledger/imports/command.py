"""What the commands that bring a file in have in common: the file, the merchant, progress, a report."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override
from tqdm import tqdm

from accounts.arguments import merchant_named
from accounts.models import Merchant
from ledger.imports.errors import FileRefused
from ledger.imports.issues import file_sentence, sentence
from ledger.imports.runs import Progress
from ledger.models import ImportRun
from ledger.models.imports import ImportState

SHOWN_ISSUES = 50


class ImportCommand(BaseCommand):
    """The base of a command that imports: a child says how a run is stored, done and summed up."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, the merchant and the wish for all or nothing."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--merchant", required=True, metavar="SLUG")
        parser.add_argument("--strict", action="store_true", help="one bad row refuses the whole file")

    def start(self, merchant: Merchant, path: Path, options: dict[str, Any]) -> ImportRun:
        """Store the file as a run. Raises leaves of ``FileRefused``."""
        raise NotImplementedError

    def run(self, run: ImportRun, progress: Progress, options: dict[str, Any]) -> ImportRun | None:
        """Do the run; None when somebody else does it."""
        raise NotImplementedError

    def summary(self, run: ImportRun) -> str:
        """What went in, in one line."""
        raise NotImplementedError

    def handle(self, **options: Any) -> None:
        """Store the file as a run and do it in the foreground; the operator reads English."""
        with override("en"):
            self._import(options)

    def _import(self, options: dict[str, Any]) -> None:
        merchant = merchant_named(options["merchant"])
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            run = self.start(merchant, path, options)
        except FileRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self._report(with_progress(lambda progress: self.run(run, progress, options)))

    def _report(self, run: ImportRun | None) -> None:
        """Print what went in and what did not; fail when nothing could."""
        if run is None:
            raise CommandError("A worker took this import; its page in the back office shows how it goes.")
        for issue in run.issues.all()[:SHOWN_ISSUES]:
            column = f", column {issue.column}" if issue.column else ""
            self.stderr.write(f"row {issue.row}{column}: {sentence(issue.code, issue.params)}")
        if run.refused > SHOWN_ISSUES:
            self.stderr.write(f"… and {run.refused - SHOWN_ISSUES} more rows were refused")
        if run.state == ImportState.FAILED:
            raise CommandError(file_sentence(run.refusal))
        self.stdout.write(self.summary(run))
        if run.refused and run.refused == run.rows:
            raise CommandError("No row could be used.")


def with_progress(work: Callable[[Progress], ImportRun | None]) -> ImportRun | None:
    """Do the work under a bar that is drawn where somebody watches."""
    with tqdm(unit="row", disable=None, mininterval=0.5) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return work(progress)
