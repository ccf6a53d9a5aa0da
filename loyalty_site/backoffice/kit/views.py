"""The page of the launch kit, and its files."""

from datetime import datetime
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Merchant
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.kit.pieces import CONTENT_TYPES, PIECES, PREVIEW_PIXELS, drawn
from loyalty_site.backoffice.kit.words import words_of
from loyalty_site.backoffice.rendering import page
from programs.models import ProgrammeState, ProgrammeVersion
from programs.queries import version_at

SPOKEN_OF: Final = (ProgrammeState.PILOT, ProgrammeState.LIVE)
"""The states in which its promises hold: nobody is invited to what has stopped."""


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show every piece with its files, and the texts to copy; in the reader's language unless asked else."""
    actor, now = actor_in(request, "programme"), timezone.now()
    spoken = actor.merchant.languages
    asked = request.GET.get("language") or (get_language() or "ar")[:2]
    language = asked if asked in spoken else spoken[0]
    version = _version(actor.merchant, now)
    return page(
        request, "backoffice/kit.html", _("Launch kit"),
        words=words_of(version, language) if version else None,
        is_pilot=version is not None and version.programme.state == ProgrammeState.PILOT,
        language=language, languages=spoken, pieces=_named(),
    )  # fmt: skip


@require_safe
def file(request: HttpRequest, piece: str, language: str, kind: str) -> HttpResponse:
    """Send one piece as PDF or PNG; ``?preview`` sends a small picture to look at."""
    actor = actor_in(request, "programme")
    merchant = actor.merchant
    if piece not in PIECES or kind not in CONTENT_TYPES or language not in merchant.languages:
        raise Http404
    version = _version(merchant, timezone.now())
    if version is None:
        raise Http404
    words = words_of(version, language)
    is_preview = "preview" in request.GET and kind == "png"
    content = drawn(merchant, words, PIECES[piece], kind, pixels=PREVIEW_PIXELS if is_preview else 0)
    answer = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    how = "inline" if is_preview else "attachment"
    answer["Content-Disposition"] = f'{how}; filename="{merchant.slug}-{piece}-{language}.{kind}"'
    return answer


def _named() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(name, the piece that is shown, its files as (size, piece)) of what is offered together."""
    return [
        (_("Counter poster"), "poster-a4", [("A4", "poster-a4"), ("A3", "poster-a3")]),
        (_("Table card"), "card-a6", [("A6", "card-a6"), ("A5", "card-a5")]),
        (_("Banner for your home page"), "banner", [("", "banner")]),
    ]


def _version(merchant: Merchant, now: datetime) -> ProgrammeVersion | None:
    """The terms that may be spoken of today: None before anything is promised, and once it has stopped."""
    version = version_at(merchant, now)
    return version if version is not None and version.programme.state in SPOKEN_OF else None
