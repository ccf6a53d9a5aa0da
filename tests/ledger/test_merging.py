"""Two records of one person become one, and two again (RULES 42)."""

from datetime import timedelta
from itertools import count

import pytest

from accounts.errors import Conflict, NotFound
from accounts.joining import record_consent
from accounts.models import Member
from accounts.queries import consents_of
from ledger.bulk.codes import expire_redemptions
from ledger.bulk.many import post_many
from ledger.bulk.sweeping import sweep
from ledger.errors import MergeInUse, SameRecord
from ledger.events import MembersMerged
from ledger.models import Lot, Merge, Movement, Redemption
from ledger.posting import post
from ledger.queries import account, statement
from ledger.quoting import sign
from ledger.tier_ways import near_next_tier
from tests.cast import Shop
from tests.ledger.books import Books, another
from tests.ledger.merged import merge, undo

KEYS = count(1)


def fresh(books: Books) -> Member:
    return Member.objects.select_related("merchant").get(pk=books.member.pk)


def test_rule_42_points_go_over_with_their_last_day_and_age(books: Books, other: Books) -> None:
    other.earn(300)
    other.wait(days=40)
    other.earn(200)
    books.now = other.now
    books.earn(100)
    receipt = merge(books, other)
    assert (receipt.points, books.available, other.available) == (500, 600, 0)
    assert other.moves()[-1] == ("transfer", -500)
    assert books.moves()[-1] == ("transfer", 500)
    facts = ("points", "earned_at", "expires_on")
    theirs = Lot.objects.filter(member=other.member).order_by("id").values_list(*facts)
    mine = Lot.objects.filter(member=books.member, movement__kind="transfer").order_by("id")
    assert list(mine.values_list(*facts)) == list(theirs)
    assert fresh(other).merged_into_id == books.member.pk


def test_rule_42_no_fact_is_rewritten(books: Books, other: Books) -> None:
    other.earn(300)
    before = list(Movement.objects.order_by("id").values())
    merge(books, other)
    assert list(Movement.objects.order_by("id").values())[: len(before)] == before


def test_rule_42_spend_of_both_makes_the_tier(books: Books, other: Books) -> None:
    books.buy(80_000)
    other.buy(80_000)
    other.wait(hours=1)
    books.now = other.now
    assert merge(books, other).tier_code == "silver"
    assert books.buy(10_000).points == 125
    way = account(fresh(books), now=books.now).way
    assert way is not None
    assert way.progress.counted == 170_000


def test_rule_42_the_higher_tier_stays_until_it_ended(books: Books, other: Books) -> None:
    other.buy(420_000)
    ends = other.member.tier_periods.get().ends_at
    merge(books, other)
    assert books.balance.tier_code == "gold"
    assert books.member.tier_periods.get().ends_at == ends


def test_rule_42_a_refund_of_an_absorbed_purchase_takes_from_the_survivor(books: Books, other: Books) -> None:
    other.earn(300, key="A-1")
    books.earn(100)
    merge(books, other)
    back = books.refund("A-1", 30_000)
    assert (back.points, books.available) == (-300, 100)
    assert [lot for lot in books.lots() if lot[1] == 0] == [(300, 0)]


def test_rule_42_what_names_the_absorbed_record_reaches_the_survivor(books: Books, other: Books) -> None:
    other.earn(300, key="A-1")
    merge(books, other)
    assert other.earn(50, key="A-2").member_id == books.member.pk
    assert other.refund("A-1", 30_000).member_id == books.member.pk
    assert books.available == 50


def test_rule_14_a_retry_across_a_merge_has_the_first_answer(books: Books, other: Books) -> None:
    order = other.order(30_000, key="A-1")
    first = post(order, now=other.now)
    merge(books, other)
    again = post(books.order(30_000, key="A-1", at=order.occurred_at), now=books.now)
    assert (again.repeated, again.purchase_id) == (True, first.purchase_id)
    assert post(order, now=other.now).repeated


def test_rule_42_an_open_code_works_on_and_its_points_come_back_to_the_survivor(
    books: Books, other: Books
) -> None:
    other.earn(1_000)
    kept, dropped = other.issue(500).code, other.issue(500).code
    merge(books, other)
    books.close(kept)
    books.close(dropped, "cancelled")
    assert (books.available, other.available) == (500, 0)


def test_rule_42_debts_go_over(books: Books, other: Books) -> None:
    other.earn(500, key="A-1")
    other.close(other.issue(500).code)
    other.refund("A-1", 50_000)
    assert other.balance.owed > 0
    owed = other.balance.owed
    books.earn(100)
    receipt = merge(books, other)
    assert (other.balance.owed, other.available) == (0, 0)
    assert (books.available, books.balance.owed) == (0, owed - 100)
    undo(books, receipt)
    assert (other.balance.owed, books.available, books.balance.owed) == (owed, 100, 0)


