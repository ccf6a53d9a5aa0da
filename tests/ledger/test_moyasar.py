"""Fees by card: renewals, pages to pay on and what the webhook tells, with a server that speaks its way."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.access import Actor, staff_actor
from accounts.errors import Forbidden
from accounts.models import Staff
from ledger.bulk.lapsing import lapse
from ledger.errors import CardsNotTaken
from ledger.models import CardCharge, HookEvent, MembershipPayment, MoyasarKeys
from ledger.moyasar.charging import work_charges
from ledger.moyasar.hooks import work_hooks
from ledger.moyasar.keys import save_keys
from ledger.moyasar.pages import page_for
from ledger.moyasar.renewing import plan_renewals
from programs.publishing import publish
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.merged import merge
from tests.ledger.moyasar_server import KEY, Till, serving
from tests.ledger.subscribed import cancel, held, pay, sell

SECRET = "a-secret-of-ours"


@pytest.fixture
def till(settings: Settings) -> Iterator[Till]:
    """Moyasar, on this machine."""
    with serving() as (till, address):
        settings.MOYASAR_URL = address
        yield till


@pytest.fixture
def shop(db: None) -> Shop:
    shop = open_shop("oasis", "0501234567", live=False)
    sell(shop.version)
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return shop


@pytest.fixture
def books(shop: Shop, till: Till) -> Iterator[Books]:
    """The member's books on 10 January 2027; Moyasar's keys are kept."""
    books = Books(shop.member)
    books.go_to(2027, 1, 10)
    save_keys(actor=owner(shop), secret_key=KEY, webhook_secret=SECRET, now=books.now)
    yield books
    prove(books.merchant)


def owner(shop: Shop) -> Actor:
    return staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff["owner"]))


def subscribe(books: Books, till: Till) -> None:
    """Pay the first fee on a page of Moyasar's, which keeps the card."""
    page_for(member=books.member, plan="plus", now=books.now)
    paid = till.pay_on(CardCharge.objects.latest("pk").invoice_id)
    tell(books, "payment_paid", paid)
    work(books)


def tell(books: Books, name: str, payment: dict[str, Any], **changed: Any) -> Any:
    """Moyasar's webhook."""
    event = {"id": f"{name[8:]}-{payment['id']}", "type": name, "created_at": "2027-01-10T06:00:01Z",
             "secret_token": SECRET, "account_name": "Oasis", "live": False, "data": payment}  # fmt: skip
    return hook(books, json.dumps(event | changed))


def hook(books: Books, body: str | bytes, slug: str = "oasis") -> Any:
    with time_machine.travel(books.now, tick=False):
        return Client().post(f"/webhooks/moyasar/{slug}/", body, content_type="application/json")


def work(books: Books) -> None:
    """What the workers do."""
    work_hooks(clock=lambda: books.now)
    work_charges(clock=lambda: books.now)


def night(books: Books) -> None:
    """Plan what is due, charge it, and end what ran out."""
    plan_renewals(merchant=books.merchant, now=books.now)
    work(books)
    lapse(merchant=books.merchant, now=books.now)


def test_the_first_fee_is_paid_on_a_page_and_the_card_stays_there(books: Books, till: Till) -> None:
    subscribe(books, till)
    row = held(books)
    assert (row.state, row.paid_through.isoformat()) == ("active", "2027-02-10")
    assert row.card_token
    assert "token_abc" not in row.card_token, "it is encrypted"
    kept = json.dumps(list(HookEvent.objects.values_list("payload", flat=True)))
    assert SECRET not in kept
    assert "1111" not in kept
    assert "NOURA" not in kept


def test_a_card_renews_on_the_last_paid_day_for_what_it_was_begun_at(books: Books, till: Till) -> None:
    subscribe(books, till)
    books.go_to(2027, 2, 9)
    night(books)
    assert MembershipPayment.objects.count() == 1
    books.go_to(2027, 2, 10)
    night(books)
    night(books)
    assert held(books).paid_through.isoformat() == "2027-03-10"
    assert [method for method, path in till.calls].count("POST") == 2, "one page, one charge"
    assert MembershipPayment.objects.latest("pk").provider_id in till.payments


def test_a_refused_card_is_tried_again_through_the_grace_and_then_it_is_over(
    books: Books, till: Till
) -> None:
    subscribe(books, till)
    till.next_status = "failed"
    states = []
    for day in range(10, 20):
        books.go_to(2027, 2, day)
        night(books)
        states.append(held(books).state)
    assert states == ["active", *["grace"] * 7, "ended", "ended"]
    assert held(books).ended_why == "lapsed"
    tried = CardCharge.objects.filter(invoice_id="").order_by("attempt")
    assert [(one.attempt, one.state, one.made_at.day) for one in tried] == [
        (1, "failed", 10), (2, "failed", 11), (3, "failed", 13), (4, "failed", 16),
    ]  # fmt: skip
    assert tried[0].said == "INSUFFICIENT FUNDS"


