"""An outside partner's own till: its key, a code, and what it is owed; nothing of the member.

``GET /p/api/vouchers/<code>`` looks a voucher up, ``POST /p/api/vouchers/<code>/use`` uses it once. The key
goes in ``Authorization: Partner-Key wp_…``, the caller's own text for the call in ``Idempotency-Key``.
"""

import re
from typing import Any, Final

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import Conflict, NotFound, TooMany, WalaaError
from accounts.guessing import KEYS, count_guess, refuse_guesser
from accounts.money import plain
from ledger.clearing.agreeing import partner_of_key
from ledger.clearing.at_partner import Voucher, honour, look
from loyalty_site.addresses import client_address
from programs.models import Partner

ONCE: Final = re.compile(r"[\x21-\x7e]{1,40}")
SOURCE: Final = "partner"
STATUS: Final[tuple[tuple[type[WalaaError], int], ...]] = ((NotFound, 404), (TooMany, 429), (Conflict, 409))


@never_cache
@require_safe
def voucher(request: HttpRequest, code: str) -> JsonResponse:
    """What a code is worth to this partner, and whether it can still be used."""
    return _answered(request, code, None)


@csrf_exempt
@never_cache
@require_POST
def use(request: HttpRequest, code: str) -> JsonResponse:
    """Use a code, once: the same Idempotency-Key again has the same answer."""
    once = request.headers.get("Idempotency-Key", "")
    if not ONCE.fullmatch(once):
        return _refused(
            422, "idempotency_key", _("Send an Idempotency-Key header of 1 to 40 plain characters.")
        )
    return _answered(request, code, once)


def _answered(request: HttpRequest, code: str, once: str | None) -> JsonResponse:
    now = timezone.now()
    try:
        partner = _partner(request)
        if partner is None:
            return _refused(401, "unauthenticated", _("This key is unknown, revoked or expired."))
        who = f"{SOURCE}:{partner.pk}"
        if once is None:
            found = look([partner], code, who=who, now=now)
        else:
            found, _again = honour([partner], code, who=who, key=once, source=SOURCE, now=now)
    except WalaaError as error:
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 422)
        return _refused(status, error.code, str(error))
    return JsonResponse(_shown(found))


def _partner(request: HttpRequest) -> Partner | None:
    """Who asks; a wrong key is counted by its address. Raises ``TooMany``."""
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    found = partner_of_key(key.strip()) if scheme.lower() == "partner-key" else None
    if found is None:
        asker, now = client_address(request), timezone.now()
        refuse_guesser(KEYS, asker, now=now)
        count_guess(KEYS, asker, now=now)
    return found


def _shown(found: Voucher) -> dict[str, Any]:
    return {
        "code": found.code,
        "state": found.state,
        "name_ar": found.name_ar,
        "name_en": found.name_en,
        "shop_ar": found.shop_ar,
        "shop_en": found.shop_en,
        "owed": plain(found.owed_minor, found.currency).replace(",", ""),
        "currency": found.currency,
        "expires_at": found.expires_at.isoformat(),
    }


def _refused(status: int, code: str, title: str) -> JsonResponse:
    return JsonResponse({"status": status, "code": code, "title": title}, status=status)
