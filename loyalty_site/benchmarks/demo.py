"""The figures of one installation with the demo's year of purchases, by the commands a merchant would use.

The floor is the same rows put into the same table with no rules at all, or a page that does nothing.
"""

import csv
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Ran, Stage

MERCHANT: Final = "oasis"


def measure(stage: Stage) -> list[Figure]:
    """Make an installation, import the year, train, score, and ask for every page."""
    with stage.sqlite() as scratch:
        run, folder = scratch.manage, Path(scratch.folder)
        stage.say("preparing …")
        run("prepare")
        purchases = folder / "purchases.csv"
        run("load_demo", "--csv", str(purchases))
        run("load_demo", "--without-history")
        figures = _import_figures(run, purchases, stage.say) + _dormancy_figures(run, folder, stage.say)
        stage.say("asking for pages …")
        run("load_demo")
        return figures + [
            Figure(*line.split("\t")) for line in run("bench_pages").output.splitlines() if "\t" in line
        ]


def _import_figures(run: Callable[..., Ran], purchases: Path, say: Callable[[str], object]) -> list[Figure]:
    """The year through the import command, the same file again, and the proof of the books."""
    say("importing the year …")
    floor = _floor_of_import(purchases)
    first = run("import_purchases", str(purchases), "--merchant", MERCHANT, "--award")
    again = run("import_purchases", str(purchases), "--merchant", MERCHANT, "--award")
    proof = run("verify_ledger", "--merchant", MERCHANT)
    ratio = f"{first.seconds / floor:.1f} × {floor:.1f} s of bare inserts of the same purchases"
    return [
        Figure(
            "import of 155,370 purchases with points and tiers", f"{first.seconds:.0f} s", "≤ 90 s", ratio
        ),
        Figure("memory of that import", f"{first.megabytes:.0f} MB", "≤ 1,024 MB"),
        Figure(
            "the same file again",
            f"{again.seconds:.0f} s",
            "",
            f"{again.seconds / first.seconds:.2f} × the first",
        ),
        Figure("`verify_ledger` over it", f"{proof.seconds:.1f} s", ""),
    ]


def _floor_of_import(purchases: Path) -> float:
    """Seconds to put the same purchases into a bare, equally indexed table with nothing else."""
    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(Path(folder) / "floor.sqlite3") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(
            "CREATE TABLE purchase (id INTEGER PRIMARY KEY, merchant INT, source TEXT, external_id TEXT,"
            " member INT, occurred_at TEXT, total INT, UNIQUE (merchant, source, external_id))"
        )
        database.execute("CREATE INDEX of_member ON purchase (member, occurred_at)")
        database.execute("CREATE INDEX of_merchant ON purchase (merchant, occurred_at DESC, id DESC)")
        began = time.perf_counter()
        with purchases.open(newline="") as text:
            database.executemany(
                "INSERT INTO purchase (merchant, source, external_id, member, occurred_at, total)"
                " VALUES (1, 'import', :external_id, :member_id, :occurred_at, :amount)",
                csv.DictReader(text),
            )
        database.commit()
        return time.perf_counter() - began


def _dormancy_figures(run: Callable[..., Ran], folder: Path, say: Callable[[str], object]) -> list[Figure]:
    """Training, and scoring alone (the model is there already)."""
    say("training and scoring …")
    day = str((datetime.now(UTC) + timedelta(hours=3)).date())
    idle = run("check").seconds
    trained = run("train_dormancy", "--merchant", MERCHANT, "--as-of", day)
    scores = folder / "scores.csv"
    scored = run("score_dormancy", "--merchant", MERCHANT, "--as-of", day, "--output", str(scores))
    members = sum(1 for _line in scores.open()) - 1
    own = max(scored.seconds - idle, 0.001)
    return [
        Figure("training", f"{trained.seconds:.0f} s, {trained.megabytes:.0f} MB", "≤ 60 s, ≤ 1,024 MB"),
        Figure(
            "scoring, with reading and reasons",
            f"{members / own:,.0f} members/s",
            "≥ 2,000 members/s",
            f"{members:,} members in {scored.seconds:.1f} s, of which {idle:.1f} s starting Python",
        ),
    ]