def test_rule_42_points_pay_what_the_survivor_owes(books: Books, other: Books) -> None:
    books.earn(500, key="A-1")
    books.close(books.issue(500).code)
    books.refund("A-1", 50_000)
    owed = books.balance.owed
    other.earn(owed + 70)
    receipt = merge(books, other)
    assert (books.available, books.balance.owed) == (70, 0)
    undo(books, receipt)
    assert (books.available, books.balance.owed, other.available) == (0, 0, 70)


def test_rule_42_the_strictest_consent_wins(books: Books, other: Books) -> None:
    said = {"source": "test", "actor": "test"}
    for books_of, channel, granted in (
        (books, "email", True), (other, "email", False), (books, "sms", False), (other, "sms", True),
        (books, "inbox", True), (other, "push", True),
    ):  # fmt: skip
        record_consent(
            member=books_of.member,
            channel=channel,
            purpose="marketing",
            granted=granted,
            now=books.now,
            **said,
        )
    receipt = merge(books, other)
    mine = books.member.pk
    assert consents_of([mine]) == {
        (mine, "email", "marketing"): False,
        (mine, "sms", "marketing"): False,
        (mine, "inbox", "marketing"): True,
    }
    books.wait(minutes=1)
    undo(books, receipt)
    assert consents_of([mine])[mine, "email", "marketing"] is True


def test_rule_42_what_the_survivor_lacks_is_taken_over_and_given_back(shop: Shop, other: Books) -> None:
    bare = another(shop.merchant, "0561234567")
    Member.objects.filter(pk=other.member.pk).update(email="nora@example.com", gender="f")
    receipt = merge(bare, other)
    member = fresh(bare)
    assert (member.phone, member.email, member.given_name) == ("+966561234567", "nora@example.com", "Nora")
    undo(bare, receipt)
    member = fresh(bare)
    assert (member.email, member.given_name, member.gender) == ("", "", "")
    assert fresh(other).email == "nora@example.com"


def test_rule_42_referrals_move_and_nobody_brought_themselves(shop: Shop, books: Books, other: Books) -> None:
    friend = another(shop.merchant, "0571234567", referred_by=other.member)
    Member.objects.filter(pk=books.member.pk).update(referred_by=other.member)
    books.member.refresh_from_db()
    receipt = merge(books, other)
    assert fresh(friend).referred_by_id == books.member.pk
    assert fresh(books).referred_by_id is None
    undo(books, receipt)
    assert {fresh(friend).referred_by_id, fresh(books).referred_by_id} == {other.member.pk}


def test_rule_42_undo_returns_each_lot_to_where_it_was(books: Books, other: Books) -> None:
    other.earn(300)
    other.buy(160_000)
    books.earn(100)
    before = (books.lots(), other.lots(), books.balance.tier_code)
    receipt = merge(books, other)
    books.wait(hours=1)
    undo(books, receipt)
    assert (other.lots(), books.balance.tier_code or "bronze", books.available) == (before[1], "bronze", 100)
    assert fresh(other).merged_into_id is None
    assert other.earn(10).points == 12
    assert merge(books, other, "again").points == 1_910 + 2


def test_rule_42_undo_is_refused_with_the_list_once_something_was_posted(books: Books, other: Books) -> None:
    other.earn(300)
    receipt = merge(books, other)
    books.wait(minutes=5)
    books.earn(40, key="A-7")
    with pytest.raises(MergeInUse) as refusal:
        undo(books, receipt)
    (entry,) = refusal.value.params["since"]
    assert (entry["kind"], entry["points"], entry["name"]) == ("earn", 40, "A-7")
    assert fresh(other).merged_into_id == books.member.pk


def test_rule_42_chains_merge_and_come_apart_in_their_order(shop: Shop, books: Books, other: Books) -> None:
    third = another(shop.merchant, "0581234567")
    other.earn(300, key="A-1")
    books.earn(20)
    first = merge(books, other)
    second = merge(third, books)
    assert {fresh(other).merged_into_id, fresh(books).merged_into_id} == {third.member.pk}
    assert third.available == 320
    third.refund("A-1", 10_000)
    assert third.available == 220
    with pytest.raises(NotFound):
        undo(books, first)
    with pytest.raises(MergeInUse):
        undo(third, second)