def test_a_card_that_works_again_within_the_grace_continues_from_the_old_date(
    books: Books, till: Till
) -> None:
    subscribe(books, till)
    till.next_status = "failed"
    for day in (10, 11):
        books.go_to(2027, 2, day)
        night(books)
    till.next_status, till.made_at = "paid", "2027-02-13T06:00:00Z"
    books.go_to(2027, 2, 13)
    night(books)
    assert (held(books).state, held(books).paid_through.isoformat()) == ("active", "2027-03-10")


def test_a_charge_without_an_answer_is_looked_up_and_never_charged_twice(books: Books, till: Till) -> None:
    subscribe(books, till)
    till.hang_up, till.made_at = True, "2027-02-10T06:00:00Z"
    books.go_to(2027, 2, 10)
    night(books)
    assert CardCharge.objects.latest("pk").state == "claimed"
    till.hang_up = False
    books.wait(minutes=6)
    work(books)
    assert held(books).paid_through.isoformat() == "2027-03-10"
    assert len(till.payments) == 2


def test_moyasar_being_down_fails_nobody(books: Books, till: Till) -> None:
    subscribe(books, till)
    till.is_down = True
    books.go_to(2027, 2, 10)
    night(books)
    assert CardCharge.objects.latest("pk").state == "claimed"
    till.is_down = False
    books.wait(minutes=6)
    work(books)
    assert held(books).paid_through.isoformat() == "2027-03-10"


def test_the_bank_wants_to_hear_from_the_member(books: Books, till: Till) -> None:
    subscribe(books, till)
    till.next_status = "initiated"
    books.go_to(2027, 2, 10)
    night(books)
    charge = CardCharge.objects.latest("pk")
    assert (charge.state, charge.url) == ("open", "https://bank.example/3ds")
    till.payments[str(charge.given_id)]["status"] = "paid"
    tell(books, "payment_paid", till.payments[str(charge.given_id)])
    work(books)
    assert held(books).paid_through.isoformat() == "2027-03-10"


def test_who_cancelled_or_paid_by_hand_is_not_charged(books: Books, till: Till) -> None:
    subscribe(books, till)
    books.go_to(2027, 2, 9)
    pay(books)
    books.go_to(2027, 2, 10)
    night(books)
    assert len(till.payments) == 1
    cancel(books)
    books.go_to(2027, 3, 10)
    night(books)
    assert len(till.payments) == 1


def test_fifty_workers_charge_once(books: Books, till: Till) -> None:
    subscribe(books, till)
    books.go_to(2027, 2, 10)
    for _worker in range(5):
        plan_renewals(merchant=books.merchant, now=books.now)
    for _worker in range(5):
        work(books)
    assert MembershipPayment.objects.count() == 2


def test_the_same_event_told_again_is_one(books: Books, till: Till) -> None:
    page_for(member=books.member, plan="plus", now=books.now)
    paid = till.pay_on(CardCharge.objects.get().invoice_id)
    for _time in range(3):
        assert tell(books, "payment_paid", paid).status_code == 200
    tell(books, "payment_paid", paid, id="another-event")
    work(books)
    assert HookEvent.objects.count() == 2
    assert MembershipPayment.objects.count() == 1


def test_events_in_any_order_end_right(books: Books, till: Till) -> None:
    page_for(member=books.member, plan="plus", now=books.now)
    number = CardCharge.objects.get().invoice_id
    failed = till.pay_on(number, status="failed")
    paid = till.pay_on(number)
    tell(books, "payment_paid", paid)
    tell(books, "payment_faild", failed)
    tell(books, "payment_failed", failed)
    work(books)
    assert held(books).state == "active"
    till.payments[paid["id"]] |= {"status": "refunded", "refunded": 2900}
    tell(books, "payment_refunded", till.payments[paid["id"]])
    tell(books, "payment_paid", paid, id="late")
    work(books)
    assert (held(books).state, held(books).ended_why) == ("ended", "refunded")
    assert MembershipPayment.objects.count() == 2


def test_another_amount_pays_for_nothing(books: Books, till: Till) -> None:
    page_for(member=books.member, plan="plus", now=books.now)
    paid = till.pay_on(CardCharge.objects.get().invoice_id, amount=100)
    tell(books, "payment_paid", paid)
    work(books)
    assert not MembershipPayment.objects.exists()
    assert CardCharge.objects.get().state == "odd"


def test_what_the_event_claims_is_not_believed(books: Books, till: Till) -> None:
    page_for(member=books.member, plan="plus", now=books.now)
    tried = till.pay_on(CardCharge.objects.get().invoice_id, status="failed")
    tell(books, "payment_paid", tried | {"status": "paid"})
    work(books)
    assert not MembershipPayment.objects.exists()


