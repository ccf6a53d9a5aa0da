"""Static files with their content's hash in the name, so that browsers may keep them for ever."""

from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

Patterns = tuple[tuple[str, tuple[Any, ...]], ...]


def without_source_maps(patterns: Patterns) -> Patterns:
    """Drop the `sourceMappingURL` rules: vendored files name maps that their packages do not ship."""
    return tuple(
        (
            extension,
            tuple(p for p in rules if "sourceMappingURL" not in (p if isinstance(p, str) else p[0])),
        )
        for extension, rules in patterns
    )


class HashedStorage(ManifestStaticFilesStorage):
    """Hashed names only: seconds to collect, for `make run`."""

    patterns = without_source_maps(ManifestStaticFilesStorage.patterns)


class CompressedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names and compressed copies: minutes to collect, for production."""

    patterns = without_source_maps(ManifestStaticFilesStorage.patterns)
