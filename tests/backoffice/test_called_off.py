"""An event that its owner calls off: points and vouchers come back, and everybody hears it once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from campaigns.models import Message
from campaigns.recipes import install_recipes
from ledger.models import Place, Redemption
from ledger.places.filling import settle_events
from ledger.tasks import settle_events as every_minute
from programs.models import EventState, MemberEvent, Reward, RewardKind
from programs.queries import forget_terms
from tests.backoffice.conftest import SignIn
from tests.campaigns.scene import hear, send_all
from tests.cast import FOUNDED, NOW, Shop
from tests.ledger.books import Books, another, prove
from tests.ledger.collected import open_collecting_shop
from tests.ledger.given import invite, sign_up

STAMPED = {"reward": "coffee", "stamps": 1}


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    """A shop whose card of one stamp gives a place at the tasting; members are written to in English."""
    opened = open_collecting_shop(cards=[STAMPED])
    place = {"kind": RewardKind.EVENT_PLACE, "feature": "tasting", "code_minutes": 30 * 24 * 60}
    Reward.objects.filter(version=opened.version, code="coffee").update(**place)
    forget_terms()
    install_recipes(merchant=opened.merchant, now=FOUNDED)
    Member.objects.filter(pk=opened.member.pk).update(language="en", given_name="Noura")
    return opened


@pytest.fixture
def books(shop: Shop) -> Books:
    return Books(shop.member, now=NOW)


def gift_of(books: Books) -> str:
    """Fill the card; the code of the voucher."""
    return str(books.buy(10_00).vouchers[0]["code"])


def call_off(owner: Client, event: MemberEvent) -> Any:
    """Choose "cancelled" in the event's own form, and let the minute's task pass."""
    change = reverse("admin:programs_memberevent_change", args=[event.pk])
    form = owner.get(change).context["adminform"].form
    said: dict[str, Any] = {}
    for bound in form:
        widget = bound.field.widget.get_context(bound.html_name, bound.value(), {})["widget"]
        for piece in widget.get("subwidgets") or [widget]:
            said[piece["name"]] = "" if piece.get("value") is None else piece["value"]
    answer = owner.post(change, said | {"state": EventState.CANCELLED.value})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    every_minute()
    return answer


def letters(books: Books) -> list[Message]:
    """Let the news go round; the inbox, without what vouchers and cards told before."""
    for _again in range(2):
        hear(NOW)
        send_all(NOW)
    mine = Message.objects.filter(member=books.member, channel="inbox", sent_at__isnull=False)
    return list(mine.exclude(recipe__kind="prizes").order_by("pk"))


def test_a_gift_that_took_a_place_comes_back_as_a_voucher_and_one_message_says_so(
    shop: Shop, owner: Client, books: Books, sign_in: SignIn
) -> None:
    event = invite(shop, NOW)
    code = gift_of(books)
    until = Redemption.objects.get(code=code).expires_at
    books.close(code)
    letters(books)
    before = Message.objects.filter(member=books.member, channel="inbox").count()
    call_off(owner, event)
    assert Place.objects.get().state == "over"
    voucher = Redemption.objects.get(member=books.member, state="reserved")
    assert (voucher.reward_code, voucher.origin, voucher.points, voucher.expires_at) == (
        "coffee",
        "event",
        0,
        until,
    )
    (letter,) = letters(books)
    assert letter.subject == "Called off: Coffee evening"
    assert "29 November 2026" in letter.body
    assert "This is back on your account: Coffee." in letter.body
    assert Message.objects.filter(member=books.member, channel="inbox").count() == before + 1
    every_minute()
    assert letters(books) == [letter]
    till = sign_in(shop.staff["cashier"])
    page = till.get(reverse("till:code", args=[voucher.code]))
    assert "Ready to use" in page.content.decode()
    form = page.context["form"]
    till.post(reverse("till:use", args=[voucher.code]), {"spare": form.initial["spare"]}, follow=True)
    voucher.refresh_from_db()
    assert voucher.state == "used"
    prove(shop.merchant)


def test_a_voucher_whose_time_is_over_lives_one_grace(shop: Shop, owner: Client, books: Books) -> None:
    event = invite(shop, NOW)
    code = gift_of(books)
    books.close(code)
    Redemption.objects.filter(code=code).update(expires_at=NOW - timedelta(days=1))
    call_off(owner, event)
    voucher = Redemption.objects.get(state="reserved")
    days = shop.version.grace_days
    assert timedelta(days=days) < voucher.expires_at - NOW <= timedelta(days=days + 1)


def test_a_code_that_was_had_for_points_gives_them_back_to_their_lots(
    shop: Shop, owner: Client, books: Books
) -> None:
    event = invite(shop, NOW)
    books.earn(500)
    lots = books.lots()
    code = books.issue(reward_code="coffee").code
    books.close(code)
    assert books.available == 300
    call_off(owner, event)
    assert (books.available, books.lots()) == (500, lots)
    assert Redemption.objects.get(code=code).state == "cancelled"
    assert not Redemption.objects.filter(origin="event").exists()
    (letter,) = letters(books)
    assert "This is back on your account: 200 points." in letter.body
    prove(shop.merchant)


def test_who_paid_in_points_who_waited_and_who_came_free_hear_it_too(
    shop: Shop, owner: Client, books: Books
) -> None:
    event = invite(shop, NOW, points=100, places=1)
    other = another(shop.merchant, "0559876543", language="ar", given_name="سارة")
    other.now = NOW
    for one in (books, other):
        one.earn(100)
        sign_up(one)
    call_off(owner, event)
    assert (books.available, other.available) == (100, 100)
    assert "100 points" in letters(books)[-1].body
    assert letters(other)[-1].subject == "أُلغيت الفعالية: أمسية قهوة"
    free = invite(shop, NOW, code="free")
    sign_up(books, "free")
    call_off(owner, free)
    newest = letters(books)[-1]
    assert "back on your account" not in newest.body
    assert "[" not in newest.body


def test_nothing_comes_back_of_what_was_had(shop: Shop, books: Books) -> None:
    """Who cancels themselves, and who was at an evening that is called off too late, had their voucher."""
    event = invite(shop, NOW)
    code = gift_of(books)
    books.close(code)
    books.now = event.ends_at + timedelta(hours=1)
    settle_events(now=books.now)
    assert not Redemption.objects.filter(origin="event").exists()


@pytest.fixture
def owner(shop: Shop, sign_in: SignIn) -> Client:
    return sign_in(shop.staff["owner"])
