"""A Rewind of 1,000,000 purchases: its memory must not grow with the shop. Measured when it is named."""

import os
from typing import Final

from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.rewind import rewound
from loyalty_site.benchmarks.stage import Stage

NEEDS_POSTGRES: Final = True
ALONE: Final = True
PURCHASES: Final = int(os.environ.get("BENCH_MILLION", "1000000"))
PER_MEMBER: Final = 20


def measure(stage: Stage) -> list[Figure]:
    """Import a million purchases and rewind them under two programmes."""
    return rewound(stage, members=PURCHASES // PER_MEMBER, purchases=PURCHASES)
