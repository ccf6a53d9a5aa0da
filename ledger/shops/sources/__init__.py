"""The sources we know: every module of this folder that has a ``SOURCE``."""

import pkgutil
from functools import cache
from importlib import import_module

from ledger.shops.source import Source


@cache
def sources() -> dict[str, Source]:
    """Every source by its code."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found = [module.SOURCE for module in modules if isinstance(getattr(module, "SOURCE", None), Source)]
    return {source.code: source for source in sorted(found, key=lambda source: source.code)}
