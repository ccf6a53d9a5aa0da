"""What the commands of this floor ask for: whose members, how far ahead, and as of which day."""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date

from django.core.management.base import CommandError

from accounts.models import Merchant


def add_question(parser: ArgumentParser, horizons: Sequence[int]) -> None:
    """Declare ``--merchant`` and ``--horizon``."""
    parser.add_argument("--merchant", required=True, metavar="SLUG")
    parser.add_argument(
        "--horizon", type=int, choices=horizons, default=horizons[0], help="days ahead (default: 30)"
    )


def merchant_named(slug: str) -> Merchant:
    """Find the merchant with this slug, or a message that there is none."""
    merchant = Merchant.objects.filter(slug=slug).first()
    if merchant is None:
        raise CommandError(f"There is no merchant “{slug}”.")
    return merchant


def day_asked(text: str) -> date:
    """A day written as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is not a day; write it as 2026-01-31.") from None
