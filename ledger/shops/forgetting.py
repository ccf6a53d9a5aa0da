"""What shops said of a person who is erased: the bodies that name them are emptied."""

from collections.abc import Iterator

from django.db.models import Q

from accounts.contacts import is_among
from ledger.models import ShopLink, ShopNews, ShopOrder
from ledger.shops.people import reachable_at
from ledger.shops.reading import read_json
from ledger.shops.source import Shop
from ledger.shops.sources import sources
from ledger.shops.told import Happening, Order, Unreadable, Who


def forget_in_shops(merchant_id: int, member_id: int, hashes: frozenset[str]) -> None:
    """Empty what was said of the erased member: their orders, waiting ones, carts."""
    theirs = ShopOrder.objects.filter(merchant=merchant_id)
    theirs = theirs.filter(Q(member=member_id) | Q(phone_hash__in=hashes) | Q(email_hash__in=hashes))
    ShopNews.objects.filter(order__in=theirs).update(body="", headers={}, act_at=None)
    theirs.filter(member__isnull=True).update(phone_hash="", email_hash="")
    named = [news.pk for news in _of_nobody(merchant_id) if _names(news, hashes)]
    ShopNews.objects.filter(pk__in=named).update(body="", headers={}, act_at=None)


def _of_nobody(merchant_id: int) -> Iterator[ShopNews]:
    """News that belong to no order yet: carts, and what could not be worked on."""
    rows = ShopNews.objects.filter(merchant=merchant_id, order__isnull=True).exclude(body="")
    return rows.select_related("link__merchant").iterator(chunk_size=200)


def _names(news: ShopNews, hashes: frozenset[str]) -> bool:
    """Whether news name one of these contacts; what nobody can read is emptied rather than kept."""
    try:
        who = _who(news.link, news)
    except Unreadable:
        return True
    phone, email = reachable_at(news.link, who)
    contacts = (("phone", phone), ("email", email))
    return any(is_among(hashes, news.merchant_id, kind, value) for kind, value in contacts if value)


def _who(link: ShopLink, news: ShopNews) -> Who | None:
    source = sources().get(link.source)
    if source is None:
        return None
    shop = Shop(link.merchant.currency, link.merchant.timezone, news.received_at)
    told = source.read(read_json(news.body), news.headers, shop)
    return told.who if isinstance(told, Order | Happening) else None
