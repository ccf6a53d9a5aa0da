"""The gates: absent and another merchant's are one answer, and rights end where a role ends."""

from datetime import datetime

import pytest

from accounts.access import (
    RIGHTS,
    ROOMS,
    for_read,
    for_write,
    member_actor,
    member_for,
    merchant_from,
    merchants_of,
    own,
    own_one,
    post_of,
    staff_actor,
    system_actor,
    visible,
)
from accounts.errors import Forbidden, NotFound
from accounts.joining import join
from accounts.models import Member, Merchant, Staff, User
from accounts.models.staff import Role


def member_of(shop: Merchant, now: datetime, phone: str = "0501234567") -> Member:
    return join(merchant=shop, now=now, source="test", actor="x", phone=phone)[0]


def works(shop: Merchant, role: str, email: str = "a@example.com") -> User:
    user, _new = User.objects.get_or_create(email=email)
    Staff.objects.create(user=user, merchant=shop, role=role)
    return user


def test_absent_and_another_merchants_are_one_answer(shop: Merchant, rival: Merchant, now: datetime) -> None:
    theirs = member_of(rival, now)
    actor = system_actor(shop)
    refusals = []
    for pk in (theirs.pk, 10**9):
        for gate in (for_read, for_write):
            with pytest.raises(NotFound) as refusal:
                gate(actor, Member.objects.all(), room="members", pk=pk)
            refusals.append((refusal.value.code, str(refusal.value)))
        with pytest.raises(NotFound):
            member_for(actor, pk=pk)
    assert len(set(refusals)) == 1


@pytest.mark.parametrize("role", Role.values)
def test_every_role_reads_and_writes_what_its_rights_say_and_no_more(
    shop: Merchant, now: datetime, role: str
) -> None:
    member = member_of(shop, now)
    actor = staff_actor(post_of(works(shop, role)))
    for room in ROOMS:
        rights = RIGHTS[role].get(room, frozenset())
        if "view" in rights:
            assert for_read(actor, Member.objects.all(), room=room, pk=member.pk) == member
        else:
            with pytest.raises(Forbidden):
                visible(actor, Member.objects.all(), room=room)
        if "change" not in rights:
            with pytest.raises(Forbidden):
                for_write(actor, Member.objects.all(), room=room, pk=member.pk)


def test_a_cashier_sees_the_till_alone() -> None:
    assert set(RIGHTS[Role.CASHIER]) == {"till"}


def test_staff_see_only_the_merchants_they_work_for(shop: Merchant, rival: Merchant) -> None:
    user = works(shop, Role.OWNER)
    assert list(merchants_of(user, "view", "members")) == [shop]
    with pytest.raises(NotFound):
        post_of(user, rival.slug)
    Staff.objects.update(is_active=False)
    assert not merchants_of(user, "view", "members").exists()
    with pytest.raises(NotFound):
        post_of(user)


def test_a_member_reaches_their_own_rows_and_staff_reach_none_that_way(shop: Merchant, now: datetime) -> None:
    mine, other = member_of(shop, now), member_of(shop, now, "0551234567")
    actor = member_actor(mine)
    assert list(own(actor, Member.objects.all(), path="pk")) == [mine]
    with pytest.raises(NotFound):
        own_one(actor, Member.objects.all(), path="pk", number=other.number)
    assert not own(system_actor(shop), Member.objects.all(), path="pk").exists()
    with pytest.raises(Forbidden):
        visible(actor, Member.objects.all(), room="members")


@pytest.mark.parametrize("gone", ["detached_at", "erased_at"])
def test_who_left_is_not_found_at_the_till(shop: Merchant, now: datetime, gone: str) -> None:
    member = member_of(shop, now)
    Member.objects.filter(pk=member.pk).update(**{gone: now})
    with pytest.raises(NotFound):
        member_for(system_actor(shop), phone=member.phone)


@pytest.mark.parametrize(
    ("host", "path", "slug"),
    [
        ("localhost:8000", "/m/oasis/", "oasis"),
        ("localhost", "/m/rival/history/3/", "rival"),
        ("club.rival.example", "/", "rival"),
        ("CLUB.rival.example:443", "/m/rival/", "rival"),
        ("localhost", "/m/nobody/", None),
        ("localhost", "/m/", None),
        ("localhost", "/", None),
        ("", "/x/oasis/", None),
    ],
)
def test_a_visitor_is_led_to_the_merchant_of_the_domain_or_the_path(
    shop: Merchant, rival: Merchant, host: str, path: str, slug: str | None
) -> None:
    Merchant.objects.filter(pk=rival.pk).update(host="club.rival.example")
    if slug is None:
        with pytest.raises(NotFound):
            merchant_from(host, path)
    else:
        assert merchant_from(host, path).slug == slug
