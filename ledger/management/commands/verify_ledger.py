"""Prove the books, or say where they are wrong."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.arguments import merchant_named
from accounts.models import Merchant
from ledger.errors import NotAHead
from ledger.proving.heads import Head, lost_heads, of_merchant, read_heads
from ledger.proving.nightly import verify
from ledger.proving.verifying import Difference, counts, unguarded
from ledger.seals.sealing import unsealed


class Command(BaseCommand):
    """Recomputes every cache and every seal; exits 1 on the first difference, saying where.

    What it finds is kept as the day's proof: the back office shows it.
    """

    help = "Recompute every balance, lot, tier, redemption, refund and seal from the entries."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", metavar="SLUG", help="only this merchant's books")
        parser.add_argument(
            "--expected-head",
            metavar="SEAL|FILE",
            help="a seal the chain must hold, or the file written by export_heads",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        slug, expected = options["merchant"], _expected(options["expected_head"])
        merchants = _merchants(slug)
        if not merchants and (fault := next(unguarded(), None)):
            raise CommandError(str(fault), returncode=1)
        expected = of_merchant(expected, slug) if slug else expected
        for place, merchant in enumerate(merchants, start=1):
            heads = [head for head in expected if head.merchant == merchant.slug]
            found = verify(merchant=merchant, clock=timezone.now, expected=heads)
            if found is not None:
                raise CommandError(str(found), returncode=1)
            if len(merchants) > 1:
                self.stderr.write(f"{place}/{len(merchants)} {merchant.slug}: right")
        for lost in lost_heads(expected):
            raise CommandError(str(Difference(*lost)), returncode=1)
        if waiting := unsealed():
            self.stderr.write(f"{waiting:,} rows are not sealed yet: is beat running?")
        only = merchants[0].pk if slug else None
        proved = ", ".join(f"{count:,} {name}" for name, count in counts(only).items())
        self.stdout.write(f"The books are right: {proved}.")


def _merchants(slug: str | None) -> list[Merchant]:
    """The merchants to prove, named by one slug or all."""
    return list(Merchant.objects.order_by("pk")) if slug is None else [merchant_named(slug)]


def _expected(given: str | None) -> list[Head]:
    try:
        return read_heads(given) if given else []
    except NotAHead as refused:
        raise CommandError(str(refused)) from refused
