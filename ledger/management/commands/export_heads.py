"""Write the last seal of every day, to be kept where nobody can change it together with this database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Merchant
from ledger.proving.heads import as_csv


class Command(BaseCommand):
    """Prints CSV, or writes a file that ``verify_ledger --expected-head`` takes."""

    help = "Export a merchant's daily seals."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", metavar="SLUG", required=True)
        parser.add_argument("--out", metavar="FILE", help="where to write (else it is printed)")

    def handle(self, *_args: Any, **options: Any) -> None:
        merchant = Merchant.objects.filter(slug=options["merchant"]).first()
        if merchant is None:
            raise CommandError(f"There is no merchant called “{options['merchant']}”.")
        text = as_csv(merchant)
        if not options["out"]:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["out"]).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{text.count(chr(10)) - 1} seals written.")
