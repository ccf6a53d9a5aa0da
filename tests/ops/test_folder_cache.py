"""The embedded cache: limits count in it, whoever calls at the same moment."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from accounts.counters import one_more
from loyalty_site.folder_cache import FolderCache

AT_ONCE, EACH = 8, 50


@pytest.fixture
def folder(tmp_path: Path) -> FolderCache:
    """An empty one."""
    return FolderCache(str(tmp_path), {})


def test_of_many_who_count_at_once_nobody_is_forgotten(folder: FolderCache) -> None:
    folder.set("calls", 0)
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        counted = list(crowd.map(lambda _call: folder.incr("calls"), range(AT_ONCE * EACH)))
    assert sorted(counted) == list(range(1, AT_ONCE * EACH + 1))
    assert folder.get("calls") == AT_ONCE * EACH


def test_counting_prolongs_nothing(folder: FolderCache, tmp_path: Path) -> None:
    folder.set("calls", 41, timeout=1000)
    until = expiry(tmp_path)
    assert folder.incr("calls") == 42
    assert expiry(tmp_path) == until


def test_what_is_over_or_was_never_there_is_not_counted(folder: FolderCache) -> None:
    folder.set("over", 1, timeout=-1)
    for name in ("over", "never"):
        with pytest.raises(ValueError, match=name):
            folder.incr(name)
        assert folder.get(name) is None


def test_a_counter_begins_at_one(monkeypatch: pytest.MonkeyPatch, folder: FolderCache) -> None:
    monkeypatch.setattr("accounts.counters.cache", folder)
    assert [one_more("calls", kept=60) for _call in range(3)] == [1, 2, 3]


def expiry(folder: Path) -> float:
    """Until when the one value is kept, as Django writes it before the value."""
    (file,) = folder.iterdir()
    with file.open("rb") as kept:
        return float(pickle.load(kept))
