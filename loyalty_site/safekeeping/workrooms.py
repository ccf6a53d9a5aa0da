"""Private folders for what must not lie about in the clear, and the end of those whose owner was killed.

Whoever works in a room holds a lock on it, which the kernel takes back when the process dies, however it
dies: a room that nobody holds is a dead one's, and the next to come sweeps it away.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

PREFIX: Final = ".walaa-"


@contextmanager
def workroom(place: Path) -> Iterator[Path]:
    """Yield a new folder in ``place``, open to its owner alone and gone afterwards."""
    with ExitStack() as room_kept:
        with _held(place):  # nobody sweeps between a room's making and its holding
            _sweep(place)
            room = Path(mkdtemp(prefix=PREFIX, dir=place))
            room_kept.callback(shutil.rmtree, room, ignore_errors=True)
            room_kept.enter_context(_held(room))
        yield room


def sweep(place: Path) -> None:
    """Remove the rooms in ``place`` whose owners are gone."""
    with _held(place):
        _sweep(place)


def _sweep(place: Path) -> None:
    for room in place.glob(f"{PREFIX}*"):
        with suppress(OSError), _held(room, fcntl.LOCK_NB):  # held: somebody works in it
            shutil.rmtree(room)


@contextmanager
def _held(folder: Path, how: int = 0) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(handle)
