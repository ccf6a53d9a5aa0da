"""The people of the shops, and files that are written row by row under a module's own ``HEADER``."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cast import Cast, Shop, the_cast

Write = Callable[..., Path]


@pytest.fixture
def cast(db: None) -> Cast:
    return the_cast()


@pytest.fixture
def shop(cast: Cast) -> Shop:
    return cast.shop


@pytest.fixture
def write(tmp_path: Path, request: pytest.FixtureRequest) -> Write:
    usual: str = request.module.HEADER

    def _write(*rows: str, header: str = usual, encoding: str = "utf-8") -> Path:
        path = tmp_path / "rows.csv"
        path.write_bytes((header + "".join(f"{row}\n" for row in rows)).encode(encoding))
        return path

    return _write
