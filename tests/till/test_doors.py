"""Who may stand at the till, in which language, and at which shop."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Staff
from ledger.models import Purchase, Refund
from tests.cast import PASSWORD, Cast, Shop
from tests.till.test_selling import earn, issue, page, sale

ADDRESSES = [
    "/till/", "/till/join/", "/till/members/{number}/", "/till/codes/{code}/", "/till/sales/INV-1/",
    "/till/sales/INV-1/refund/",
]  # fmt: skip


def test_nobody_gets_in_without_signing_in(client: Client, shop: Shop) -> None:
    for path in ADDRESSES:
        answer = client.get(path.format(number=shop.member.number, code="ABCDEFGH"))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/login/?next=/till/")


def test_a_cashier_signs_in_and_arrives(client: Client, shop: Shop) -> None:
    said = {"login": "cashier@oasis.example", "password": PASSWORD, "next": "/till/"}
    assert client.post("/accounts/login/?next=/till/", said).headers["Location"] == "/till/"
    assert "Who is the customer?" in page(client, "/till/")


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("manager", 200), ("cashier", 200), ("analyst", 403)]
)
def test_who_has_a_till(shop: Shop, sign_in: Any, role: str, status: int) -> None:
    page(sign_in(shop.staff[role]), "/till/", status)


def test_a_stranger_has_none(stage: Cast, sign_in: Any) -> None:
    assert "You have no till" in page(sign_in(stage.stranger), "/till/", 403)


def test_a_cashier_who_left_has_none(shop: Shop, cashier: Client) -> None:
    Staff.objects.filter(user=shop.staff["cashier"]).update(is_active=False)
    page(cashier, "/till/", 403)


def test_refunds_are_not_a_cashiers(cashier: Client, shop: Shop) -> None:
    made = sale(cashier, shop.member.number).headers["Location"]
    assert "refund" not in page(cashier, made)
    assert "not yours to do" in page(cashier, f"{made}refund/", 403)
    answer = cashier.post(f"{made}refund/", {"amount": "1", "spare": "T-TESTTEST"})
    assert answer.status_code == 403
    assert not Refund.objects.exists()


def test_another_shops_things_are_not_found(stage: Cast, cashier: Client, sign_in: Any) -> None:
    rival = stage.rival
    earn(rival, 50000)
    code, number = issue(rival), rival.member.number
    sale(sign_in(rival.staff["cashier"]), number, order="INV-1")
    before = Purchase.objects.count()
    for path in ADDRESSES[2:]:
        theirs = page(cashier, path.format(number=number, code=code), 404)
        absent = page(
            cashier, path.replace("INV-1", "INV-9").format(number="M-NOBODY7", code="ZZZZZZZZ"), 404
        )
        assert theirs[theirs.index("<main") :] == absent[absent.index("<main") :]
    posts = (
        f"members/{number}/quote/",
        f"members/{number}/sale/",
        f"codes/{code}/use/",
        "sales/INV-1/refund/",
    )
    for path in posts:
        said = {"amount": "5", "order": "X-1", "code": "", "spare": "T-TESTTEST"}
        assert cashier.post(f"/till/{path}", said).status_code == 404
    assert Purchase.objects.count() == before
    assert (
        "Nobody was found" not in cashier.post("/till/find/", {"q": "0507654321"}).content.decode()
    )  # may join here


def test_the_language_is_the_cashiers(cashier: Client, shop: Shop) -> None:
    assert '<html lang="en" dir="ltr">' in page(cashier, "/till/")
    back = cashier.post("/till/language/", {"language": "ar", "next": f"/till/members/{shop.member.number}/"})
    assert back.headers["Location"] == f"/till/members/{shop.member.number}/"
    html = page(cashier, "/till/")
    assert '<html lang="ar" dir="rtl">' in html
    assert "من العميل؟" in html
    shop.staff["cashier"].refresh_from_db()
    assert shop.staff["cashier"].language == "ar"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/till/", "/till//evil", "/admin/"])
def test_the_language_switch_leads_nowhere_else(cashier: Client, back: str) -> None:
    answer = cashier.post("/till/language/", {"language": "en", "next": back})
    assert answer.headers["Location"] in {"/till/", "/till//evil"}


def test_one_person_at_two_shops_chooses(stage: Cast, cashier: Client) -> None:
    user = stage.shop.staff["cashier"]
    Staff.objects.create(user=user, merchant=stage.rival.merchant, role="cashier")
    assert "Oasis shop" in page(cashier, "/till/")
    cashier.post("/till/shop/", {"merchant": "mirage"})
    page(cashier, f"/till/members/{stage.rival.member.number}/")
    page(cashier, f"/till/members/{stage.shop.member.number}/", 404)
    cashier.post("/till/shop/", {"merchant": "somebody-elses"})
    page(cashier, f"/till/members/{stage.rival.member.number}/")


def test_pages_obey_the_strict_policy(cashier: Client, shop: Shop) -> None:
    sale(cashier, shop.member.number, order="INV-1")
    for path in ("/till/", "/till/join/", f"/till/members/{shop.member.number}/", "/till/sales/INV-1/"):
        answer = cashier.get(path)
        html = answer.content.decode()
        assert "style=" not in html
        assert "<script>" not in html
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]
