"""The embedded cache: Django's folder of files, whose counters count in place.

Django's own counts by writing a second file, looking through the whole folder and moving it over the first: a
third of what all else cost that the API does for a call, and of two who counted at once one was forgotten.
"""

import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from django.core.cache.backends.filebased import FileBasedCache
from django.core.files import locks


class FolderCache(FileBasedCache):
    """A folder of files. Whoever reads one waits for who counts in it."""

    _key_to_file: Callable[..., str]
    _is_expired: Callable[[IO[bytes]], bool]

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the value that is kept, or ``default``."""
        try:
            with Path(self._key_to_file(key, version)).open("rb") as file:
                locks.lock(file, locks.LOCK_SH)
                if not self._is_expired(file):
                    return pickle.loads(zlib.decompress(file.read()))  # noqa: S301 (our own folder)
        except FileNotFoundError:
            pass
        return default

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Count up what is kept, for as long as it was kept before. Raises ``ValueError`` if nothing is."""
        try:
            with Path(self._key_to_file(key, version)).open("r+b") as file:
                locks.lock(file, locks.LOCK_EX)
                if not self._is_expired(file):
                    place = file.tell()
                    counted = cast(int, pickle.loads(zlib.decompress(file.read()))) + delta  # noqa: S301
                    file.seek(place)
                    file.write(zlib.compress(pickle.dumps(counted, self.pickle_protocol)))
                    file.truncate()
                    return counted
        except FileNotFoundError:
            pass
        raise ValueError(f"Key '{key}' not found")
