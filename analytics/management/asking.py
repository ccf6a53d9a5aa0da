"""What the commands of this floor ask for: whose members, and how far ahead."""

from argparse import ArgumentParser
from collections.abc import Sequence


def add_question(parser: ArgumentParser, horizons: Sequence[int]) -> None:
    """Declare ``--merchant`` and ``--horizon``."""
    parser.add_argument("--merchant", required=True, metavar="SLUG")
    parser.add_argument(
        "--horizon", type=int, choices=horizons, default=horizons[0], help="days ahead (default: 30)"
    )
