"""Which figures there are, and measuring them one after another."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Final

from loyalty_site.benchmarks import (
    api,
    crowd,
    demo,
    hot,
    imports,
    imports_million,
    imports_tills,
    nightly,
    postings,
    rewind,
    rewind_million,
    seals,
    webhooks,
    writers,
)
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Stage, on_stage

MODULES: Final[dict[str, ModuleType]] = {
    "demo": demo,
    "postings": postings,
    "hot": hot,
    "api": api,
    "crowd": crowd,
    "imports": imports,
    "million": imports_million,
    "rewind_million": rewind_million,
    "tills": imports_tills,
    "nightly": nightly,
    "rewind": rewind,
    "seals": seals,
    "writers": writers,
    "webhooks": webhooks,
}
"""In the order of the table; a module alone by ``manage.py bench NAME``."""


def measure(*, say: Callable[[str], object], only: Sequence[str] = ()) -> list[Figure]:
    """Measure every figure, or those of the modules named."""
    figures: list[Figure] = []
    with on_stage(say) as stage:
        for name in only or [name for name in MODULES if not getattr(MODULES[name], "ALONE", False)]:
            found = _of(MODULES[name], name, stage)
            for figure in found:
                say(f"{figure.name}: {figure.measured} ({figure.target})")
            figures += found
    return figures


def _of(module: ModuleType, name: str, stage: Stage) -> list[Figure]:
    if getattr(module, "NEEDS_POSTGRES", False) and stage.postgres is None:
        stage.say(f"{name}: skipped, no PostgreSQL answers at {stage.server}")
        return []
    found: list[Figure] = module.measure(stage)
    return found
