"""News of the books: what was won, memberships, places and gifts, each told once and only while it is so."""

import pytest

from accounts.models import Member
from accounts.models.consent import Channel, Purpose
from campaigns.models import Message, MessageState, Reason, Recipe, RecipeKind
from campaigns.recipes import install_recipes
from ledger.bulk.lapsing import lapse
from ledger.contests.closing import close_contests
from ledger.places.filling import fill
from programs.models import ContestPrize, MemberEvent
from programs.queries import forget_terms
from tests.campaigns.scene import agree, hear, send_all
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.books import Books, another
from tests.ledger.collected import add_goals, open_collecting_shop, put_in_force
from tests.ledger.given import give, invite, leave, open_giving_shop, sign_up
from tests.ledger.held import open_holding_shop
from tests.ledger.holding import PRIZES
from tests.ledger.subscribed import begin_trial, cancel, give_back, pay, sell

pytestmark = pytest.mark.django_db


def listening(shop: Shop, **person: str) -> Books:
    """The books of a member of a shop whose recipes are on, spoken to in English."""
    install_recipes(merchant=shop.merchant, now=FOUNDED)
    Member.objects.filter(pk=shop.member.pk).update(**({"language": "en", "given_name": "Noura"} | person))
    shop.member.refresh_from_db()
    return Books(shop.member)


def told(books: Books, *, channel: str = "inbox") -> list[str]:
    """Let the news go round, and return the subjects of what arrived, in order."""
    for _again in range(2):
        hear(books.now)
        send_all(books.now)
    rows = Message.objects.filter(member=books.member, channel=channel, sent_at__isnull=False)
    return list(rows.order_by("pk").values_list("subject", flat=True))


def letter(books: Books) -> str:
    """The newest message of the inbox."""
    return Message.objects.filter(member=books.member, channel="inbox").latest("pk").body


@pytest.fixture
def collector(db: None) -> Books:
    """A card of two stamps for a coffee, whose second stamp is a milestone with a badge and 50 points."""
    dare = {
        "code": "dare",
        "kind": "milestone",
        "counts": "visit",
        "target": 2,
        "points": 50,
        "badge": "regular",
    }
    return listening(open_collecting_shop(cards=[{"stamps": 2}], challenges=[dare]))


def test_one_order_that_gives_much_is_one_message(collector: Books) -> None:
    collector.earn(10)
    assert told(collector) == []
    collector.wait(days=1)
    collector.earn(10)
    assert told(collector) == ["Congratulations! Something new for you at Oasis shop"]
    lines = [line for line in letter(collector).splitlines() if line.startswith("•")]
    assert sorted(line.partition(",")[0] for line in lines) == [
        "• A voucher for you: Coffee",
        "• Card complete: Coffee card",
        "• Challenge completed: Name: 50 points",
        "• New badge: Regular",
    ]
    assert told(collector, channel="email") == told(collector)


def test_an_order_that_also_makes_silver_says_so_in_the_same_message(collector: Books) -> None:
    collector.earn(10)
    collector.wait(days=1)
    collector.buy(1_600_00)
    assert told(collector) == ["Congratulations! Something new for you at Oasis shop"]
    assert "• New level: Silver" in letter(collector)
    collector.buy(4_000_00)
    assert told(collector)[1:] == ["Congratulations, you have reached Gold"]


def test_without_the_message_of_prizes_the_tier_is_told_by_its_own(collector: Books) -> None:
    Recipe.objects.filter(kind=RecipeKind.PRIZES).update(is_enabled=False)
    collector.earn(10)
    collector.wait(days=1)
    collector.buy(1_600_00)
    assert told(collector) == ["Congratulations, you have reached Silver"]


def test_what_a_refund_took_back_before_it_was_sent_is_no_news(collector: Books) -> None:
    collector.earn(10)
    collector.wait(days=1)
    collector.earn(10, key="second")
    hear(collector.now)
    collector.refund("second", 10_00)
    assert told(collector) == []
    stale = Message.objects.filter(recipe__kind=RecipeKind.PRIZES)
    assert {(row.state, row.reason) for row in stale} == {(MessageState.SUPPRESSED, Reason.STALE)}


