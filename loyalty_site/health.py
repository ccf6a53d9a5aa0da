"""What watches ask: is the process alive, can it do its work, and how much did it do."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django_prometheus.exports import ExportToDjangoView
from health_check.views import HealthCheckView


def live(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


# Whether a request could be served now: the database and the cache answer.
ready = HealthCheckView.as_view(checks=["health_check.checks.Database", "health_check.checks.Cache"])


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' page, for who holds METRICS_TOKEN; without one there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response
