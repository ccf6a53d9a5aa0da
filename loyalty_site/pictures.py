"""Pictures of rewards, badges and causes on their way to a browser, and where machines find them."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from programs.models import Badge, Cause, Reward
from programs.models.pictured import PICTURES, Pictured
from programs.pictures import storage

KEPT: Final = "public, max-age=31536000, immutable"
"""A picture never changes under its name: another one has another."""

LEFT_LYING: Final = timedelta(days=1)


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send a picture that some reward, badge or cause shows, as what it is and as nothing else."""
    found = _shown_by(f"{PICTURES}/{name}.webp")
    if found is None:
        raise Http404
    try:
        answer = FileResponse(found.picture.open("rb"), content_type="image/webp")
    except FileNotFoundError as missing:
        raise Http404 from missing
    answer["Cache-Control"] = KEPT
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Disposition"] = "inline"
    return answer


def _shown_by(picture: str) -> Pictured | None:
    """What shows the picture of this name, if anything does."""
    owners: tuple[type[Pictured], ...] = (Reward, Badge, Cause)
    found = (owner._default_manager.filter(picture=picture).first() for owner in owners)
    return next((one for one in found if one is not None), None)


def whole_address(picture: str | None) -> str:
    """Where a picture is, with the site's own name before it; nothing where there is none."""
    return urljoin(settings.SITE_URL, storage().url(picture)) if picture else ""


def throw_out(*, now: datetime) -> int:
    """Delete pictures that nothing shows any more, a day after they came; returns how many."""
    folder, thrown = Path(settings.MEDIA_ROOT) / PICTURES, 0
    oldest = (now - LEFT_LYING).timestamp()
    for path in folder.glob("*.webp"):
        if path.stat().st_mtime < oldest and _shown_by(f"{PICTURES}/{path.name}") is None:
            path.unlink(missing_ok=True)
            thrown += 1
    return thrown
