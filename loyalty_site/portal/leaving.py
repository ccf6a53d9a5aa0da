"""Leaving an offer's channel from a letter: the signed address is the proof, nobody signs in (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.facts import language_of
from campaigns.unsubscribing import subscription_of, unsubscribe
from loyalty_site.portal.visits import Visit, open_to_all, show


@csrf_exempt  # mail programs post here on their own, without a cookie; the token is what proves the request
@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def page(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Looking asks; posting withdraws. Link scanners that open everything change nothing."""
    leaving = subscription_of(merchant=visit.merchant, token=token)
    if request.method == "POST":
        unsubscribe(merchant=visit.merchant, token=token, now=visit.now)
    translation.activate(language_of(leaving.member, visit.merchant))
    return show(request, visit, "leaving", left=request.method == "POST")
