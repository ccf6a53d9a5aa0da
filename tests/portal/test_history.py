"""The statement: every movement with its reason, in pages that neither skip nor repeat."""

import re

from accounts.joining import join
from ledger.models import Movement
from tests.cast import NOW, Shop
from tests.portal.conftest import Buy, Visitor, token_of, words


def rows(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'href="/m/oasis/history/(\d+)/"', page)]


def test_each_row_says_what_happened_and_why(member: Visitor, buy: Buy) -> None:
    buy(1500_00, days_ago=2)
    buy(100_00)
    member.post("rewards/points/", token=token_of(member.get("rewards/points/")), points="500")
    said = words(member.get("history/"))
    assert (
        "Purchase at Olaya Today, 12:00 PM · 100 SAR 1 point per 1.00 SAR · Silver ×1.25 +125 points" in said
    )
    assert "Redeemed for 25.00 SAR off" in said
    assert "−500 points" in said


def test_pages_follow_each_other_without_gap_or_repetition(member: Visitor, buy: Buy) -> None:
    for order in range(60):
        buy(10_00, days_ago=order // 20)  # twenty at one instant: the cursor must tell them apart
    seen: list[int] = []
    path, sizes = member.url("history/"), []
    while True:
        page = member.client.get(path).content.decode()
        found = rows(page)
        seen += found
        sizes.append(len(found))
        following = re.search(r'href="(\?before=[^"]+)" rel="next"', page)
        if not following:
            break
        path = member.url("history/") + following[1]
    assert sizes == [25, 25, 10]
    assert seen == list(Movement.objects.order_by("-occurred_at", "-id").values_list("pk", flat=True))


def test_a_row_opens_what_it_made_and_when_that_dies(member: Visitor, buy: Buy) -> None:
    buy(100_00)
    said = words(member.get(f"history/{Movement.objects.get().pk}/"))
    for text in (
        "+100 points",
        "Order order-1",
        "1 point per 1.00 SAR",
        "100 points Purchase at Olaya · today until 15 November 2027",
    ):
        assert text in said


def test_rule_18_a_redemption_lists_the_points_it_took_those_that_die_first(
    member: Visitor, buy: Buy
) -> None:
    buy(300_00, days_ago=10)
    buy(300_00, days_ago=200)
    member.post("rewards/points/", token=token_of(member.get("rewards/points/")), points="500")
    said = words(member.get(f"history/{Movement.objects.get(kind='redeem').pk}/"))
    taken = said[said.index("Taken from") :]
    assert re.search(r"300 points earned 29 April until 29 April 2027 200 points earned 5 November", taken), (
        taken
    )


def test_anothers_row_and_none_at_all_are_one_answer(member: Visitor, buy: Buy, rival: Shop) -> None:
    friend, _new = join(merchant=member.shop.merchant, now=NOW, source="t", actor="x", phone="0551112223")
    buy(100_00, who=friend)
    theirs = Movement.objects.get()
    for pk in (theirs.pk, 10**9, 10**18):
        assert member.get(f"history/{pk}/").status_code == 404


def test_a_page_nobody_offered_is_not_here(member: Visitor) -> None:
    for before in ("x", "2026-01-01:5", "WyJ4IiwxXQ:1a:b"):
        assert member.get("history/", before=before).status_code == 404
