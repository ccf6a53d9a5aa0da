"""One file that holds a backup: a zip of the database, the uploaded files and a manifest of what they are.

A half-written archive never bears its name: it is written beside it and renamed when every byte is on disk.
An archive is read only after every byte of it has proved to be what was written: its last 64 bytes, the
comment of the zip, are the SHA-256 of all that stands before them. (What the zip itself checks leaves holes:
a date or a flag in an entry's own header may change unseen.)
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from loyalty_site.safekeeping.errors import SafekeepingError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
PIECE: Final = 1 << 20
DIGEST: Final = hashlib.sha256().digest_size * 2  # hexadecimal digits
QUICK: Final = 1  # deflate's fastest: a database shrinks to a third at 100 MB/s


class ArchiveWriter:
    """Write entries one after another; ``finish`` adds the manifest and gives the archive its name."""

    def __init__(self, path: Path) -> None:
        """Begin beside ``path``, readable by its owner alone. Raises ``SafekeepingError``, ``OSError``."""
        self.path = path
        self.draft = path.with_name(f".{path.name}.{os.getpid()}.partial")
        if not path.parent.is_dir():
            raise SafekeepingError(f"There is no folder {path.parent}.")
        self._file = os.fdopen(os.open(self.draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=QUICK)
        self._entries: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind that is not finished."""
        with suppress(OSError, ValueError):  # a disk that is full cannot take the end of the draft either
            self._zip.close()
        with suppress(OSError):
            self._file.close()
        self.draft.unlink(missing_ok=True)

    def add(self, name: str, source: IO[bytes], *, packed: bool = False) -> None:
        """Copy ``source`` into the entry ``name``; ``packed``: it is compressed already."""
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        entry._compresslevel = QUICK  # type: ignore[attr-defined]
        entry.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(entry, "w", force_zip64=True) as target:
            while piece := source.read(PIECE):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        self._entries[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def finish(self, manifest: dict[str, Any]) -> Path:
        """Add the manifest, put everything on disk, and give the archive its name."""
        whole = {"format": FORMAT, **manifest, "entries": self._entries}
        self._zip.writestr(MANIFEST, json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True))
        self._zip.comment = b"0" * DIGEST
        self._zip.close()
        sign(self._file)
        self._file.flush()
        os.fsync(self._file.fileno())
        self.draft.replace(self.path)
        return self.path


class Archive:
    """An archive that proved whole: its manifest, and its entries to read."""

    def __init__(self, file: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
        """Hold the open file."""
        self._zip, self.manifest = file, manifest

    def names(self, folder: str = "") -> list[str]:
        """The entries under a folder."""
        return [name for name in self.manifest["entries"] if name.startswith(folder)]

    def extract(self, name: str, target: Path) -> None:
        """Write one entry to ``target``, readable by its owner alone."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._zip.open(name) as source, os.fdopen(_private(target), "wb") as file:
            while piece := source.read(PIECE):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())


def sign(file: IO[bytes]) -> None:
    """Write the digest of a finished zip over its comment."""
    digest = _digest(file)
    file.seek(-DIGEST, os.SEEK_END)
    file.write(digest)


def _digest(file: IO[bytes]) -> bytes:
    """Hash a file but for its last 64 bytes, and stand before them. Raises ``ValueError`` if shorter."""
    digest, left = hashlib.sha256(), file.seek(0, os.SEEK_END) - DIGEST
    if left < 0:
        raise ValueError("short")
    file.seek(0)
    while left and (piece := file.read(min(PIECE, left))):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest().encode()


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive and prove every byte first. Raises ``SafekeepingError`` for a damaged one."""
    try:
        _prove_whole(path)
        file = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise SafekeepingError(f"There is no file {path}.") from error
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise SafekeepingError(f"{path} is cut off, damaged, or no backup at all.") from error
    with file:
        try:
            manifest = _manifest_of(file)
            _prove(file, manifest)
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, KeyError, EOFError) as error:
            raise SafekeepingError(f"{path} is damaged; nothing was restored.") from error
        yield Archive(file, manifest)


def _prove_whole(path: Path) -> None:
    with path.open("rb") as file:
        if _digest(file) != file.read():
            raise ValueError("bytes")


def _manifest_of(file: zipfile.ZipFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(file.read(MANIFEST))
    if manifest["format"] != FORMAT:
        raise SafekeepingError(
            f"This backup has format {manifest['format']}; this release reads format {FORMAT}. "
            "Restore it with the release that made it."
        )
    return manifest


def _prove(file: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Read every entry and compare it with the manifest; an entry may not lead out of its folder."""
    if set(file.namelist()) != {MANIFEST, *manifest["entries"]}:
        raise ValueError("entries")
    for name, wanted in manifest["entries"].items():
        if name.startswith("/") or ".." in Path(name).parts:
            raise ValueError(name)
        digest, size = hashlib.sha256(), 0
        with file.open(name) as entry:
            while piece := entry.read(PIECE):
                digest.update(piece)
                size += len(piece)
        if (size, digest.hexdigest()) != (wanted["bytes"], wanted["sha256"]):
            raise ValueError(name)
