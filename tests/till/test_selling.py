"""A sale at the till, from the search to the receipt."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.event import LineItem
from ledger.events import PurchaseMade, RedemptionIssued
from ledger.models import Movement, Purchase
from ledger.posting import post
from tests.cast import NOW, Cast, Shop


def page(client: Client, path: str, status: int = 200) -> str:
    """Read a page."""
    answer = client.get(path)
    assert answer.status_code == status, answer
    return answer.content.decode()


def spare_of(html: str) -> str:
    """Return the number that a form brought along."""
    found = re.search(r'name="spare" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def words(html: str) -> str:
    """Return the text of a page's main part, without its tags."""
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def sale(client: Client, number: str, **fields: str) -> Any:
    """Confirm a sale and return the response."""
    said = {"amount": "100", "order": "", "code": "", "spare": "T-TESTTEST"} | fields
    return client.post(f"/till/members/{number}/sale/", said)


def quote(client: Client, number: str, **fields: str) -> Any:
    """Ask what a sale would earn."""
    said = {"amount": "100", "order": "", "code": "", "spare": "T-TESTTEST"} | fields
    return client.post(f"/till/members/{number}/quote/", said)


def earn(shop: Shop, amount_minor: int) -> None:
    """Let the member have bought something at another door."""
    post(
        PurchaseMade(
            merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=NOW, source="test",
            key=f"before-{amount_minor}", actor="test", lines=(LineItem(amount_minor),),
        ),
        now=NOW,
    )  # fmt: skip


def issue(shop: Shop, points: int | None = 500, reward: str = "") -> str:
    """Let the member make a code on their own page."""
    event = RedemptionIssued(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=NOW, source="portal",
        key=f"{points}{reward}", actor="member", points=points, reward_code=reward,
    )  # fmt: skip
    return post(event, now=NOW).code


@pytest.mark.parametrize(
    "typed",
    [
        "0501234567",
        "٠٥٠١٢٣٤٥٦٧",
        "+966 50 123 4567",
        "{number}",
        "{bare}",
        "https://walaa.example/m/oasis/?c={number}",
    ],
)
def test_a_customer_is_found_however_they_are_typed(cashier: Client, shop: Shop, typed: str) -> None:
    number = shop.member.number
    text = typed.format(number=number.lower(), bare=number.replace("-", ""))
    answer = cashier.post("/till/find/", {"q": text})
    assert answer.headers["Location"] == f"/till/members/{number}/"


@pytest.mark.parametrize("typed", ["hello there", "-", "M-NOBODY7", "0.5"])
def test_nobody_is_found_and_told_so(cashier: Client, typed: str) -> None:
    answer = cashier.post("/till/find/", {"q": typed})
    assert "Nobody was found" in answer.content.decode()


def test_a_stranger_joins_in_two_fields(cashier: Client, shop: Shop) -> None:
    offered = cashier.post("/till/find/", {"q": "٠٥٥١١١٢٢٢٢"}).content.decode()
    assert 'value="+966551112222"' in offered
    joined = cashier.post("/till/join/", {"phone": "0551112222", "given_name": "خالد"}, follow=True)
    assert "The membership is open." in joined.content.decode()
    again = cashier.post("/till/join/", {"phone": "+966551112222", "given_name": "Other"}, follow=True)
    assert "خالد" in again.content.decode()
    assert "The membership is open." not in again.content.decode()


def test_a_customer_is_shown_masked(cashier: Client, shop: Shop) -> None:
    html = page(cashier, f"/till/members/{shop.member.number}/")
    assert "نورة ع." in html
    assert "+966•••••567" in html
    for secret in ("0501234567", "501234567", "العتيبي", "noura@oasis.example"):
        assert secret not in html


def test_the_quote_is_what_the_sale_earns(cashier: Client, shop: Shop) -> None:
    earn(shop, 150000)
    quoted = words(quote(cashier, shop.member.number, amount="٩٩٫٩٩").content.decode())
    assert "+124 points" in quoted
    assert "Silver ×1.25" in quoted
    assert not Purchase.objects.filter(source="till").exists()
    done = words(page(cashier, sale(cashier, shop.member.number, amount="99.99").headers["Location"]))
    assert "+124 points" in done
    assert "Silver ×1.25" in done
    assert "1,624 points" in done


def test_the_receipt_is_ready_in_both_languages(cashier: Client, shop: Shop) -> None:
    done = words(page(cashier, sale(cashier, shop.member.number).headers["Location"]))
    assert "You earned 100 points Your balance: 100 points, worth 5.00 SAR" in done
    assert "Spend 1,400.00 SAR more to reach Silver" in done
    assert "كسبت 100 نقطة" in done
    assert "لبلوغ مستوى «فضي»" in done


def test_rule_14_a_second_press_counts_once(cashier: Client, shop: Shop) -> None:
    first, second = (sale(cashier, shop.member.number) for _press in range(2))
    assert first.headers["Location"] == second.headers["Location"] == "/till/sales/T-TESTTEST/"
    assert Purchase.objects.count() == Movement.objects.count() == 1


def test_rule_14_going_back_finds_the_sale_that_was_made(cashier: Client, shop: Shop) -> None:
    made = sale(cashier, shop.member.number).headers["Location"]
    assert quote(cashier, shop.member.number).headers["Location"] == made


