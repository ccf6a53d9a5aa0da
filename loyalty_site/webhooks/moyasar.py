"""`POST /webhooks/moyasar/<merchant>/`: what happened to payments.

Moyasar signs nothing: the body carries a secret, so everything it says is looked up again before it counts.
Unknown merchants, wrong and missing secrets, and bodies that cannot be read are answered alike: 401, no row.
"""

import json
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.errors import Invalid
from accounts.models import Merchant
from ledger.models import MoyasarKeys
from ledger.moyasar import hooks, keys
from ledger.tasks import work_card_payments
from loyalty_site.webhooks.nudging import nudge

MOST_BYTES: Final = 64 * 1024


@csrf_exempt
@require_POST
def receive(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep a proved event and answer; the work is done from its row."""
    now, said = timezone.now(), _said(request)
    merchant = Merchant.objects.filter(slug=slug).first()
    known = MoyasarKeys.objects.filter(merchant=merchant).first() if merchant else None
    if merchant is None or not keys.proves(known, said.get("secret_token"), now):
        return JsonResponse({"code": "not_proved"}, status=401)
    try:
        is_new = hooks.keep(merchant=merchant, said=said, now=now)
    except Invalid as refusal:
        return JsonResponse({"code": refusal.code, "field": refusal.field}, status=422)
    if is_new:
        nudge(work_card_payments)
    return JsonResponse({"kept": True})


def _said(request: HttpRequest) -> dict[str, Any]:
    """The body, or nothing where it cannot be read."""
    raw = request.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        return {}
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
