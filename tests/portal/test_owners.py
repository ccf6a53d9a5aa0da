"""A number that was silent for long may have a new owner: asked after the code, decided by who has it."""

from accounts.detaching import attach
from accounts.models import Detachment, Member
from ledger.models import Balance
from tests.cast import NOW
from tests.portal import carrier
from tests.portal.conftest import Buy, Visitor, words

JOINING = {"given_name": "Lama", "language": "en"}


def knock(visitor: Visitor) -> str:
    """Bring the code back; where that leads."""
    visitor.ask("0501234567")
    return str(visitor.post("code/", code=carrier.kept[-1][1]).headers["location"])


def test_rule_41_after_months_of_silence_it_is_asked_whose_number_it_is(visitor: Visitor) -> None:
    assert knock(visitor) == visitor.url("is-this-you/")
    assert not visitor.is_inside
    page = words(visitor.get("is-this-you/"))
    assert "ن••• ع•••" in page
    assert "نورة" not in page


def test_rule_41_its_old_owner_says_yes_and_is_not_asked_again(visitor: Visitor) -> None:
    knock(visitor)
    assert visitor.post("is-this-you/", answer="yes").headers["location"] == visitor.url()
    assert visitor.member_id == visitor.shop.member.pk
    visitor.post("sign-out/")
    assert knock(visitor) == visitor.url()


def test_rule_41_a_new_owner_joins_and_the_old_record_is_kept_closed(visitor: Visitor, buy: Buy) -> None:
    buy(50_000, days_ago=200)
    knock(visitor)
    assert visitor.post("is-this-you/", answer="no").headers["location"] == visitor.url("join/")
    visitor.post("join/", **JOINING)
    old = Member.objects.select_related("merchant").get(pk=visitor.shop.member.pk)
    assert visitor.is_inside
    assert visitor.member_id != old.pk
    assert not Balance.objects.filter(pk=visitor.member_id).exists()
    assert (old.detached_at, old.phone, old.balance.available) == (NOW, "+966501234567", 500)
    assert Detachment.objects.get().actor == "visitor"
    attach(member=old, phone="0559876543", actor="staff:1", now=NOW)
    old_owner = Visitor(visitor.shop)
    old_owner.enter("0559876543")
    assert old_owner.member_id == old.pk


def test_rule_41_the_record_cannot_be_opened_around_the_question(visitor: Visitor) -> None:
    knock(visitor)
    assert visitor.post("join/", **JOINING).headers["location"] == visitor.url("is-this-you/")
    assert not visitor.is_inside
    assert visitor.post("is-this-you/", answer="perhaps").status_code == 422
    assert not visitor.is_inside


def test_rule_41_nobody_is_asked_who_bought_lately_or_came_by_e_mail(visitor: Visitor, buy: Buy) -> None:
    buy(5_000, days_ago=20)
    assert knock(visitor) == visitor.url()


def test_rule_41_without_a_code_nobody_is_asked_and_nothing_is_detached(visitor: Visitor) -> None:
    for answer in ("yes", "no"):
        gone = visitor.post("is-this-you/", answer=answer)
        assert gone.headers["location"] == visitor.url("sign-in/")
    visitor.ask("0501234567")
    assert visitor.post("is-this-you/", answer="no").headers["location"] == visitor.url("sign-in/")
    assert not Detachment.objects.exists()


def test_rule_46_a_member_deletes_their_own_membership(member: Visitor, buy: Buy) -> None:
    buy(12_000)
    page = words(member.get("profile/delete/"))
    assert "120 points are lost" in page
    assert member.post("profile/delete/").status_code == 422
    assert "You are forgotten" in words(member.post("profile/delete/", sure="on"))
    assert not member.is_inside
    gone = Member.objects.get(pk=member.shop.member.pk)
    assert (gone.phone, gone.email, gone.name) == (None, "", "")
    assert gone.balance.available == 120
