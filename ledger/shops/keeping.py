"""What came through the door, once it is proved: kept as it came, once, in one insert."""

from datetime import datetime, timedelta
from typing import Final

from ledger.models import ShopLink, ShopNews
from ledger.shops.reading import read_json
from ledger.shops.source import Said, Source
from ledger.shops.told import Sent, Unreadable

HEARD_ANEW: Final = timedelta(minutes=1)
KEPT_FOR: Final = timedelta(days=30)
LONGEST_HEADER: Final = 200


def keep(*, link: ShopLink, source: Source, sent: Sent, now: datetime) -> None:
    """Keep proved news. Raises ``Unreadable`` for what is no object, or of another shop."""
    said = read_json(sent.raw)
    theirs = source.shop_id(said, sent)
    if link.shop_id and theirs and link.shop_id.casefold() != theirs.casefold():
        raise Unreadable("shop")
    store([news_of(link, source, said, sent, now)])
    if link.heard_at is None or link.heard_at < now - HEARD_ANEW:
        ShopLink.objects.filter(pk=link.pk).update(heard_at=now)


def news_of(
    link: ShopLink, source: Source, said: Said, sent: Sent, now: datetime, *, is_pulled: bool = False
) -> ShopNews:
    """The row of something that was told."""
    kept = {name: sent.header(name)[:LONGEST_HEADER] for name in source.kept_headers if sent.header(name)}
    once = source.once(said, sent).replace("\x00", "")
    return ShopNews(
        merchant_id=link.merchant_id,
        link=link,
        once=f"pulled:{once}"[:120] if is_pulled else once[:120],
        name="pulled" if is_pulled else source.name(said, sent),
        order_key=source.order_key(said),
        headers=kept,
        body=sent.raw.decode(),
        is_pulled=is_pulled,
        received_at=now,
        act_at=now,
    )


def store(rows: list[ShopNews]) -> None:
    """Insert what is not there yet."""
    ShopNews.objects.bulk_create(rows, ignore_conflicts=True)


def clear_bodies(*, now: datetime) -> int:
    """Empty what was said in news whose work is done for a month; returns how many."""
    old = ShopNews.objects.filter(received_at__lt=now - KEPT_FOR).exclude(body="")
    return old.update(body="", headers={}, act_at=None)
