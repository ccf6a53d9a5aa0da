"""`GET /w/<shop>/earn.json?price=120.00`: open to every page, cacheable, the same for everybody."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import merchant_from
from accounts.errors import NotFound, TooMany, WalaaError
from accounts.guessing import Limit, count_guess, refuse_guesser
from loyalty_site.addresses import client_address
from loyalty_site.widget.saying import earned

CALLS: Final = Limit("widget", 300, 60)
"""So many questions a minute from one address: a page of a hundred products, three times."""
FRESH_FOR: Final = 300
LONGEST: Final = 64


@require_safe
def earn(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what a price earns. Reads no cookie and sets none."""
    now = timezone.now()
    price, category = (request.GET.get(name, "") for name in ("price", "category"))
    try:
        asker = client_address(request)
        refuse_guesser(CALLS, asker, now=now)
        count_guess(CALLS, asker, now=now)
        merchant = merchant_from("", f"/m/{slug}/")
        said = earned(merchant, price[:LONGEST], category=category[:LONGEST], now=now)
    except TooMany as refusal:
        answer = _answer({"code": refusal.code}, 429)
        answer["Retry-After"] = str(refusal.params.get("wait", 60))
        return answer
    except NotFound as refusal:
        return _answer({"code": refusal.code}, 404)
    except WalaaError as refusal:
        return _answer({"code": refusal.code, "field": "price"}, 422)
    answer = _answer(said, 200)
    answer["Cache-Control"] = f"public, max-age={FRESH_FOR}"
    return answer


def _answer(said: dict[str, Any], status: int) -> JsonResponse:
    """JSON that a page of any origin may read."""
    answer = JsonResponse(said, status=status, json_dumps_params={"ensure_ascii": False})
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