def test_rule_15_a_receipt_number_twice_is_refused_at_its_field(cashier: Client, shop: Shop) -> None:
    sale(cashier, shop.member.number, order="INV-١٠٠١")
    refused = sale(cashier, shop.member.number, order="INV-1001", amount="200", spare="T-OTHEROTH")
    assert refused.status_code == 422
    assert "already used for another sale" in refused.content.decode()
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize("amount", ["", "0", "-5", "12,5", "1.999", "a", "9" * 30, "١٢٫"])
def test_amounts_that_cannot_be_are_told_at_their_field(cashier: Client, shop: Shop, amount: str) -> None:
    for ask in (quote, sale):
        refused = ask(cashier, shop.member.number, amount=amount)
        assert refused.status_code == 422
        assert 'class="errorlist"' in refused.content.decode()
    assert not Purchase.objects.exists()


def test_rule_06_a_code_pays_a_part_and_that_part_earns_nothing(cashier: Client, shop: Shop) -> None:
    earn(shop, 50000)
    code = issue(shop)
    quoted = words(quote(cashier, shop.member.number, code=f"{code[:4]} {code[4:].lower()}").content.decode())
    assert "+75 points" in quoted
    assert re.search(r"Paid with points .* 25 SAR", quoted)
    assert "To collect 75 SAR" in quoted
    done = words(page(cashier, sale(cashier, shop.member.number, code=code).headers["Location"]))
    assert "+75 points" in done
    spent = sale(cashier, shop.member.number, code=code, spare="T-OTHEROTH")
    assert "can no longer be used" in spent.content.decode()


def test_somebody_elses_code_is_not_known(cashier: Client, stage: Cast) -> None:
    earn(stage.rival, 50000)
    refused = sale(cashier, stage.shop.member.number, code=issue(stage.rival))
    assert refused.status_code == 422
    assert "no such code" in refused.content.decode()


def test_a_code_shows_what_it_is_worth_and_is_used_once(cashier: Client, shop: Shop) -> None:
    earn(shop, 50000)
    code = issue(shop)
    found = cashier.post("/till/find/", {"q": f"{code[:4]}-{code[4:]}".lower()})
    html = page(cashier, found.headers["Location"])
    assert "25 SAR off" in words(html)
    spare = spare_of(html)
    for _press in range(2):
        done = cashier.post(f"/till/codes/{code}/use/", {"spare": spare}, follow=True).content.decode()
        assert "Done: the code is used." in done
    again = cashier.post(f"/till/codes/{code}/use/", {"spare": "T-OTHEROTH"}, follow=True).content.decode()
    assert "can no longer be used" in again
    assert 'name="spare"' not in again


def test_a_code_that_ran_out_is_told_so(cashier: Client, shop: Shop, clock: Any) -> None:
    earn(shop, 50000)
    code = issue(shop)
    clock.shift(16 * 60)
    html = page(cashier, f"/till/codes/{code}/")
    assert 'class="state over"' in html
    assert 'name="spare"' not in html


def test_a_reward_is_handed_over(cashier: Client, shop: Shop) -> None:
    earn(shop, 50000)
    reward = shop.version.rewards.order_by("points").first()
    assert reward is not None
    html = page(cashier, f"/till/codes/{issue(shop, None, reward.code)}/")
    assert reward.name_en in words(html)
    assert "Hand it over" in words(html)
    assert "Use it on a sale" not in words(html)


def test_my_sales_of_today_are_mine(cashier: Client, shop: Shop, sign_in: Any, clock: Any) -> None:
    sale(cashier, shop.member.number, order="MINE-1")
    sale(sign_in(shop.staff["manager"]), shop.member.number, order="THEIRS-1")
    assert "MINE-1" in page(cashier, "/till/")
    assert "THEIRS-1" not in page(cashier, "/till/")
    clock.move_to("2026-11-16T00:00:00+03:00")
    assert "MINE-1" not in page(cashier, "/till/")


def test_a_manager_takes_a_sale_back(shop: Shop, sign_in: Any) -> None:
    manager = sign_in(shop.staff["manager"])
    made = sale(manager, shop.member.number).headers["Location"]
    html = page(manager, f"{made}refund/")
    form = {"amount": "40", "spare": spare_of(html)}
    for _press in range(2):
        done = manager.post(f"{made}refund/", form, follow=True).content.decode()
    assert "Points taken back: 40 points." in done
    assert "Taken back after a refund: 40 points" in words(done)
    assert "For the receipt" not in page(manager, made)  # its figures are those of before
    refused = manager.post(f"{made}refund/", {"amount": "60.01", "spare": "T-OTHEROTH"})
    assert "More than what is left" in refused.content.decode()


def test_a_sale_reaches_the_next_tier_and_says_so(cashier: Client, shop: Shop) -> None:
    done = words(page(cashier, sale(cashier, shop.member.number, amount="1500").headers["Location"]))
    assert "now Silver" in done


@pytest.mark.parametrize(
    ("path", "most"), [("/till/", 12), ("/till/members/{number}/", 20), ("/till/sales/INV-1/", 20)]
)
def test_pages_ask_a_bounded_number_of_queries(cashier: Client, shop: Shop, path: str, most: int) -> None:
    path = path.format(number=shop.member.number)
    sale(cashier, shop.member.number, order="INV-1")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(cashier, path)
        return len(seen)

    queries()
    few = queries()
    for order in range(10):
        sale(cashier, shop.member.number, order=f"INV-1{order}")
    assert queries() == few <= most
