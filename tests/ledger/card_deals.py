"""Dealings of rewards and gift cards, for the counts of reads."""

from collections.abc import Callable

from ledger.events import GiftCardEnded, GiftCardIssued
from ledger.posting import post
from ledger.receipt import Receipt
from programs.models import AudienceMember, Reward
from tests.ledger.books import Books

Deal = Callable[[], Receipt]
Prepare = Callable[[Books], Deal]


def a_reward(books: Books) -> Deal:
    reward = Reward.objects.order_by("points").first()
    assert reward is not None
    return lambda: books.issue(reward_code=reward.code)


def a_limited_reward(books: Books) -> Deal:
    """One that asks for everything a reward can ask."""
    Reward.objects.filter(code="surprise").update(stock=100, member_limit=50, segments=["vip"])
    place = {"merchant": books.merchant, "audience": "vip", "member": books.member}
    AudienceMember.objects.get_or_create(**place, defaults={"since": books.now})
    return lambda: books.issue(reward_code="surprise")


def sold_card(books: Books, value_minor: int = 50_00) -> Receipt:
    said = books.said("card", None, None)
    return post(GiftCardIssued(**said, value_minor=value_minor, order_ref="S-1"), now=books.now)


def a_card_is_sold(books: Books) -> Deal:
    return lambda: sold_card(books)


def a_card_ends(books: Books) -> Deal:
    code = sold_card(books).code
    return lambda: post(GiftCardEnded(**books.said("end", None, None), code=code), now=books.now)


def paid_with_cards(books: Books) -> Deal:
    codes = (sold_card(books).code, sold_card(books).code)
    return lambda: books.buy(200_00, gift_cards=tuple((code, 0) for code in codes))


def refund_to_a_card(books: Books) -> Deal:
    key = f"refunded-{next(books.numbers)}"
    books.buy(200_00, key=key, gift_cards=((sold_card(books).code, 0),))
    books.refund(key, 50_00)
    return lambda: books.refund(key, 100_00)


def begun_by_its_code(kind: str) -> Prepare:
    def prepared(books: Books) -> Deal:
        worth = {"kind": kind, "value_minor": 50_00, "feature": "premium", "lasts_days": 30, "stock": 100}
        Reward.objects.filter(code="surprise").update(**worth)
        code = books.issue(reward_code="surprise").code
        return lambda: books.close(code)

    return prepared