def test_who_withdrew_hears_of_prizes_on_their_page_only(collector: Books) -> None:
    agree(collector.member, Channel.EMAIL, Purpose.SERVICE, granted=False)
    for _visit in range(2):
        collector.wait(days=1)
        collector.earn(10)
    assert told(collector, channel="email") == []
    assert len(told(collector)) == 1


def test_the_arabic_of_a_prize(collector: Books) -> None:
    Member.objects.filter(pk=collector.member.pk).update(language="ar", gender="f", given_name="نورة")
    for _visit in range(2):
        collector.wait(days=1)
        collector.earn(10)
    assert told(collector) == ["مبارك! جديد في انتظارك لدى متجر oasis"]
    assert letter(collector).startswith("مبارك نورة! إليكِ ما كسبتِه للتو")
    assert "• قسيمة لك: قهوة، صالحة حتى" in letter(collector)


# --- contests ---


@pytest.fixture
def contender(db: None) -> Books:
    """Who spends most in February wins 300 points and a badge, the next two 100 points and a coffee."""
    return listening(open_holding_shop())


def test_a_prize_of_a_contest_is_told_once_with_its_place(contender: Books) -> None:
    rival = another(contender.merchant, "0501110001")
    for books, amount in ((contender, 100_00), (rival, 200_00)):
        books.go_to(2026, 2, 10)
        books.buy(amount)
    contender.go_to(2026, 3, 15)
    for _again in range(2):
        close_contests(now=contender.now)
    assert told(contender) == ["Congratulations! Something new for you at Oasis shop"]
    lines = [line for line in letter(contender).splitlines() if line.startswith("•")]
    assert sorted(line.partition(",")[0] for line in lines) == [
        "• A voucher for you: Coffee",
        "• Place 2 in the contest “February cup”: 100 points",
    ]
    assert told(rival)[0].startswith(("Congratulations", "مبارك"))


def test_a_prize_of_points_alone_is_told_too(contender: Books) -> None:
    ContestPrize.objects.update(badge="", reward="")
    forget_terms()
    contender.go_to(2026, 2, 10)
    contender.buy(100_00)
    contender.go_to(2026, 3, 15)
    close_contests(now=contender.now)
    assert len(told(contender)) == 1
    assert "• Place 1 in the contest “February cup”: 300 points" in letter(contender)


def test_two_contests_decided_in_one_night_are_one_message_in_arabic(db: None) -> None:
    sprint = {"code": "sprint", "name_ar": "سباق", "name_en": "Sprint"}
    shop = open_holding_shop(contests=({}, sprint), prizes=(*PRIZES, {"contest": "sprint", "points": 40}))
    books = listening(shop, language="ar")
    books.go_to(2026, 2, 10)
    books.buy(100_00)
    books.go_to(2026, 3, 15)
    close_contests(now=books.now)
    assert len(told(books)) == 1
    assert "• المركز 1 في مسابقة «كأس فبراير»، ومعه 300 نقطة" in letter(books)
    assert "• المركز 1 في مسابقة «سباق»، ومعه 40 نقطة" in letter(books)
    assert "• وسام جديد" in letter(books)


# --- memberships ---


@pytest.fixture
def subscriber(db: None) -> Books:
    """Plus, 29 SAR a month, with a coffee for a welcome."""
    shop = open_shop("oasis", "0501234567", live=False)
    add_goals(shop.version)
    sell(shop.version, welcome_reward="coffee")
    put_in_force(shop.version)
    return listening(shop)


def night(books: Books, **time: int) -> None:
    """Let days go by, and the night after them."""
    books.wait(**time)
    lapse(merchant=books.merchant, now=books.now)


