"""Pictures of rewards on their way to a browser, and to machines that ask where they are."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from programs.models import Reward
from programs.models.rewards import PICTURES

KEPT: Final = "public, max-age=31536000, immutable"
"""A picture never changes under its name: another one has another."""

LEFT_LYING: Final = timedelta(days=1)


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send a picture that some reward shows, as what it is and as nothing else."""
    found = Reward.objects.filter(picture=f"{PICTURES}/{name}.webp").first()
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


def whole_address(reward: Reward) -> str:
    """Where a reward's picture is, with the site's own name before it; nothing where it has none."""
    return urljoin(settings.SITE_URL, reward.picture.url) if reward.picture else ""


def throw_out(*, now: datetime) -> int:
    """Delete pictures that no reward shows any more, a day after they came; returns how many."""
    folder, thrown = Path(settings.MEDIA_ROOT) / PICTURES, 0
    oldest = (now - LEFT_LYING).timestamp()
    for path in folder.glob("*.webp"):
        if (
            path.stat().st_mtime < oldest
            and not Reward.objects.filter(picture=f"{PICTURES}/{path.name}").exists()
        ):
            path.unlink(missing_ok=True)
            thrown += 1
    return thrown
