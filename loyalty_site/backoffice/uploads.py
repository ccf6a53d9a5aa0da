"""Uploaded files that wait for a confirmation, and their end: they hold people's phones.

Each lies in a folder of its own under a name nobody can guess, which only one session knows.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.models import Merchant
from ledger.models.imports import ImportKind

SESSION_KEY: Final = "import_upload"
KEPT: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits for its confirmation."""

    token: str
    name: str
    merchant_id: int
    award: str
    strict: bool
    kind: str = ImportKind.PURCHASES

    @property
    def path(self) -> Path:
        """Where it lies."""
        return folder() / f"{self.token}{Path(self.name).suffix.lower()}"


def folder() -> Path:
    """Return the folder of waiting uploads."""
    return Path(settings.MEDIA_ROOT) / "uploads"


def keep(form: forms.Form, merchant: Merchant, kind: str) -> dict[str, Any]:
    """Store the upload and return what the session remembers of it."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    throw_out_old(now=timezone.now())
    file = form.cleaned_data["file"]
    held = Upload(
        token=secrets.token_urlsafe(24),
        name=Path(file.name or "purchases.csv").name[:200],
        merchant_id=merchant.pk,
        award=form.cleaned_data.get("award", ""),
        strict=form.cleaned_data["strict"],
        kind=kind,
    )
    with held.path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return {name: getattr(held, name) for name in Upload.__slots__}


def waiting(request: HttpRequest, merchant: Merchant, kind: str) -> Upload:
    """Return this session's upload for ``merchant``; 404 when there is none (any more)."""
    stored = request.session.get(SESSION_KEY)
    held = Upload(**stored) if stored else None
    is_it = held is not None and (held.merchant_id, held.kind) == (merchant.pk, kind)
    if held is None or not is_it or not held.path.exists():
        raise Http404
    return held


def forget(request: HttpRequest) -> None:
    """Delete this session's upload: it holds people's phones."""
    stored = request.session.pop(SESSION_KEY, None)
    if stored:
        Upload(**stored).path.unlink(missing_ok=True)


def throw_out_old(*, now: datetime) -> None:
    """Delete uploads nobody confirmed: when the next one comes, and at night."""
    oldest = (now - KEPT).timestamp()
    for path in folder().glob("*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def throw_out_uploads() -> None:
    """Delete every upload that waits for a confirmation: somebody it names was erased."""
    for path in folder().glob("*"):
        path.unlink(missing_ok=True)