def test_a_membership_from_its_trial_to_its_end_is_told_step_by_step(subscriber: Books) -> None:
    begin_trial(subscriber)
    assert told(subscriber) == ["Your Plus membership has begun"]
    assert "free to try until 8 February 2026" in letter(subscriber)
    pay(subscriber)
    assert told(subscriber)[1:] == ["Your Plus membership has begun"]
    assert "paid until 8 March 2026" in letter(subscriber)
    assert "Our welcome gift: Coffee." in letter(subscriber)
    subscriber.wait(days=20)
    pay(subscriber)
    assert told(subscriber)[2:] == ["Your Plus membership is renewed"]
    assert "paid until 8 April 2026" in letter(subscriber)
    for _again in range(2):
        night(subscriber, days=30)
    assert told(subscriber)[3:] == ["The renewal of your Plus membership is not paid yet"]
    night(subscriber, days=30)
    assert told(subscriber)[-1] == "Your Plus membership has ended"
    night(subscriber, days=1)
    assert told(subscriber).count("Your Plus membership has ended") == 1


def test_an_unpaid_fee_is_told_once_however_many_nights_it_stays_so(subscriber: Books) -> None:
    pay(subscriber)
    told(subscriber)
    for _night in range(3):
        night(subscriber, days=1)
    subscriber.go_to(2026, 2, 26)
    for _night in range(3):
        night(subscriber, days=1)
        told(subscriber)
    unpaid = [subject for subject in told(subscriber) if "not paid yet" in subject]
    assert len(unpaid) == 1
    assert "SAR" in letter(subscriber)
    assert "go on until 4 March 2026" in letter(subscriber)


def test_who_paid_before_the_message_left_reads_nothing_of_an_unpaid_fee(subscriber: Books) -> None:
    pay(subscriber)
    told(subscriber)
    subscriber.go_to(2026, 2, 26)
    night(subscriber)
    hear(subscriber.now)
    pay(subscriber)
    assert not [subject for subject in told(subscriber) if "not paid yet" in subject]


def test_who_cancels_is_told_the_last_day_and_not_again_when_it_comes(subscriber: Books) -> None:
    pay(subscriber)
    told(subscriber)
    cancel(subscriber)
    assert told(subscriber)[1:] == ["Your Plus membership is cancelled"]
    assert "keep its benefits until 25 February 2026" in letter(subscriber)
    night(subscriber, days=40)
    assert len(told(subscriber)) == 2


def test_a_fee_given_back_for_a_later_period_ends_nothing(subscriber: Books) -> None:
    pay(subscriber)
    pay(subscriber, key="ahead")
    told(subscriber)
    give_back(subscriber, "ahead")
    assert not [subject for subject in told(subscriber) if "ended" in subject]


# --- places ---


@pytest.fixture
def evening(db: None) -> tuple[MemberEvent, Books, Books]:
    """An evening with one place, and two who want it."""
    shop = open_shop("oasis", "0501234567")
    first = listening(shop)
    second = another(shop.merchant, "0552222222", given_name="Sara", language="en")
    return invite(shop, first.now, places=1), first, second


def test_who_waits_hears_that_they_wait_and_that_a_place_is_theirs(
    evening: tuple[MemberEvent, Books, Books],
) -> None:
    event, first, second = evening
    place = sign_up(first)
    sign_up(second)
    assert told(first) == []
    assert told(second) == ["You are on the waiting list: Coffee evening"]
    assert "8 February 2026 at 12:00" in letter(second)
    leave(first, place.place_id or 0)
    fill(event, now=first.now)
    assert told(second)[1:] == ["A place came free for you: Coffee evening"]
    assert told(first) == []


def test_who_left_the_list_meanwhile_hears_of_no_place(
    evening: tuple[MemberEvent, Books, Books],
) -> None:
    event, first, second = evening
    places = [sign_up(one) for one in (first, second)]
    told(second)
    leave(first, places[0].place_id or 0)
    fill(event, now=first.now)
    hear(first.now)
    leave(second, places[1].place_id or 0)
    assert told(second)[1:] == []


# --- gifts ---


def test_who_gives_points_is_thanked_with_the_number_of_the_receipt(db: None) -> None:
    books = listening(open_giving_shop())
    books.earn(1_000)
    told(books)
    number = give(books, 500).code
    assert told(books) == ["Thank you for giving: Orphan care"]
    assert f"receipt is {number}" in letter(books)
    assert "500 points, worth" in letter(books)
