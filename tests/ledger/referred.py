"""Friends in tests: a shop that gives something for them, and their way in."""

from typing import Any

from accounts import outbox
from accounts.joining import join
from accounts.models import Member
from ledger.bulk.befriending import reward_friends
from ledger.models import Referral
from programs.models import ReferralOffer
from programs.publishing import publish
from tests.cast import FOUNDED, open_shop
from tests.ledger.books import Books

OFFER: dict[str, Any] = {"bringer_points": 100, "friend_points": 50, "least_minor": 50_00}


def open_befriended(slug: str = "oasis", phone: str = "0501234567", **offer: Any) -> Books:
    """The books of a member at a shop that gives 100 points for a friend and 50 to the friend."""
    shop = open_shop(slug, phone, live=False)
    ReferralOffer.objects.create(version=shop.version, **(OFFER | offer))
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return Books(shop.member)


def bring(books: Books, phone: str = "0551234567", **fields: Any) -> Books:
    """A friend whom the member of ``books`` brings; the news of it is heard."""
    friend = joined_through(books, phone, **fields)
    hear(books)
    return friend


def joined_through(books: Books, phone: str, **fields: Any) -> Books:
    """A friend who joins by the member's code."""
    member, _new = join(
        merchant=books.merchant, now=books.now, source="portal", actor="test", phone=phone,
        referred_by=Member.objects.get(pk=books.member.pk), **fields,
    )  # fmt: skip
    return Books(member, now=books.now, numbers=books.numbers)


def hear(books: Books) -> None:
    """Let everybody hear what is new."""
    while outbox.relay(now=books.now):
        pass


def night(books: Books, *, days: int = 0) -> int:
    """Some days later, look who is to be rewarded; returns how many friends were."""
    books.wait(days=days)
    done = reward_friends(merchant=books.merchant, now=books.now)
    hear(books)
    return done


def story(friend: Books) -> tuple[str, str]:
    """How far the friend's referral has come, and why."""
    found = Referral.objects.get(friend=friend.member)
    return found.state, found.why
