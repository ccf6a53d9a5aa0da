"""What watches ask: is the process alive, can it do its work, and how much did it do."""

import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django_prometheus.exports import ExportToDjangoView
from health_check.base import HealthCheck
from health_check.exceptions import ServiceWarning
from health_check.views import HealthCheckView

from ledger.seals.sealing import LATE, oldest_unsealed


def live(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


# Whether a request could be served now: the database and the cache answer.
ready = HealthCheckView.as_view(checks=["health_check.checks.Database", "health_check.checks.Cache"])


@dataclass
class Sealing(HealthCheck):  # type: ignore[misc] # the library is not typed
    """Movements are sealed as they come: none has waited longer than a minute."""

    def run(self) -> None:
        """Raise when sealing lags."""
        now = timezone.now()
        try:
            oldest = oldest_unsealed()
        finally:
            connection.close()  # this thread is the check's own
        if oldest is not None and oldest < now - LATE:
            seconds = int((now - oldest).total_seconds())
            raise ServiceWarning(f"a movement has waited {seconds} s for its seal: is beat running?")


# Whether the books are looked after; nobody is to be taken out of service for it.
books = HealthCheckView.as_view(checks=[Sealing])


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' page, for who holds METRICS_TOKEN; without one there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response
