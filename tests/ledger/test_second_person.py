"""RULES 44: a reason, an actor, a second person above the limit, a budget at the till, no own card."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.db import IntegrityError, transaction

from accounts.access import Actor, key_actor, staff_actor
from accounts.errors import (
    AlreadyDecided,
    Forbidden,
    Invalid,
    NeedsAnother,
    NotFound,
    NotRipe,
    WrongCode,
)
from accounts.models import ApiKey, Member, Staff, User
from accounts.models.staff import Role
from accounts.own_card import OwnCard
from accounts.second_factor import NoSecondFactor
from ledger.controlling import change_settings
from ledger.errors import BudgetSpent, KeyConflict, NotEnoughPoints
from ledger.make_goods import left_today, make_good
from ledger.models import AdjustmentRequest, BookSettings, Movement
from ledger.receipt import Receipt
from ledger.second_person import adjust, approve, decides_alone, decline, settings_of
from tests.cast import Cast, Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.test_concurrency import at_once
from tests.ledger.test_merging_at_once import merging
from tests.test_architecture import imported, sources

SECRET = "JBSWY3DPEHPK3PXP" * 2


def at(shop: Shop, role: str) -> Actor:
    return staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff[role]))


def give(books: Books, actor: Actor, points: int, key: str = "a", **said: Any) -> Any:
    said = {"reason": "Sorry", "source": "backoffice"} | said
    return adjust(actor=actor, member=books.member, points=points, key=key, now=books.now, **said)


def second_factor(user: User) -> str:
    """Set up two-step sign-in; returns a code of the app."""
    TOTP.activate(user, SECRET)
    return str(format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time()))))


def alone(shop: Shop) -> Actor:
    Staff.objects.filter(merchant=shop.merchant, role=Role.MANAGER).update(is_active=False)
    return at(shop, "owner")


def test_rule_44_up_to_the_limit_it_is_posted_at_once_with_reason_and_actor(books: Books, shop: Shop) -> None:
    receipt = give(books, at(shop, "manager"), 1_000)
    assert isinstance(receipt, Receipt)
    movement = Movement.objects.get()
    assert movement.actor == f"staff:{shop.staff['manager'].pk}"
    assert movement.reasons == [{"code": "adjustment"}]
    assert movement.why == [{"code": "adjustment", "note": "Sorry"}]
    for reason in ("", "   "):
        with pytest.raises(Invalid):
            give(books, at(shop, "manager"), 5, key="b", reason=reason)


@pytest.mark.parametrize("points", [1_001, -1_001])
def test_rule_44_above_it_a_second_person_decides(points: int, books: Books, shop: Shop) -> None:
    books.earn(5_000)
    request = give(books, at(shop, "manager"), points)
    assert isinstance(request, AdjustmentRequest)
    assert books.available == 5_000
    with pytest.raises(NeedsAnother):
        approve(actor=at(shop, "manager"), request_id=request.pk, now=books.now)
    receipt = approve(actor=at(shop, "owner"), request_id=request.pk, now=books.now)
    assert (receipt.points, books.available) == (points, 5_000 + points)
    request.refresh_from_db()
    assert (request.state, request.decided_by) == ("posted", at(shop, "owner").label)
    assert request.movement is not None
    assert request.movement.actor == at(shop, "manager").label
    with pytest.raises(AlreadyDecided):
        approve(actor=at(shop, "owner"), request_id=request.pk, now=books.now)
    assert books.available == 5_000 + points


def test_rule_44_ten_small_ones_are_one_large_one(books: Books, shop: Shop) -> None:
    manager = at(shop, "manager")
    for number in range(10):
        assert isinstance(give(books, manager, 100, key=f"k{number}"), Receipt)
    assert isinstance(give(books, manager, 1, key="k10"), AdjustmentRequest)
    assert isinstance(give(books, at(shop, "owner"), 1, key="k11"), Receipt)
    assert isinstance(give(books, manager, -1, key="k12"), Receipt)
    books.wait(days=1)
    assert isinstance(give(books, manager, 1, key="k13"), Receipt)


def test_rule_44_what_two_approved_does_not_count_against_the_limit(books: Books, shop: Shop) -> None:
    request = give(books, at(shop, "manager"), 3_000)
    approve(actor=at(shop, "owner"), request_id=request.pk, now=books.now)
    assert isinstance(give(books, at(shop, "manager"), 900, key="b"), Receipt)


def test_rule_44_a_repetition_has_the_request_as_it_stands_and_another_body_is_refused(
    books: Books, shop: Shop
) -> None:
    manager = at(shop, "manager")
    request = give(books, manager, 2_000)
    assert give(books, manager, 2_000) == request
    with pytest.raises(KeyConflict):
        give(books, manager, 2_001)
    approve(actor=at(shop, "owner"), request_id=request.pk, now=books.now)
    again = give(books, manager, 2_000)
    assert (again.repeated, again.points, books.available) == (True, 2_000, 2_000)


def test_rule_44_a_request_asked_again_of_the_record_that_stays_is_the_same(books: Books, shop: Shop) -> None:
    other = another(shop.merchant, "0559876543")
    asked = give(other, at(shop, "owner"), 5_000)
    merging(books, other, "m")()
    assert give(books, at(shop, "owner"), 5_000) == asked
    assert AdjustmentRequest.objects.count() == 1


def test_rule_44_refusing_and_withdrawing_move_nothing(books: Books, shop: Shop) -> None:
    manager, owner = at(shop, "manager"), at(shop, "owner")
    for key, who, state in (("a", owner, "refused"), ("b", manager, "withdrawn")):
        request = give(books, manager, 2_000, key=key)
        assert decline(actor=who, request_id=request.pk, now=books.now).state == state
        with pytest.raises(AlreadyDecided):
            approve(actor=owner, request_id=request.pk, now=books.now)
        assert give(books, manager, 2_000, key=key).state == state
    assert not Movement.objects.exists()


def test_rule_44_a_sole_owner_waits_a_day_and_proves_a_second_factor(books: Books, shop: Shop) -> None:
    owner = alone(shop)
    request = give(books, owner, 2_000)
    assert decides_alone(request, owner)
    with pytest.raises(NotRipe) as early:
        approve(actor=owner, request_id=request.pk, now=books.now)
    assert early.value.params == {"hours": 24}
    books.wait(hours=24)
    with pytest.raises(NoSecondFactor):
        approve(actor=owner, request_id=request.pk, now=books.now, code="123456")
    code = second_factor(shop.staff["owner"])
    with pytest.raises(WrongCode):
        approve(actor=owner, request_id=request.pk, now=books.now, code="000000")
    approve(actor=owner, request_id=request.pk, now=books.now, code=code)
    request.refresh_from_db()
    assert (request.state, request.second_factor_at, books.available) == ("posted", books.now, 2_000)


def test_rule_44_a_recovery_code_is_a_second_factor_once(books: Books, shop: Shop) -> None:
    owner = alone(shop)
    second_factor(shop.staff["owner"])
    code = RecoveryCodes.activate(shop.staff["owner"]).get_unused_codes()[0]
    first, second = (give(books, owner, 2_000, key=key) for key in "ab")
    books.wait(hours=25)
    approve(actor=owner, request_id=first.pk, now=books.now, code=code)
    with pytest.raises(WrongCode):
        approve(actor=owner, request_id=second.pk, now=books.now, code=code)


def test_rule_44_a_keys_request_is_decided_by_a_person_and_by_a_sole_owner_as_their_own(
    books: Books, shop: Shop
) -> None:
    key = ApiKey.objects.select_related("merchant").get(merchant=shop.merchant, scope="manage")
    request = give(books, key_actor(key), 2_000, source="api")
    assert not decides_alone(request, at(shop, "owner"))
    owner = alone(shop)
    assert decides_alone(request, owner)
    with pytest.raises(NotRipe):
        approve(actor=owner, request_id=request.pk, now=books.now)
    with pytest.raises(Forbidden):  # a key never decides, however it came here
        approve(actor=key_actor(key), request_id=request.pk, now=books.now + timedelta(days=2))


def second_account(shop: Shop, user: User, *, phone: str = "", email: str = "second@oasis.example") -> Actor:
    """Another account of somebody, with the rights of an owner."""
    other = User.objects.create_user(email)
    post = Staff.objects.create(user=other, merchant=shop.merchant, role=Role.OWNER, phone=phone)
    Staff.objects.filter(user=user, merchant=shop.merchant).update(phone=phone)
    return staff_actor(post)


@pytest.mark.parametrize(
    "marks", [{"phone": "+966500000009"}, {"email": "Owner+second@oasis.example"}], ids=["phone", "mailbox"]
)
def test_rule_44_two_accounts_of_one_person_are_one_person(
    marks: dict[str, str], books: Books, shop: Shop
) -> None:
    owner, second = at(shop, "owner"), second_account(shop, shop.staff["owner"], **marks)
    request = give(books, owner, 2_000)
    with pytest.raises(NeedsAnother):
        approve(actor=second, request_id=request.pk, now=books.now + timedelta(days=2))
    assert not Movement.objects.exists()
    alone(shop)  # nobody else is left: two accounts wait and prove like one
    assert decides_alone(request, second)
    with pytest.raises(NotRipe):
        approve(actor=second, request_id=request.pk, now=books.now)
    with pytest.raises(NoSecondFactor):
        approve(actor=second, request_id=request.pk, now=books.now + timedelta(days=2), code="123456")


def test_rule_44_nobody_credits_their_own_card_from_another_account(books: Books, shop: Shop) -> None:
    second = second_account(shop, shop.staff["owner"], phone="+966500000009")
    Member.objects.filter(pk=books.member.pk).update(email=shop.staff["owner"].email)
    books.member.refresh_from_db()
    with pytest.raises(OwnCard):
        give(books, second, 5)


def test_rule_44_the_database_itself_refuses_one_person_alone(books: Books, shop: Shop) -> None:
    request = give(books, at(shop, "manager"), 2_000)
    movement_id = give(books, at(shop, "manager"), 1, key="b").movement_id
    rows = AdjustmentRequest.objects.filter(pk=request.pk)
    for values in ({"movement_id": movement_id}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state="posted", decided_by=request.asked_by, decided_at=books.now, **values)


def test_rule_44_points_that_are_gone_meanwhile_leave_the_request_waiting(books: Books, shop: Shop) -> None:
    books.earn(2_000)
    request = give(books, at(shop, "manager"), -1_500)
    books.issue(1_000)
    with pytest.raises(NotEnoughPoints):
        approve(actor=at(shop, "owner"), request_id=request.pk, now=books.now)
    request.refresh_from_db()
    assert (request.state, books.available) == ("waiting", 1_000)


@pytest.mark.parametrize("by", ["phone", "email"])
def test_rule_44_nobody_credits_their_own_card(by: str, books: Books, shop: Shop) -> None:
    manager = shop.staff["manager"]
    if by == "phone":
        Staff.objects.filter(user=manager).update(phone=books.member.phone)
    else:
        Member.objects.filter(pk=books.member.pk).update(email=manager.email.upper(), phone=None)
        books.member.refresh_from_db()
    key = ApiKey.objects.select_related("merchant").get(merchant=shop.merchant, scope="manage")
    for actor in (at(shop, "manager"), key_actor(key)):
        for points in (5, 5_000):
            with pytest.raises(OwnCard):
                give(books, actor, points)
    request = give(books, at(shop, "owner"), 5_000)
    with pytest.raises(OwnCard):
        approve(actor=at(shop, "manager"), request_id=request.pk, now=books.now)
    assert decides_alone(request, at(shop, "owner"))  # nobody else is left who could
    with pytest.raises(OwnCard):
        make_good(
            actor=at(shop, "manager"), member=books.member, points=5, reason="x", key="k", now=books.now
        )
    assert not Movement.objects.exists()
    assert isinstance(give(books, at(shop, "owner"), 10, key="b"), Receipt)
    assert give(books, at(shop, "manager"), -5, key="c").points == -5


def test_rule_44_who_may_not_change_the_books_cannot_ask_or_decide(books: Books, cast: Cast) -> None:
    request = give(books, at(cast.shop, "manager"), 5_000)
    for role in ("analyst", "cashier"):
        with pytest.raises(Forbidden):
            give(books, at(cast.shop, role), 5, key="x")
        for verb in (approve, decline):
            with pytest.raises(Forbidden):
                verb(actor=at(cast.shop, role), request_id=request.pk, now=books.now)
    for verb in (approve, decline):
        with pytest.raises(NotFound):
            verb(actor=at(cast.rival, "owner"), request_id=request.pk, now=books.now)


@pytest.fixture
def cast(shop: Shop) -> Cast:
    return Cast(shop, open_shop("mirage", "0507654321"), shop.staff["owner"])


def sorry(books: Books, shop: Shop, points: int, key: str) -> Receipt:
    return make_good(
        actor=at(shop, "cashier"), member=books.member, points=points, reason="Cold coffee", key=key,
        now=books.now,
    )  # fmt: skip


def test_rule_44_a_cashiers_apologies_have_a_budget_per_day_of_the_shop(books: Books, shop: Shop) -> None:
    books.go_to(2026, 3, 1, 23)
    friend = another(shop.merchant, "0551112223")
    friend.now = books.now
    sorry(books, shop, 150, "a")
    assert sorry(books, shop, 150, "a").repeated
    with pytest.raises(BudgetSpent) as spent:
        sorry(friend, shop, 51, "b")
    assert spent.value.params == {"left": 50}
    sorry(friend, shop, 50, "b")
    assert left_today(at(shop, "cashier"), now=books.now) == 0
    books.go_to(2026, 3, 2, 0, 1)  # the next day in Riyadh, the same in UTC
    assert left_today(at(shop, "cashier"), now=books.now) == 200
    for points in (0, -5):
        with pytest.raises(Invalid):
            sorry(books, shop, points, f"c{points}")


def test_rule_44_the_owner_alone_sets_the_limits_and_a_looser_one_waits_a_day(
    books: Books, shop: Shop
) -> None:
    def choose(limit: int, role: str = "owner") -> BookSettings:
        return change_settings(
            actor=at(shop, role), now=books.now, second_person_over=limit, make_good_daily=50, accounts={}
        )

    for role in ("manager", "analyst", "cashier"):
        with pytest.raises(Forbidden):
            choose(10**6, role)
    choose(10_000)
    assert isinstance(give(books, at(shop, "owner"), 1_001, key="a"), AdjustmentRequest)
    books.wait(hours=12)
    choose(10_000)  # saving again does not begin the day again
    books.wait(hours=12)
    assert isinstance(give(books, at(shop, "owner"), 1_001, key="b"), Receipt)
    choose(100)
    assert isinstance(give(books, at(shop, "manager"), 101, key="c"), AdjustmentRequest)
    assert left_today(at(shop, "cashier"), now=books.now) == 50


def test_rule_44_the_limit_of_payouts_is_the_owners_and_a_looser_one_waits_a_day(
    books: Books, shop: Shop
) -> None:
    def limit(wanted: int | None = None) -> int:
        said: dict[str, Any] = {"second_person_over": 100, "make_good_daily": 50, "accounts": {}}
        if wanted is not None:
            change_settings(actor=at(shop, "owner"), now=books.now, payout_over_minor=wanted, **said)
        return settings_of(shop.merchant).payout_limit_at(books.now)

    assert limit() == 1_000_00
    assert limit(5_000_00) == 1_000_00
    books.wait(hours=24)
    assert limit() == 5_000_00
    assert limit(200_00) == 200_00
    assert limit(0) == 0


@pytest.fixture
def seen(transactional_db: None) -> Any:
    """A shop whose books other processes can see."""
    shop = open_shop("oasis", "0501234567")
    yield shop
    prove(shop.merchant)


def test_rule_44_the_budget_holds_when_many_tills_give_at_once(seen: Shop) -> None:
    everybody = [another(seen.merchant, f"05511122{number:02}") for number in range(12)]
    work = [partial(sorry, books, seen, 30, f"k{number}") for number, books in enumerate(everybody)]
    answers = at_once(work)
    assert sum(isinstance(answer, Receipt) for answer in answers) == 6, answers
    assert {answer for answer in answers if not isinstance(answer, Receipt)} == {"budget_spent"}


def test_rule_44_two_approvers_at_once_post_once(seen: Shop) -> None:
    books = Books(seen.member)
    request = give(books, at(seen, "manager"), 2_000)
    Staff.objects.filter(user=seen.staff["analyst"]).update(role=Role.MANAGER)
    work = [
        partial(approve, actor=at(seen, role), request_id=request.pk, now=books.now)
        for role in ("owner", "analyst") * 3
    ]
    answers = at_once(work)
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1, answers
    assert {answer for answer in answers if not isinstance(answer, Receipt)} == {"already_decided"}
    assert books.available == 2_000


def test_rule_44_the_limit_holds_when_one_person_gives_from_many_tabs(seen: Shop) -> None:
    books = Books(seen.member)
    answers = at_once([partial(give, books, at(seen, "manager"), 300, f"k{number}") for number in range(8)])
    assert sum(isinstance(answer, Receipt) for answer in answers) == 3, answers
    assert books.available == 900
    assert AdjustmentRequest.objects.count() == 5


def test_rule_44_no_room_posts_an_adjustment_around_its_rules() -> None:
    found = {
        str(path)
        for path, tree in sources("loyalty_site", "campaigns", "analytics")
        for _line, name in imported(tree)
        if name.endswith(".PointsAdjusted")
    }
    assert not {path for path in found if "/simulation/" not in path and "/benchmarks/" not in path}
