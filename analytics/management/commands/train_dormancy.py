"""``manage.py train_dormancy --merchant SLUG``: learn from what was known before a day."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override

from accounts.arguments import day, merchant_named
from accounts.errors import WalaaError
from analytics.dormancy import HORIZONS
from analytics.management.asking import add_question
from analytics.scoring import refresh_dormancy, train_dormancy
from analytics.wording import method_sentence


class Command(BaseCommand):
    """Train; without ``--as-of`` the members are scored and shown as well, like every night."""

    help = "Learn who is drifting away, from purchases before 00:00 of a day in the merchant's zone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whose, when and how far ahead."""
        add_question(parser, HORIZONS)
        parser.add_argument(
            "--as-of",
            metavar="DATE",
            type=day,
            help="YYYY-MM-DD; without it: today, and the scores are put in use",
        )

    def handle(self, **options: Any) -> None:
        """Train and say what came of it; the operator reads English."""
        now = timezone.now()
        merchant = merchant_named(options["merchant"])
        asked, horizon = options["as_of"] and day(options["as_of"]), options["horizon"]
        with override("en"):
            try:
                model = (
                    train_dormancy(merchant=merchant, day=asked, now=now, horizon=horizon)
                    if asked
                    else refresh_dormancy(merchant=merchant, now=now, horizon=horizon)
                )
            except WalaaError as refusal:
                raise CommandError(str(refusal)) from refusal
            self.stdout.write(method_sentence(model, "en"))
        for name, value in model.metrics.get("newest_window", {}).items():
            self.stdout.write(f"{name:10} {value:.4f}")
