"""The pilot's audience: drawn once for good, changed with dates, ended by the launch."""

from datetime import timedelta
from itertools import pairwise

import pytest

from accounts.access import Actor, staff_actor, system_actor
from accounts.errors import Forbidden, NotFound
from accounts.joining import join
from accounts.models import Member, Merchant, Staff
from programs import pilots
from programs.errors import AudienceTooLarge, WrongState
from programs.models import AudienceMember, Programme, ProgrammeState
from programs.queries import may_earn
from tests.cast import NOW, Shop, open_shop

LATER = NOW + timedelta(days=3)


@pytest.fixture
def shop(db: None) -> Shop:
    """A shop whose programme is still a draft."""
    return open_shop("dunes", "0501112233", live=False)


@pytest.fixture
def actor(shop: Shop) -> Actor:
    return staff_actor(Staff.objects.get(merchant=shop.merchant, role="owner"))


def members(shop: Shop, count: int) -> list[int]:
    """Bring members; returns their ids."""
    made = [
        join(
            merchant=shop.merchant, now=NOW, source="test", actor="test", quiet=True,
            phone=f"05533{number:05d}", given_name="A", family_name="B",
        )[0].pk
        for number in range(count)
    ]  # fmt: skip
    return [*made, shop.member.pk]


def test_a_larger_share_keeps_everybody_of_a_smaller_one(shop: Shop) -> None:
    everybody = set(members(shop, 79))
    shares = [pilots.sample(shop.merchant, percent) for percent in (10, 20, 50, 100)]
    for smaller, larger in pairwise(shares):
        assert smaller <= larger
    assert shares[-1] == everybody
    assert pilots.sample(shop.merchant, 10) == shares[0]


def test_a_share_is_about_as_large_as_it_says_and_another_one_at_every_merchant() -> None:
    drawn = [{pk for pk in range(20_000) if pilots.part_of(shop, pk) < 1_000} for shop in (1, 2)]
    for share in drawn:
        assert abs(len(share) / 20_000 - 0.10) < 0.01
    assert len(drawn[0] & drawn[1]) < 300  # about a tenth of a tenth


def test_changing_the_audience_ends_some_places_and_begins_others(shop: Shop, actor: Actor) -> None:
    first, second, third, *_rest = members(shop, 5)
    assert pilots.set_audience(actor=actor, member_ids={first, second}, now=NOW) == pilots.Change(0, 2, 0)
    assert pilots.change(shop.merchant, {second, third}) == pilots.Change(1, 1, 1)
    assert pilots.set_audience(actor=actor, member_ids={second, third}, now=LATER) == pilots.Change(1, 1, 1)
    pilots.set_audience(actor=actor, member_ids={first, second, third}, now=LATER + timedelta(days=1))
    places = AudienceMember.objects.filter(audience="pilot").order_by("member", "since")
    assert list(places.values_list("member", "since", "until")) == [
        (first, NOW, LATER), (first, LATER + timedelta(days=1), None),
        (second, NOW, None), (third, LATER, None),
    ]  # fmt: skip
    assert pilots.pilot_of(shop.merchant) == pilots.Pilot(3, 3, NOW, LATER)


def test_nobody_elses_members_and_nobody_who_left_take_part(shop: Shop, actor: Actor) -> None:
    rival = open_shop("mirage", "0507654321")
    gone, stays = members(shop, 1)
    Member.objects.filter(pk=gone).update(detached_at=NOW)
    done = pilots.set_audience(actor=actor, member_ids={gone, stays, rival.member.pk}, now=NOW)
    assert done.members == 1
    assert not AudienceMember.objects.filter(merchant=rival.merchant).exists()


def test_a_pilot_is_small(shop: Shop, actor: Actor) -> None:
    with pytest.raises(AudienceTooLarge, match="5000"):
        pilots.set_audience(actor=actor, member_ids=range(5_001), now=NOW)


def test_only_who_may_change_the_programme_chooses_and_only_before_the_launch(
    shop: Shop, actor: Actor
) -> None:
    analyst = staff_actor(Staff.objects.get(merchant=shop.merchant, role="analyst"))
    with pytest.raises(Forbidden):
        pilots.set_audience(actor=analyst, member_ids=[], now=NOW)
    live = open_shop("mirage", "0507654321")
    with pytest.raises(WrongState):
        pilots.set_audience(actor=system_actor(live.merchant), member_ids=[], now=NOW)
    with pytest.raises(WrongState):
        pilots.end_audience(actor=system_actor(live.merchant), now=NOW)
    Programme.objects.filter(merchant=shop.merchant).update(merchant=_nobody())
    with pytest.raises(NotFound):
        pilots.set_audience(actor=actor, member_ids=[], now=NOW)


def test_the_launch_ends_every_place_in_its_instant_and_everybody_earns(shop: Shop, actor: Actor) -> None:
    inside, outside = members(shop, 1)
    pilots.set_audience(actor=actor, member_ids={inside}, now=NOW)
    programme = Programme.objects.get(merchant=shop.merchant)
    with pytest.raises(WrongState):
        pilots.launch(programme=programme, now=NOW)
    assert pilots.pilot_of(shop.merchant).members == 1
    Programme.objects.filter(pk=programme.pk).update(state=ProgrammeState.PILOT)
    programme.refresh_from_db()
    assert [may_earn(programme, member_id=pk, now=LATER) for pk in (inside, outside)] == [True, False]
    pilots.launch(programme=programme, now=LATER)
    assert [may_earn(programme, member_id=pk, now=LATER) for pk in (inside, outside)] == [True, True]
    assert pilots.pilot_of(shop.merchant) == pilots.Pilot(0, 1, NOW, LATER)


def test_segments_are_offered_and_the_pilot_is_not_one(shop: Shop, actor: Actor) -> None:
    first, second, *_rest = members(shop, 3)
    pilots.set_audience(actor=actor, member_ids={first}, now=NOW)
    for member, until in ((first, NOW), (second, None)):
        AudienceMember.objects.create(
            merchant=shop.merchant, audience="vip", member_id=member, since=NOW, until=until
        )
    assert pilots.segments(shop.merchant) == ["vip"]
    assert pilots.segment(shop.merchant, "vip") == {second}


def _nobody() -> Merchant:
    return Merchant.objects.create(slug="nobody", name_ar="لا أحد", name_en="Nobody")
