"""Write the last seal of every day, to be kept where nobody can change it together with this database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.arguments import file_to_write, merchant_named
from ledger.proving.heads import as_csv


class Command(BaseCommand):
    """Prints CSV, or writes a file that ``verify_ledger --expected-head`` takes."""

    help = "Export a merchant's daily seals."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", metavar="SLUG", required=True)
        parser.add_argument(
            "--out", metavar="FILE", type=file_to_write, help="where to write (else it is printed)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        merchant = merchant_named(options["merchant"])
        text = as_csv(merchant)
        if not options["out"]:
            self.stdout.write(text, ending="")
            return
        try:
            options["out"].write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{text.count(chr(10)) - 1} seals written.")
