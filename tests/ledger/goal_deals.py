"""Dealings that move cards and challenges, for the counts of reads."""

from collections.abc import Callable
from typing import Any

from ledger.events import PointsOpened
from ledger.events_of_contests import ContestWon
from ledger.posting import post
from ledger.receipt import Receipt
from programs.models import ProgrammeVersion
from tests.ledger.books import Books
from tests.ledger.holding import FIRST

Deal = Callable[[], Receipt]


def stamps_brought_along(books: Books) -> Deal:
    said = books.said("stamps", None, None)
    return lambda: post(PointsOpened(**said, card="coffee-card", stamps=12), now=books.now)


def refund_of_stamps(books: Books) -> Deal:
    key = f"refunded-{next(books.numbers)}"
    books.buy(90_00, key=key)
    return lambda: books.refund(key, 90_00)


def a_prize(books: Books) -> Deal:
    version = ProgrammeVersion.objects.filter(programme__merchant=books.merchant).latest("pk")
    said = books.said("prize", None, None)
    event = ContestWon(**said, contest="cup", starts_on=FIRST, place=1, version_id=version.pk)
    return lambda: post(event, now=books.now)


COLLECTING: dict[str, Any] = {
    "goals": {
        "cards": [{"stamps": 1, "most_per_day": 50}],
        "contests": ({}, {"code": "stamps", "counts": "stamp"}),
        "challenges": [
            {"target": 1, "repeats": True, "points": 1, "badge": "regular", "min_amount_minor": 500},
            {"code": "weeks", "kind": "streak", "target": 2},
            {"code": "said", "counts": "event", "event": "review", "card": "coffee-card", "stamps": 2},
        ],
    }
}
"""Terms under which everything reaches something."""
