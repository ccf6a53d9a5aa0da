"""Where in a file of TOML a value stands, so that a mistake is named by its line. Pure."""

import re
from collections.abc import Sequence

Path = Sequence[str | int]
"""Keys and places from the top of the file: ``("rewards", 2, "points")``."""


def line_of(text: str, path: Path) -> int:
    """The line of ``path``, counted from 1; of its table where the key itself is missing; 1 where all is."""
    lines = text.splitlines()
    keys = [step for step in path if isinstance(step, str)]
    place = next((step for step in path if isinstance(step, int)), 0)
    if not keys:
        return 1
    begins = _table(lines, keys[0], place)
    if begins is None:
        return _key(lines, 0, keys[0]) or 1
    inside = next(iter(keys[1:]), None)
    return (inside and _key(lines, begins, inside)) or begins


def key_text(path: Path) -> str:
    """The path as people write it: "rewards[2].points", places counted from 1."""
    said = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)
    return said.removeprefix(".")


def _table(lines: list[str], name: str, place: int) -> int | None:
    """The line of the header of a table, or of the array's table at ``place``."""
    header = re.compile(rf"\[\[?\s*{re.escape(name)}\s*\]\]?\s*(#.*)?")
    found = [number for number, line in enumerate(lines, 1) if header.fullmatch(line.strip())]
    return found[place] if place < len(found) else None


def _key(lines: list[str], after: int, name: str) -> int | None:
    """The line of a key below line ``after`` and above the next header."""
    wanted = re.compile(rf"\s*{re.escape(name)}\s*=")
    for number, line in enumerate(lines[after:], after + 1):
        if line.startswith("["):
            return None
        if wanted.match(line):
            return number
    return None
