"""Serves the admin theme's stylesheet in logical properties, ahead of the package's own copy.

The finder stands first in `STATICFILES_FINDERS`: `collectstatic`, `runserver` and the tests' live server all
find the rewritten file under the name the package's templates ask for.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import unfold
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage

from loyalty_site.backoffice.logical_css import to_logical

STYLESHEET = "unfold/css/styles.css"
SOURCE = Path(unfold.__file__).parent / "static" / STYLESHEET
# The sheet the rewriting was last looked at with. A test compares it, so that an upgrade is looked at again.
KNOWN_SOURCE = "51c00f1b4d2495e42b9a83377b66ecffcdc26a32148d0e3c64466c2c8de43bd6"


def source_digest() -> str:
    """Return the SHA-256 of the package's stylesheet, in hexadecimal."""
    return hashlib.sha256(SOURCE.read_bytes()).hexdigest()


def build(folder: Path) -> Path:
    """Write the rewritten sheet under `folder` unless it is newer than its source; return its path."""
    target = folder / STYLESHEET
    newest_input = max(SOURCE.stat().st_mtime, Path(to_logical.__code__.co_filename).stat().st_mtime)
    if target.exists() and target.stat().st_mtime >= newest_input:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, suffix=".css")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(to_logical(SOURCE.read_text(encoding="utf-8")))
    draft = Path(name)
    draft.chmod(0o644)
    draft.replace(target)  # whole or not at all: several processes may build at once
    return target


class LogicalStylesheetFinder(BaseFinder):
    """Finds one file: the theme's stylesheet, rewritten when it is asked for."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.folder = settings.VAR_DIR / "logical-css"
        super().__init__(*args, **kwargs)

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the built file's path for the theme's stylesheet, else an empty list."""
        if path != STYLESHEET:
            return []
        built = str(build(self.folder))
        return [built] if find_all else built

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield the stylesheet to `collectstatic`, built."""
        if not matches_patterns(STYLESHEET, list(ignore_patterns or [])):
            build(self.folder)
            yield STYLESHEET, FileSystemStorage(location=self.folder)