def test_a_payment_that_nobody_told_of_is_found(books: Books, till: Till) -> None:
    page_for(member=books.member, plan="plus", now=books.now)
    till.pay_on(CardCharge.objects.get().invoice_id)
    books.wait(minutes=15)
    work(books)
    assert held(books).state == "active"


def event_body(**changed: Any) -> str:
    data = {"id": "7a1f0e3c-5d2b-4c8e-9f61-2b8d4f0a9c13", "status": "paid"}
    event = {"id": "e-1", "type": "payment_paid", "secret_token": SECRET, "data": data}
    return json.dumps({name: said for name, said in (event | changed).items() if said is not ...})


@pytest.mark.parametrize(
    "body",
    [
        event_body(secret_token="a-secret-of-ourt"),
        event_body(secret_token="A-secret-of-ours"),
        event_body(secret_token=""),
        event_body(secret_token=None),
        event_body(secret_token=["a-secret-of-ours"]),
        event_body(secret_token=...),
        event_body()[:-1],
        "[]",
        "",
        b"\xff\xfe",
        "[" * 100_000,
        json.dumps({"secret_token": SECRET, "filler": "x" * 70_000}),
    ],
)
def test_without_the_secret_there_is_no_row(books: Books, body: str | bytes) -> None:
    assert hook(books, body).status_code == 401
    assert not HookEvent.objects.exists()


def test_the_door_of_another_shop_or_of_none_is_closed(books: Books) -> None:
    assert hook(books, event_body(), slug="nobody").status_code == 401
    open_shop("mirage", "0507654321")
    assert hook(books, event_body(), slug="mirage").status_code == 401
    assert not HookEvent.objects.exists()


def test_a_changed_secret_is_honoured_for_an_hour(books: Books, shop: Shop) -> None:
    save_keys(actor=owner(shop), secret_key="", webhook_secret="the-next-secret", now=books.now)
    books.wait(minutes=59)
    assert hook(books, event_body()).status_code == 200
    books.wait(minutes=2)
    assert hook(books, event_body(id="e-2")).status_code == 401
    assert hook(books, event_body(id="e-3", secret_token="the-next-secret")).status_code == 200


def test_the_sample_of_the_field_is_kept(books: Books) -> None:
    said = {
        "id": "7a1f0e3c-5d2b-4c8e-9f61-2b8d4f0a9c13", "type": "webhook_verification",
        "created_at": "2024-01-15T10:05:12Z", "secret_token": SECRET, "account_name": "My Store",
        "data": {"webhook_id": "c4bc247d-5288-4673-9b40-39c082ac7fbb", "verification_code": "482913"},
    }  # fmt: skip
    assert hook(books, json.dumps(said)).status_code == 200
    assert HookEvent.objects.get().payload["data"]["verification_code"] == "482913"


@pytest.mark.parametrize(
    ("changed", "field"), [({"id": "../x"}, "id"), ({"type": ""}, "type"), ({"data": "x"}, "data")]
)
def test_a_proved_event_that_is_none_is_refused(books: Books, changed: dict[str, Any], field: str) -> None:
    answer = hook(books, event_body(**changed))
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not HookEvent.objects.exists()


@pytest.mark.parametrize(
    "fault", [{"redirect_to": "http://127.0.0.1:1/"}, {"flood": True}, {"is_down": True}]
)
def test_nobody_is_followed_and_nothing_endless_is_read(
    books: Books, till: Till, fault: dict[str, Any]
) -> None:
    for name, value in fault.items():
        setattr(till, name, value)
    with pytest.raises(CardsNotTaken):
        page_for(member=books.member, plan="plus", now=books.now)


def test_the_keys_are_encrypted_and_only_an_owner_keeps_them(books: Books, shop: Shop) -> None:
    row = MoyasarKeys.objects.get()
    assert KEY not in row.secret_key
    assert SECRET not in row.webhook_secret
    manager = staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff["manager"]))
    with pytest.raises(Forbidden):
        save_keys(actor=manager, secret_key="sk_x", webhook_secret="12345678", now=books.now)


def test_two_records_of_one_person_are_charged_for_the_longer_one(books: Books, till: Till) -> None:
    subscribe(books, till)
    other = another(books.merchant, "0559998888")
    other.now, till.made_at = books.now + timedelta(days=3), "2027-01-13T06:00:00Z"
    subscribe(other, till)
    merge(books, other)
    books.now = datetime(2027, 2, 10, 9, tzinfo=UTC)
    night(books)
    assert CardCharge.objects.filter(invoice_id="").count() == 0
    books.now = datetime(2027, 2, 13, 9, tzinfo=UTC)
    night(books)
    assert CardCharge.objects.filter(invoice_id="").count() == 1
