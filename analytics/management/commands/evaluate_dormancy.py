"""Print how good the dormancy scores are on a public purchase log."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics import boosting, datasets
from analytics.dormancy import HORIZONS
from analytics.evaluation import Contender, evaluate, evaluate_value
from analytics.visits import History

FIRST_TEST_DAY = {"completejourney": 182, "cdnow": 364}
"""Days of history before the first test: half of the one log's year, two thirds of the other's."""

HEADINGS = ("ROC-AUC [95 %]", "PR-AUC", "Brier", "ECE", "lift 10 %", "LightGBM ahead by [95 %]")


class Command(BaseCommand):
    help = "Judge LightGBM against recency, BG/NBD and logistic regression on a public purchase log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dataset", choices=sorted(FIRST_TEST_DAY), default="completejourney")
        parser.add_argument("--file", type=Path, help="the CSV of cdnow: member_id, occurred_at, amount")
        parser.add_argument("--horizon", type=int, choices=HORIZONS, default=HORIZONS[0])
        parser.add_argument("--active", type=int, choices=(90, 30), default=90)

    def handle(self, *args: Any, **options: Any) -> None:
        if boosting.lightgbm() is None:
            raise CommandError(boosting.MISSING)
        name = options["dataset"]
        history = _load(name, options["file"])
        first_test = history.first_day + FIRST_TEST_DAY[name]
        end = int(history.day.max()) + 1
        judged = evaluate(
            history,
            horizon=options["horizon"],
            active_days=options["active"],
            first_test=first_test,
            end=end,
        )
        base = judged[0].figures.base_rate
        self.stdout.write(f"{name}, H {options['horizon']}, A{options['active']}, base rate {base:.3f}\n")
        self._table(judged)
        if name == "completejourney":
            value = evaluate_value(history, first_test=first_test, end=end)
            self.stdout.write(
                f"lifetime value, 90 days: mean absolute error {value.mean_absolute_error:.1f}, "
                f"Spearman {value.spearman:.3f}, Gini {value.gini:.3f}"
            )

    def _table(self, judged: list[Contender]) -> None:
        widths = (20, 7, 7, 7, 9, 25)
        self.stdout.write(f"{'':25}" + " ".join(f"{h:>{w}}" for h, w in zip(HEADINGS, widths, strict=True)))
        for one in judged:
            figures, auc, ahead = one.figures, one.roc_auc, one.behind
            cells = (
                f"{auc.value:.4f} [{auc.low:.3f}, {auc.high:.3f}]",
                f"{figures.pr_auc:.4f}",
                f"{figures.brier:.4f}",
                f"{figures.ece:.4f}",
                f"{figures.lift_10:.2f}",
                f"{ahead.value:+.4f} [{ahead.low:+.4f}, {ahead.high:+.4f}]",
            )
            self.stdout.write(
                f"{one.name:25}" + " ".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))
            )


def _load(name: str, file: Path | None) -> History:
    if name == "completejourney":
        return datasets.completejourney()
    if file is None or not file.is_file():
        raise CommandError("cdnow needs --file with its CSV (member_id, occurred_at, amount).")
    return datasets.cdnow(file)
