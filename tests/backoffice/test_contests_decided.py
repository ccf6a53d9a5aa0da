"""Decided contests in the back office: what was decided, who stands where, what became of every prize."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from ledger.contests.closing import close_contests
from ledger.models import ContestClosing, Redemption
from tests.backoffice.conftest import SignIn
from tests.backoffice.test_pages import queries
from tests.cast import NOW, Shop, open_shop
from tests.ledger.books import Books, another
from tests.ledger.held import open_holding_shop
from tests.ledger.holding import hold_and_decide
from tests.portal.conftest import words as words_of


def words(page: Any) -> str:
    """What a page of the back office says."""
    return words_of(page)


@pytest.fixture
def shop(db: None, clock: Any) -> Shop:
    """A shop that held a contest."""
    return open_holding_shop()


@pytest.fixture
def field(shop: Shop) -> list[Books]:
    """Three who bought for 300, 200 and 100, and one who has left since; it is decided."""
    found = [
        Books(shop.member),
        *(another(shop.merchant, f"050111000{n}", given_name=f"M{n}") for n in "123"),
    ]
    for number, books in enumerate(found):
        books.go_to(2026, 2, 10)
        books.buy(400_00 - 100_00 * number)
    return found


def decided(field: list[Books]) -> ContestClosing:
    """Let the day come on which places stand."""
    field[0].go_to(2026, 3, 15)
    close_contests(now=field[0].now)
    return ContestClosing.objects.get()


def test_a_decided_contest_shows_who_stands_where_and_what_became_of_every_prize(
    owner: Client, field: list[Books]
) -> None:
    closing = decided(field)
    Redemption.objects.filter(member=field[2].member).update(state="used", closed_at=NOW)
    told = words(owner.get(reverse("admin:contests")))
    assert "February cup" in told
    assert "1 / 2" in told  # vouchers used
    page: Any = owner.get(reverse("admin:contest", args=[closing.pk]))
    shown = [(row.standing.place, row.prize, row.state) for row in page.context["shown"]]
    assert shown == [
        (1, "300 points, the badge “Regular”", "Prize given"),
        (2, "100 points, “Coffee”", "Voucher: Ready to use"),
        (3, "100 points, “Coffee”", "Voucher: Used"),
        (4, "", ""),
    ]
    told = words(page)
    assert "400 SAR" in told
    assert "Final ranking" in told
    assert "who spends most" in told


def test_a_prize_nobody_got_says_why(owner: Client, field: list[Books], monkeypatch: Any) -> None:
    monkeypatch.setattr("ledger.contests.closing.post_alone", lambda _event, _now: None)  # all are busy
    closing = decided(field)
    page: Any = owner.get(reverse("admin:contest", args=[closing.pk]))
    assert {row.state for row in page.context["shown"] if row.prize} == {"On its way to the winner"}
    assert "Some still to be given" in words(owner.get(reverse("admin:contests")))
    monkeypatch.undo()
    Member.objects.filter(pk=field[1].member.pk).update(detached_at=NOW)
    close_contests(now=field[0].now)
    page = owner.get(reverse("admin:contest", args=[closing.pk]))
    states = [row.state for row in page.context["shown"]]
    assert states == ["Prize given", "Left the shop: no prize", "Voucher: Ready to use", ""]


def test_what_runs_and_comes_stands_above_what_is_decided(owner: Client, shop: Shop, clock: Any) -> None:
    page = reverse("admin:contests")
    for moment, state in (
        ((2026, 1, 20), "Coming"),
        ((2026, 2, 5), "Being held"),
        ((2026, 3, 5), "Returns are"),
    ):
        books = Books(shop.member)
        books.go_to(*moment)
        clock.move_to(books.now)
        owner.force_login(shop.staff["owner"], backend="allauth.account.auth_backends.AuthenticationBackend")
        assert state in words(owner.get(page))
    assert "No contest was decided yet" in words(owner.get(page))


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("analyst", 200), ("cashier", 302)])
def test_who_may_see_the_books_may_see_contests(
    shop: Shop, sign_in: SignIn, field: list[Books], role: str, status: int
) -> None:
    closing = decided(field)
    client = sign_in(shop.staff[role])
    pages = (reverse("admin:contests"), reverse("admin:contest", args=[closing.pk]))
    assert {client.get(page).status_code for page in pages} == {status}


def test_the_rivals_contest_is_not_there(owner: Client, shop: Shop) -> None:
    rival = open_shop("mirage", "0507654321")
    closing = hold_and_decide(rival, NOW)
    assert owner.get(reverse("admin:contest", args=[closing.pk])).status_code == 404
    page: Any = owner.get(reverse("admin:contests"))
    assert "decided yet" in words(page)
    assert page.context["rows"].paginator.count == 0


def test_the_questions_do_not_grow_with_the_ranking(owner: Client, field: list[Books]) -> None:
    few = decided(field)
    pages = [reverse("admin:contests"), reverse("admin:contest", args=[few.pk])]
    asked = [queries(lambda page=page: owner.get(page)) for page in pages]  # type: ignore[misc]
    for number in range(8):
        more = another(field[0].merchant, f"05022200{number:02}", given_name="More")
        few.standings.create(member=more.member, place=5 + number, count=1, reached_at=NOW)
    assert [queries(lambda page=page: owner.get(page)) for page in pages] == asked  # type: ignore[misc]
    assert max(asked) < 20


def test_the_pages_speak_arabic(owner: Client, shop: Shop, field: list[Books]) -> None:
    closing = decided(field)
    owner.defaults["HTTP_ACCEPT_LANGUAGE"] = shop.staff["owner"].language = "ar"
    shop.staff["owner"].save()
    assert "كأس فبراير" in words(owner.get(reverse("admin:contests")))
    told = words(owner.get(reverse("admin:contest", args=[closing.pk])))
    assert "الترتيب النهائي" in told
    assert "300 نقطة" in told
