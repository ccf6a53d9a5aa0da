"""Working on what shops told, from its rows: claimed by a lease, one order by one worker at a time, retried.

A worker that dies leaves a claim that runs out. What cannot be done yet is tried again, later and later, and
in the end stays as it is, to be seen. What is proved by a secret alone is fetched again from the shop, and
only that is believed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Q

from accounts.errors import WalaaError
from accounts.outside import OutsideError
from ledger.errors import Busy
from ledger.models import ShopLink, ShopNews, ShopOrder
from ledger.models.shops import NewsState
from ledger.shops import results
from ledger.shops.links import api_of
from ledger.shops.reading import read_json
from ledger.shops.settling import note_happening, open_award, purchase_of, settle
from ledger.shops.source import Shop, Source
from ledger.shops.sources import sources
from ledger.shops.told import Gone, Happening, Ignored, Order, Refund, Told, Unreadable

Clock = Callable[[], datetime]

LEASE: Final = timedelta(minutes=2)
SOON: Final = timedelta(seconds=3)
MOST_TRIES: Final = 12
BATCH: Final = 100
WAITS: Final = frozenset({results.NO_ANSWER, results.NO_TOKEN, results.FAILED, "busy"})
"""Words for what may go better next time."""
STATES: Final = {
    **dict.fromkeys((results.UNKNOWN, results.NOBODY, results.NO_ORDER), NewsState.UNCLAIMED),
    results.NOT_NEEDED: NewsState.IGNORED,
    **dict.fromkeys((results.CURRENCY, results.NOTHING, results.ERASED, results.OFF), NewsState.REFUSED),
    **dict.fromkeys((results.REVIVED, results.GREW, results.NOT_THERE), NewsState.REFUSED),
}
log = structlog.get_logger("walaa.shops")


class OtherAtIt(Exception):
    """Another worker is at the same order."""


def work_news(*, clock: Clock) -> int:
    """Work on the news that wait, the oldest first; returns how many were done."""
    waiting = ShopNews.objects.filter(act_at__lte=clock()).order_by("act_at", "pk")
    found = list(waiting.values_list("pk", "act_at")[:BATCH])
    return sum(_work(pk, act_at, clock) for pk, act_at in found if act_at is not None)


def open_due(*, clock: Clock) -> int:
    """Open points of orders that are certain, whose days are over now; returns how many orders."""
    due = (
        ShopOrder.objects.filter(opens_at__lte=clock()).select_related("link__merchant").order_by("opens_at")
    )
    done = 0
    for order in due[:BATCH]:
        now = clock()
        if _claim(order, now):
            purchase = purchase_of(order, order.link)
            try:
                if purchase is not None:
                    open_award(order, order.link, purchase, now)
                done += 1
            finally:
                _release(order)
    return done


def replay(news: ShopNews, *, now: datetime) -> bool:
    """Have news worked on again from what was kept; False where that was emptied."""
    rows = ShopNews.objects.filter(pk=news.pk).exclude(body="")
    again = rows.update(act_at=now, done_at=None, tries=0, state=NewsState.WAITING, result="")
    return bool(again)


def _work(pk: int, act_at: datetime, clock: Clock) -> int:
    now = clock()
    if not ShopNews.objects.filter(pk=pk, act_at=act_at).update(act_at=now + LEASE):
        return 0
    news = ShopNews.objects.select_related("link__merchant").get(pk=pk)
    try:
        result = _effect(news, now)
    except OtherAtIt:
        ShopNews.objects.filter(pk=pk).update(act_at=now + SOON)
        return 0
    except Busy:
        result = "busy"
    except OutsideError:
        result = results.NO_ANSWER
    except Unreadable as error:
        result = f"{results.UNREADABLE}{error}"[:40]
    except WalaaError as error:
        result = error.code[:40]
    except Exception as error:  # noqa: BLE001 (one row must not hold up the others)
        log.error("news of a shop failed", error_code=type(error).__name__)
        result = results.FAILED
    return _later(news, result, now) if result in WAITS else _done(news, result, now)


def _effect(news: ShopNews, now: datetime) -> str:
    """What the news mean for the books; in a word for whoever reads the list."""
    link, source = news.link, sources().get(news.link.source)
    if source is None or not link.is_on:
        return results.OFF
    if not news.body:
        return results.CLEARED
    told = _told(news, link, source)
    if told is None:
        return results.NO_TOKEN
    if isinstance(told, Ignored):
        return results.NOT_NEEDED
    if isinstance(told, Happening):
        return note_happening(link, source, told, now)
    return _settled(news, link, source, told, now)


def _told(news: ShopNews, link: ShopLink, source: Source) -> Told | None:
    """What to believe: what was told, or what the shop's API says of it. None: it cannot be asked."""
    said = read_json(news.body)
    shop = Shop(link.merchant.currency, link.merchant.timezone, news.received_at)
    headers: Mapping[str, str] = news.headers
    if source.believes:
        return source.read(said, headers, shop)
    order_key = source.order_key(said)
    if not order_key:
        return Ignored()
    api = api_of(link, source)
    if api is None:
        return None
    found = source.fetch(api, order_key)
    return Gone(order_key) if found is None else source.read(source.wrapped(found), headers, shop)


def _settled(
    news: ShopNews, link: ShopLink, source: Source, told: Order | Refund | Gone, now: datetime
) -> str:
    """Settle the order that is told of, alone at it."""
    order_key = told.order_key if isinstance(told, Refund) else told.key
    ShopOrder.objects.bulk_create(
        [ShopOrder(merchant_id=link.merchant_id, link=link, order_key=order_key)], ignore_conflicts=True
    )
    order = ShopOrder.objects.get(link=link, order_key=order_key)
    ShopNews.objects.filter(pk=news.pk).update(order=order, order_key=order_key)
    if not _claim(order, now):
        raise OtherAtIt
    try:
        return settle(order, link, source, told, now)
    finally:
        _release(order)


def _claim(order: ShopOrder, now: datetime) -> bool:
    """Be the one worker at an order, and see it as it is now."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    if not ShopOrder.objects.filter(free, pk=order.pk).update(claimed_until=now + LEASE):
        return False
    order.refresh_from_db()
    return True


def _release(order: ShopOrder) -> None:
    """Note what is known of the order now, and let others at it."""
    order.claimed_until = None
    order.save()


def _done(news: ShopNews, result: str, now: datetime) -> int:
    state = NewsState.REFUSED if result not in results.WORDS else STATES.get(result, NewsState.DONE)
    forgotten = {"body": "", "headers": {}} if result == results.ERASED else {}
    rows = ShopNews.objects.filter(pk=news.pk)
    rows.update(state=state, result=result, done_at=now, act_at=None, **forgotten)
    return 1


def _later(news: ShopNews, result: str, now: datetime) -> int:
    """Try again, later and later; after the last try it stays as it is, to be seen."""
    tries = news.tries + 1
    over = tries >= MOST_TRIES
    ShopNews.objects.filter(pk=news.pk).update(
        tries=tries,
        act_at=None if over else now + timedelta(minutes=min(2**tries, 360)),
        state=NewsState.STUCK if over else NewsState.WAITING,
        result=result,
    )
    return 0
