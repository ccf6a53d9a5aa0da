"""Rewind in the back office: asked, answered in the background, shown beside today, walled by merchant."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import OutboxEvent
from accounts.topics import MEMBER_ERASED
from analytics.handlers import forget_scores
from analytics.models import RewindDifference, RewindRun
from analytics.rewind import running
from programs.models import ProgrammeVersion
from programs.publishing import draft_of as new_draft
from tests.backoffice import desk
from tests.backoffice.conftest import SignIn, buy
from tests.backoffice.desk import second_record
from tests.backoffice.test_pages import queries
from tests.cast import NOW, Shop, open_shop

ASKED = {"months": "12", "use_percent": "60"}


def draft_of(shop: Shop, **terms: Any) -> ProgrammeVersion:
    """A draft beside the programme in force, with ``terms`` of its own."""
    draft = new_draft(programme=shop.version.programme)
    for name, value in terms.items():
        setattr(draft, name, value)
    draft.save()
    return draft


def ask(client: Client, *versions: ProgrammeVersion, **said: str) -> Any:
    """Send the form."""
    asked = ASKED | {"versions": [str(version.pk) for version in versions]} | said
    return client.post(reverse("admin:rewind"), asked)


def answered(client: Client, *versions: ProgrammeVersion, **said: str) -> RewindRun:
    """Ask, and let a worker answer."""
    assert ask(client, *versions, **said).status_code == 302
    run = RewindRun.objects.latest("pk")
    running.work(clock=lambda: NOW)
    run.refresh_from_db()
    assert run.state == "done", run.why
    return run


def page_of(client: Client, name: str, *args: int, asked: str = "") -> str:
    """The words of a page."""
    answer = client.get(reverse(f"admin:{name}", args=args) + asked)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_draft_that_gives_twice_as_much_costs_twice_as_much(owner: Client, shop: Shop) -> None:
    draft = draft_of(shop)
    draft.rules.filter(kind="per_amount").update(points=2)
    run = answered(owner, draft)
    shown = owner.get(reverse("admin:rewind_run", args=[run.pk])).context["shown"]
    today, then = shown.columns
    assert today.points == "1,200"  # 1,200 SAR as Bronze
    assert then.points == "2,400"
    assert today.cost.value == "36.00 SAR"  # 1,200 points × 0.05 × 60 %
    assert then.cost.value == "72.00 SAR"
    assert then.more == "+36.00 SAR"
    assert today.of_revenue.value == "3.0%"
    assert (then.won, then.lost) == (1, 0)
    assert shown.differs == 0
    assert "order by order" in page_of(owner, "rewind_run", run.pk)


def test_who_wins_is_listed_with_a_link_and_as_a_file(owner: Client, shop: Shop) -> None:
    draft = draft_of(shop)
    draft.rules.filter(kind="per_amount").update(points=2)
    run = answered(owner, draft)
    listed = page_of(owner, "rewind_members", run.pk, 1, asked="?who=winners")
    assert reverse("admin:accounts_member_change", args=[shop.member.pk]) in listed
    assert "+60.00 SAR" in listed
    assert "Nobody." in page_of(owner, "rewind_members", run.pk, 1, asked="?who=losers")
    answer = owner.get(reverse("admin:rewind_file", args=[run.pk, 1]))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[1] == f"{shop.member.number},1200.00,1200,2400,60.00,bronze,bronze"


def test_a_draft_alone_is_tried_on_imported_history(owner: Client, shop: Shop) -> None:
    """Nothing was earned yet: every purchase earns on its own day when asked to."""
    buy(shop, "old", 100_000, days_ago=80)  # outside the claim window
    draft = draft_of(shop)
    as_booked, all_of_it = answered(owner, draft), answered(owner, draft, all_earn="on")
    points = [run.scenarios.get(place=1).found["issued"] for run in (as_booked, all_of_it)]
    assert sum(points[0].values()) == 1_200
    assert sum(points[1].values()) == 2_200
    assert "1 purchase earned nothing in the books" in page_of(owner, "rewind_run", as_booked.pk)
    assert "Every purchase earns here" in page_of(owner, "rewind_run", all_of_it.pk)


def test_orders_that_come_out_otherwise_are_told(owner: Client, shop: Shop) -> None:
    run = answered(owner)
    today = run.scenarios.get(place=0)
    today.found["differs"] = 2
    today.save()
    assert "replayed, 2 purchases come out otherwise" in page_of(owner, "rewind_run", run.pk)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"months": "40"}, "Select a valid choice"),
        ({"use_percent": "101"}, "between 0 and 100"),
        ({"use_percent": "much"}, "Write a whole number"),
        ({"versions": "999999"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_asked_is_answered_at_its_field(
    owner: Client, shop: Shop, said: dict[str, str], words: str
) -> None:
    answer = ask(owner, **said)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not RewindRun.objects.exists()


def test_a_draft_that_could_not_be_published_is_refused_with_the_reason(owner: Client, shop: Shop) -> None:
    draft = draft_of(shop)
    draft.tiers.all().delete()
    answer = ask(owner, draft)
    assert "A programme has at least one tier." in answer.content.decode()


def test_without_purchases_there_is_nothing_to_replay(shop: Shop, sign_in: SignIn) -> None:
    answer = ask(sign_in(open_shop("new", "0509999999").staff["owner"]), months="3")
    assert "no purchases in these months" in answer.content.decode()


def test_a_draft_changed_meanwhile_is_not_mixed(owner: Client, shop: Shop) -> None:
    draft = draft_of(shop)
    ask(owner, draft)
    draft.block_value_minor = 5_000
    draft.save()
    running.work(clock=lambda: NOW)
    run = RewindRun.objects.get()
    assert run.state == "failed"
    assert "The draft was changed" in page_of(owner, "rewind_run", run.pk)
    assert ask(owner, draft).status_code == 302  # and it may be asked again


def test_one_at_a_time(owner: Client, shop: Shop) -> None:
    ask(owner)
    assert "still running" in ask(owner).content.decode()


def test_the_page_follows_until_the_answer_is_there(owner: Client, shop: Shop) -> None:
    ask(owner)
    run = RewindRun.objects.get()
    waiting = page_of(owner, "rewind_run", run.pk)
    assert 'http-equiv="refresh"' in waiting
    running.work(clock=lambda: NOW)
    assert 'http-equiv="refresh"' not in page_of(owner, "rewind_run", run.pk)


def test_a_part_whose_worker_died_is_taken_by_another(owner: Client, shop: Shop) -> None:
    ask(owner)
    run = RewindRun.objects.get()
    running.cut_up(run, NOW)
    run.parts.update(claimed_by="dead", claimed_until=NOW + timedelta(minutes=1), attempts=1)
    assert running.work(clock=lambda: NOW) == 0
    assert running.work(clock=lambda: NOW + timedelta(minutes=2)) == 1
    run.refresh_from_db()
    assert run.state == "done"


def test_a_rivals_rewind_is_absent(owner: Client, shop: Shop, rival: Shop, sign_in: SignIn) -> None:
    theirs = sign_in(rival.staff["owner"])
    run = answered(theirs, draft_of(rival))
    for name, args in (
        ("rewind_run", [run.pk]),
        ("rewind_members", [run.pk, 1]),
        ("rewind_file", [run.pk, 1]),
    ):
        assert owner.get(reverse(f"admin:{name}", args=args)).status_code == 404
    assert ask(owner, rival.version).status_code == 200  # their version is no choice of ours
    assert RewindRun.objects.count() == 1
    assert f"/rewind/{run.pk}/" not in page_of(owner, "rewind")


def test_an_analyst_reads_and_does_not_ask(owner: Client, shop: Shop, sign_in: SignIn) -> None:
    run = answered(owner)
    analyst, cashier = sign_in(shop.staff["analyst"]), sign_in(shop.staff["cashier"])
    assert analyst.get(reverse("admin:rewind_run", args=[run.pk])).status_code == 200
    assert ask(analyst).status_code == 403
    assert cashier.get(reverse("admin:rewind")).status_code in {302, 403}


def test_unknown_lists_and_places_are_absent(owner: Client, shop: Shop) -> None:
    run = answered(owner, draft_of(shop))
    for asked in (
        f"/admin/rewind/{run.pk}/0/",
        f"/admin/rewind/{run.pk}/9/",
        f"/admin/rewind/{run.pk}/1/?who=me",
    ):
        assert owner.get(asked).status_code == 404


def test_the_pages_ask_no_more_for_more_members(owner: Client, shop: Shop) -> None:
    draft = draft_of(shop)
    draft.rules.filter(kind="per_amount").update(points=3)

    def asked() -> list[int]:
        run = answered(owner, draft)
        pages = [reverse("admin:rewind_run", args=[run.pk]), reverse("admin:rewind")]
        pages.append(reverse("admin:rewind_members", args=[run.pk, 1]) + "?who=winners")
        return [queries(lambda page=page: owner.get(page)) for page in pages]  # type: ignore[misc]

    few = asked()
    for number in range(5):
        second_record(shop, number)
    assert asked() == few
    assert max(few) < 30
    assert RewindDifference.objects.filter(gain_minor__gt=0).count() == 7


def test_a_person_with_merged_records_is_one_person(owner: Client, shop: Shop) -> None:
    desk.lay_out(shop)  # a second record with 300.01 SAR, merged into the first with 1,200 SAR; a third stays
    run = answered(owner, draft_of(shop))
    spent = dict(RewindDifference.objects.values_list("member_id", "spend_minor"))
    assert spent[shop.member.pk] == 120_000 + 30_001
    assert not set(spent) & set(shop.member.absorbed.values_list("pk", flat=True))
    assert run.scenarios.get(place=0).found["differs"] == 0


def test_an_erased_member_leaves_every_list(owner: Client, shop: Shop) -> None:
    answered(owner, draft_of(shop))
    told = OutboxEvent(
        merchant=shop.merchant, topic=MEMBER_ERASED, member_id=shop.member.pk, created_at=NOW, payload={}
    )
    forget_scores(told, NOW)
    assert not RewindDifference.objects.filter(member=shop.member).exists()


def test_a_learnt_use_shows_its_range(owner: Client, shop: Shop) -> None:
    run = answered(owner, draft_of(shop))
    curves = {"low": [20, 400], "mid": [30, 480], "high": [50, 560]}
    RewindRun.objects.filter(pk=run.pk).update(use={"source": "history", "months": 14, "points": 9, **curves})
    said = page_of(owner, "rewind_run", run.pk)
    assert "between 24.00 SAR and 33.60 SAR" in said  # 1,200 points × 0.05 × 40 % to 56 %
    assert "Learnt from your own history: of the points of 14 months of issue, 48.0% are used" in said