def test_rule_42_a_chain_is_undone_last_first(shop: Shop, books: Books, other: Books) -> None:
    third = another(shop.merchant, "0581234567")
    other.earn(300)
    books.earn(20)
    first = merge(books, other)
    undo(third, merge(third, books))
    assert (fresh(other).merged_into_id, books.available) == (books.member.pk, 320)
    undo(books, first)
    assert (books.available, other.available, third.available) == (20, 300, 0)


def test_rule_42_itself_twice_and_strangers_are_refused(books: Books, other: Books) -> None:
    with pytest.raises(SameRecord):
        merge(books, books)
    receipt = merge(books, other)
    with pytest.raises(NotFound):
        merge(books, other)
    undo(books, receipt)
    with pytest.raises(NotFound):
        undo(books, receipt)
    merge(books, other, "K-1")
    with pytest.raises(Conflict):
        post(MembersMerged(**books.said("merge", "K-1", None), absorbed_id=10**9), now=books.now)


def test_rule_42_another_merchants_member_is_as_good_as_absent(books: Books) -> None:
    from tests.cast import open_shop

    rival = Books(open_shop("mirage", "0507654321").member)
    for stranger in (rival.member.pk, 10**9):
        with pytest.raises(NotFound):
            post(MembersMerged(**books.said("merge", None, None), absorbed_id=stranger), now=books.now)
    assert not Merge.objects.exists()


def test_rule_42_a_merge_posted_again_has_the_first_answer(books: Books, other: Books) -> None:
    other.earn(300)
    first = merge(books, other, "M-1")
    again = merge(books, other, "M-1")
    assert again.repeated
    assert (again.merge_id, books.available) == (first.merge_id, 300)


def test_rule_42_the_statement_tells_of_both_records(books: Books, other: Books) -> None:
    other.earn(300, key="A-1")
    merge(books, other)
    entries = statement(fresh(books))
    assert {entry.order for entry in entries} >= {"A-1"}
    assert sum(entry.points for entry in entries) == 300
    standing = account(fresh(books), now=books.now)
    assert (standing.purchases, standing.earned_ever) == (1, 300)


def test_rule_23_dead_points_do_not_go_over(books: Books, other: Books) -> None:
    other.earn(300)
    other.wait(days=400)
    books.now = other.now
    assert merge(books, other).points == 0
    assert other.moves()[-1] == ("expire", -300)


def test_rule_42_points_that_went_over_die_on_their_own_day(books: Books, other: Books) -> None:
    other.earn(300)
    books.now = other.now + timedelta(days=30)
    books.earn(50)
    merge(books, other)
    books.wait(days=350)
    books.pass_time()
    assert books.available == 50


def test_rule_42_many_purchases_at_once_know_both_records(books: Books, other: Books) -> None:
    other.buy(145_000)
    merge(books, other)
    books.wait(minutes=1)
    first, second = books.order(10_000), books.order(10_000, at=books.now + timedelta(minutes=1))
    assert [outcome.points for outcome in post_many([first, second], now=books.now)] == [100, 125]


def test_rule_42_the_nights_sweep_and_a_return_reach_what_went_over(books: Books, other: Books) -> None:
    other.earn(1_000)
    code = other.issue(500).code
    merge(books, other)
    books.wait(days=1)
    assert expire_redemptions(now=books.now) == 1
    assert (books.available, Redemption.objects.get(code=code).state) == (1_000, "expired")
    books.wait(days=400)
    assert sweep(merchant=books.merchant, now=books.now) == 1_000


def test_rule_42_who_is_near_a_tier_counts_both_records_once(books: Books, other: Books) -> None:
    other.buy(80_000)
    books.buy(60_000)
    merge(books, other)
    (near,) = near_next_tier(books.merchant, now=books.now)
    assert (near.member_id, near.counted, near.missing) == (books.member.pk, 140_000, 10_000)


def test_rule_42_what_time_did_since_is_on_the_list_too(books: Books, other: Books) -> None:
    other.earn(1_600)
    books.now = other.now
    receipt = merge(books, other)
    books.go_to(2027, 3, 1)
    books.pass_time()  # the tier's year is over, and so are the points
    with pytest.raises(MergeInUse) as refused:
        undo(books, receipt)
    assert {"tier", "expire"} <= {entry["kind"] for entry in refused.value.params["since"]}


def test_rule_42_a_signed_quote_since_is_on_the_list(books: Books, other: Books) -> None:
    receipt = merge(books, other)
    sign(books.order(10_000, key="quote"), now=books.now)
    with pytest.raises(MergeInUse) as refused:
        undo(books, receipt)
    assert [entry["kind"] for entry in refused.value.params["since"]] == ["quote"]
