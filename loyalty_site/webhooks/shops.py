"""`POST /webhooks/<source>/<merchant>/`: what online shops and tills of others tell.

Proved over the very bytes, kept raw, answered at once; the work is done from the row. Unknown merchants,
shops that are not linked, wrong and missing proofs are answered alike: 401, and no row.
"""

from typing import Final

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ledger.shops import keeping, links
from ledger.shops.sources import sources
from ledger.shops.told import Sent, Unreadable
from ledger.tasks import work_shops
from loyalty_site.webhooks.nudging import nudge

MOST_BYTES: Final = 1024 * 1024
NUDGED: Final = "shops.nudged"


@csrf_exempt
@require_POST
def receive(request: HttpRequest, source: str, slug: str, token: str = "") -> HttpResponse:
    """Keep what is proved and answer."""
    now, kind = timezone.now(), sources().get(source)
    raw = _raw(request)
    if kind is None:
        return JsonResponse({"code": "not_found"}, status=404)
    if raw is None:
        return JsonResponse({"code": "too_large"}, status=413)
    sent = Sent({name.lower(): value for name, value in request.headers.items()}, raw, token)
    if kind.is_ping(sent):
        return JsonResponse({"kept": False})
    link = links.link_for(slug, source)
    if not links.is_proved(link, kind, sent, now) or link is None:
        return JsonResponse({"code": "not_proved"}, status=401)
    try:
        keeping.keep(link=link, source=kind, sent=sent, now=now)
    except Unreadable as refusal:
        return JsonResponse({"code": "unreadable", "what": str(refusal)}, status=422)
    _nudge()
    return JsonResponse({"kept": True})


def _raw(request: HttpRequest) -> bytes | None:
    """The body's bytes, or None for more than a shop ever sends."""
    try:
        raw = request.read(MOST_BYTES + 1)
    except (UnreadablePostError, RawPostDataException):
        return None
    return raw if len(raw) <= MOST_BYTES else None


def _nudge() -> None:
    """Call a worker, once a second at most: each looks after all that waits."""
    if cache.add(NUDGED, True, timeout=1):
        nudge(work_shops)
