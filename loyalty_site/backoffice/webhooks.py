"""What every page of the back office says of webhooks: which were switched off without anybody doing it."""

from typing import cast

from django.http import HttpRequest

from accounts.errors import NotFound
from accounts.reach import current_merchant
from campaigns.webhooks.keeping import ROOM
from campaigns.webhooks.models import WebhookEndpoint
from campaigns.webhooks.switching import off_and_unseen


def switched_off(request: HttpRequest) -> list[WebhookEndpoint]:
    """The addresses that failed until they were switched off, for owners and managers; kept along."""
    known = getattr(request, "webhooks_off", None)
    if known is None:
        known = request.webhooks_off = _switched_off(request)  # type: ignore[attr-defined]
    return cast(list[WebhookEndpoint], known)


def _switched_off(request: HttpRequest) -> list[WebhookEndpoint]:
    if not request.user.is_authenticated:
        return []
    try:
        return off_and_unseen(current_merchant(request, room=ROOM))
    except NotFound:
        return []
