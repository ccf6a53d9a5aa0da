"""Asking shops themselves: those that fell silent, and every one once a day, for what no webhook brought.

What is found is kept as news and worked on like the rest: what is known already changes nothing.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import structlog
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest

from accounts.outside import OutsideError
from ledger.models import ShopLink
from ledger.shops.asking import Api
from ledger.shops.keeping import news_of, store
from ledger.shops.links import api_of
from ledger.shops.source import Said, Source
from ledger.shops.sources import sources
from ledger.shops.told import Sent, Unreadable

Clock = Callable[[], datetime]

SILENT: Final = timedelta(hours=6)
DAILY: Final = timedelta(hours=24)
AGAIN: Final = timedelta(hours=1)
OVERLAP: Final = timedelta(hours=1)
FURTHEST: Final = timedelta(days=30)
MOST_PAGES: Final = 20
log = structlog.get_logger("walaa.shops")


def pull_silent(*, clock: Clock) -> int:
    """Ask the shops that are due; returns how many orders they named."""
    now = clock()
    known_to = Coalesce("pulled_at", "changed_at")
    last = Greatest(Coalesce("heard_at", "changed_at"), Coalesce("pulled_at", "changed_at"))
    rows = ShopLink.objects.filter(is_on=True).exclude(api_token="").annotate(last=last, known_to=known_to)
    rows = rows.filter(Q(tried_at__isnull=True) | Q(tried_at__lte=now - AGAIN))
    due = rows.filter(Q(last__lte=now - SILENT) | Q(known_to__lte=now - DAILY))
    return sum(_pull(pk, tried_at, clock) for pk, tried_at in list(due.values_list("pk", "tried_at")))


def _pull(pk: int, tried_at: datetime | None, clock: Clock) -> int:
    """Ask one shop, if nobody else does."""
    now = clock()
    if not ShopLink.objects.filter(pk=pk, tried_at=tried_at).update(tried_at=now):
        return 0
    link = ShopLink.objects.select_related("merchant").get(pk=pk)
    source = sources().get(link.source)
    api = api_of(link, source) if source is not None else None
    if source is None or api is None:
        return 0
    since = max((link.pulled_at or link.changed_at) - OVERLAP, now - FURTHEST)
    try:
        found = pull(link, source, api, since, now)
    except (OutsideError, Unreadable) as error:
        log.warning("a shop could not be asked", error_code=type(error).__name__)
        return 0
    ShopLink.objects.filter(pk=pk).update(pulled_at=now)
    return found


def pull(link: ShopLink, source: Source, api: Api, since: datetime, now: datetime) -> int:
    """Keep every order that changed since as news; returns how many. Raises errors of the call."""
    found, cursor = 0, ""
    for _page in range(MOST_PAGES):
        orders, cursor = source.changed(api, since, cursor)
        store([_news(link, source, order, now) for order in orders])
        found += len(orders)
        if not cursor:
            break
    return found


def _news(link: ShopLink, source: Source, order: Said, now: datetime) -> Any:
    said = source.wrapped(order)
    raw = json.dumps(said, default=_plain, ensure_ascii=False, sort_keys=True).encode(errors="replace")
    return news_of(link, source, said, Sent(raw=raw), now, is_pulled=True)


def _plain(said: Any) -> str:
    """A decimal as the text it was."""
    if isinstance(said, Decimal):
        return str(said)
    raise TypeError(type(said).__name__)
