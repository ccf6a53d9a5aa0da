"""Every form at the till and on the members' pages is filled in wrongly, field by field.

The answer is the page again, with a sentence at the field, in Arabic for who reads Arabic; no row of any
table differs. The addresses are read from the installation: one without an entry here fails.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver

from accounts.models import Merchant
from accounts.presence import token_of
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.models import Redemption
from ledger.posting import post
from loyalty_site.portal import urls as portal_urls
from loyalty_site.till import urls as till_urls
from tests.api.selling import buy, code_for
from tests.cast import NOW, Shop, open_shop
from tests.faults.conftest import everything
from tests.ledger.books import Books
from tests.ledger.given import begin_giving, sign_up, voucher_for
from tests.ledger.subscribed import sell_from_now
from tests.portal import carrier
from tests.shops.scene import link

LONG = "x" * 100_000
NUL, TURNED = "a\x00b", "\u202e12\u200b"
KINDS: dict[str, tuple[str, ...]] = {
    "amount": ("", " ", "0", "-0", "-5", "-٥", "NaN", "Infinity", "1e400", "99999999999", "10.001", "½", "1²",
               "12,5", "٫", "5 5", "0x10", "USD 5", LONG, NUL),
    "amount or none": ("0", "-5", "NaN", "1e400", "10.001", "12,5", "5", LONG, NUL),
    "points": ("", "0", "-1", "٠", "NaN", "1e400", "1.5", "9" * 30, "½", "five", LONG, NUL),
    "phone": ("", "123", "٠٥٠", "05O1234567", "+999123456789", "9" * 40, LONG, NUL),
    "search": ("", " ", "M-NOBODY7", "nobody!", "999", "\u202e", NUL, "x" * 201),
    "mail": ("", "a@", "@b", "a b@c.example", "a@b\nc.example", LONG, NUL),
    "name": ("", " ", "x" * 81, LONG, NUL),
    "any name": ("x" * 81, LONG, NUL),
    "choice": ("zz", "٣", "9" * 400, NUL, LONG),
    "once": ("", "x" * 17, LONG, NUL),
    "token": ("", "zz", "0" * 31, "G" * 32, "٠" * 32, LONG, NUL),
    "day": ("2026-02-30", "2026-13-01", "2026-11-16", "1899-12-31", "0001-01-01", "9999-12-31", "x", NUL),
    "read out": ("", "12345", "1234567", "abcdef", "١٢٣", "-12345", "１２３４５６7", NUL, LONG),
    "receipt": ("x" * 41, LONG, NUL),
    "paper": ("", "zz", "https://example.com/", LONG, NUL),
    "discount": ("NNNNNNNN", "x" * 21, LONG, NUL),
    "reason": ("", " ", LONG, NUL),
    "referral": ("NOBODY", LONG, NUL),
    "edition": ("zz", "0", "-1", "1.5", "9" * 30, NUL),
    "yes": ("", "false", "False"),
    "whatever": ("", "zz", "//evil.example", "javascript:alert(1)", LONG, NUL, TURNED),
}  # fmt: skip
"""What a field of a kind cannot be; `whatever` is told by nobody but a forger, and is not listened to."""

Form = dict[str, tuple[str, str]]
FAITHFUL = {
    "amount": ("10", "amount"), "order": ("", "receipt"), "code": ("", "discount"),
    "gift": ("", "discount"), "gift_amount": ("", "amount or none"),
}  # fmt: skip
ONCE = {"spare": ("T-TESTTEST", "once")}
TILL: dict[str, tuple[str, int, Form]] = {
    "find": ("find/", 422, {"q": ("0501234567", "search")}),
    "join": ("join/", 422, {
        "phone": ("0509999999", "phone"), "given_name": ("x", "any name"), "referral": ("", "referral"),
    }),
    "shop": ("shop/", 302, {"merchant": ("oasis", "whatever")}),
    "language": ("language/", 302, {"language": ("ar", "whatever"), "next": ("/till/", "whatever")}),
    "apology": ("members/{number}/apology/", 422,
                {"points": ("5", "points"), "reason": ("late", "reason")} | ONCE),
    "check-in": ("members/{number}/check-in/", 302, {}),
    "green": ("members/{number}/green/", 302, ONCE),
    "ask": ("members/{number}/one-time-code/", 302, {}),
    "prove": ("members/{number}/there/", 302, {"read_out": ("000000", "read out")}),
    "spend": ("members/{number}/spend/", 302, {"what": ("points:500", "choice")} | ONCE),
    "quote": ("members/{number}/quote/", 422, FAITHFUL | ONCE),
    "record": ("members/{number}/sale/", 422, FAITHFUL | ONCE),
    "refund": ("sales/T-1/refund/", 422, {"amount": ("1", "amount")} | ONCE),
    "use": ("codes/{code}/use/", 302, ONCE),
    "membership": ("members/{number}/membership/", 422,
                   {"plan": ("plus", "choice"), "method": ("cash", "choice")} | ONCE),
    "voucher-use": ("vouchers/{voucher}/use/", 302, ONCE),
}  # fmt: skip
PERSON: Form = {
    "given_name": ("x", "name"), "family_name": ("y", "any name"), "gender": ("f", "choice"),
    "birthday": ("1990-01-01", "day"),
}  # fmt: skip
PRESS = {"token": ("0" * 32, "token")}
PORTAL: dict[str, tuple[str, int, Form]] = {
    "sign-in": ("sign-in/", 422, {"destination": ("0509999999", "phone")}),
    "code": ("code/", 422, {"code": ("000000", "read out")}),
    "join": ("join/", 422, PERSON | {"language": ("ar", "choice"), "referral": ("", "referral"),
                                        "terms": ("", "edition")}),
    "language": ("language/", 302, {"language": ("ar", "whatever"), "next": ("/m/oasis/", "whatever")}),
    "redeem-points": ("rewards/points/", 422, {"points": ("500", "points")} | PRESS),
    "online": ("rewards/online/", 422,
               {"points": ("500", "points"), "shop": ("salla", "choice")} | PRESS),
    "redeem-reward": ("rewards/{reward}/", 422, PRESS),
    "redemption-cancel": ("codes/{redemption}/cancel/", 302, PRESS),
    "cause": ("causes/orphans/", 422, {"points": ("100", "points")} | PRESS),
    "event": ("events/evening/", 422, PRESS),
    "event-leave": ("places/{place}/leave/", 302, PRESS),
    "plan-trial": ("plan/plus/trial/", 422, PRESS),
    "plan-cancel": ("plan/cancel/", 422, PRESS),
    "receipt": ("receipt/", 422, {"text": ("x", "paper")}),
    "profile": ("profile/", 422, PERSON),
    "profile-email": ("profile/email/", 422, {"email": ("n@oasis.example", "mail")}),
    "profile-email-confirm": ("profile/email/confirm/", 422, {"code": ("000000", "read out")}),
    "prove": ("profile/prove/", 422, {"code": ("000000", "read out")}),
    "goodbye": ("profile/delete/", 422, {"sure": ("on", "yes")}),
}  # fmt: skip
SHOWN = {"home", "member", "code", "gift-card", "sale"}, {
    "causes", "contests", "gift", "events", "friends",
    "front-door", "home", "card", "rewards", "redemption", "history", "points", "history-entry", "inbox",
    "plan", "export-json", "export-csv", "terms", "terms-edition", "theme", "logo", "icon", "manifest",
}  # fmt: skip
PRESSED = {
    "cause-choose",
    "contest-join",
    "contest-leave",
    "plan-pay",
    "here",
    "sign-out",
    "is-this-you",
    "inbox-read-all",
    "inbox-read",
    "unsubscribe",
    "profile-consent",
    "redemption-use",
    "terms-answer",
}
"""Pages that show, and presses whose words do not matter: what they name is walked in `tests/loop`."""


def names(patterns: Any) -> Iterator[str]:
    """The names of a room's addresses."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry.url_patterns)
        elif isinstance(entry, URLPattern):
            yield str(entry.name)


def test_every_page_has_an_entry() -> None:
    assert set(names(till_urls.urlpatterns)) == {*TILL, *SHOWN[0]}
    assert set(names(portal_urls.urlpatterns)) == {*PORTAL, *SHOWN[1], *PRESSED}


@pytest.fixture
def places(api: Any, shop: Shop, settings: Any) -> dict[str, Any]:
    """What stands for the places in braces; the member has points, a sale at the till and a code."""
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    carrier.kept.clear()
    number = shop.member.number
    buy(api, "2000", number=number)
    sale = PurchaseMade(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, source="till", actor="test", key="T-1",
        occurred_at=NOW, lines=(LineItem(10_000),),
    )  # fmt: skip
    post(sale, now=NOW)
    code = code_for(api, number, 500)
    reward = shop.version.rewards.order_by("points").first()
    assert reward
    redemption = Redemption.objects.get().pk
    sell_from_now(shop)
    begin_giving(shop, NOW)
    Merchant.objects.filter(pk=shop.merchant.pk).update(vat_number="310122393500003")
    link(shop, "salla", api_token="opens-salla")
    place = sign_up(Books(shop.member, now=NOW), "evening").place_id
    guest = open_shop("dune", "0503333333")
    theirs = Books(guest.member, now=NOW)
    theirs.earn(100)
    voucher = voucher_for(guest, shop, theirs)
    apart = {"place": place, "voucher": voucher, "redemption": redemption}
    return apart | {"number": number, "code": code, "reward": reward.code}


@pytest.mark.parametrize("name", TILL)
def test_a_form_at_the_till_refuses_what_it_cannot_be(
    shop: Shop, places: dict[str, Any], sign_in: Any, name: str
) -> None:
    manager = shop.staff["manager"]
    manager.language = "ar"
    manager.save()
    path, status, form = TILL[name]
    client = sign_in(manager)
    if name == "spend":
        client.post("/till/find/", {"q": token_of(shop.member, now=NOW)})
    walk(client, f"/till/{path.format(**places)}", status, form, is_heard=name not in {"shop", "language"})


@pytest.mark.parametrize("name", PORTAL)
def test_a_form_of_the_members_refuses_what_it_cannot_be(
    shop: Shop, places: dict[str, Any], name: str
) -> None:
    path, status, form = PORTAL[name]
    client, door = Client(headers={"accept-language": "ar"}), "/m/oasis/"
    if name not in {"sign-in", "language"}:
        client.post(f"{door}sign-in/", {"destination": "0509999998" if name == "join" else "0501234567"})
    if name not in {"sign-in", "language", "code"}:
        client.post(f"{door}code/", {"code": carrier.kept[-1][1]})
        client.post(f"{door}is-this-you/", {"answer": "yes"})
    if name == "profile-email-confirm":
        client.post(f"{door}profile/email/", {"email": "new@oasis.example"})
    walk(client, door + path.format(**places), status, form, is_heard=name != "language")


def walk(client: Client, address: str, status: int, form: Form, *, is_heard: bool) -> None:
    """Spoil one field after the other; complain of every answer that is no polite refusal of it."""
    good, bad, before = {name: value for name, (value, _kind) in form.items()}, [], everything()
    for name, (_value, kind) in form.items():
        for wrong in KINDS[kind]:
            cache.clear()  # how often one may guess is told elsewhere
            answer: Any = client.post(address, good | {name: wrong})
            if complaint := complaint_about(client, answer, status, is_heard):
                bad.append(f"{address} {name} = {wrong!r:.30}: {complaint}")
        if everything() != before:
            bad.append(f"{address} {name}: something refused moved a table")
    assert not bad, "\n".join(bad)


def complaint_about(client: Client, answer: Any, status: int, is_heard: bool) -> str:
    """Return what is wrong with a refusal; nothing when it is as it should be."""
    if answer.status_code != status:
        return f"{answer.status_code} instead of {status}"
    if status == 302:
        if "evil" in answer.headers["location"] or "script" in answer.headers["location"]:
            return f"sent away to {answer.headers['location']}"
        page: Any = client.get(answer.headers["location"], follow=True)
        told = [str(message) for message in page.context["messages"]]
    else:
        errors = re.findall(
            r'<(\w+)[^>]*(?:errorlist|role="alert")[^>]*>(.*?)</\1>', answer.content.decode(), re.DOTALL
        )
        told = [re.sub(r"<svg.*?</svg>|<[^>]+>", " ", inner, flags=re.DOTALL) for _tag, inner in errors]
    if not is_heard:
        return ""
    if not told:
        return "refused without a word"
    return "" if all(re.search(r"[\u0600-\u06ff]", text) for text in told) else f"not in Arabic: {told}"


@pytest.mark.parametrize(
    "path",
    ["history/?before=x", "history/?before=%00", "history/?before=" + "x" * 5000,
     "codes/9223372036854775808/", "history/9223372036854775808/",
     "rewards/" + "x" * 500 + "/", "unsubscribe/%00/",
     "unsubscribe/" + "x" * 999 + "/", "icon-999999999999999999999.png", "inbox/9223372036854775808/"],
)  # fmt: skip
def test_addresses_that_are_none_are_not_found(
    shop: Shop, places: dict[str, Any], path: str, settings: Any
) -> None:
    client = Client(headers={"accept-language": "ar"})
    client.post("/m/oasis/sign-in/", {"destination": "0501234567"})
    client.post("/m/oasis/code/", {"code": carrier.kept[-1][1]})
    client.post("/m/oasis/is-this-you/", {"answer": "yes"})
    assert client.get(f"/m/oasis/{path}").status_code == 404


@pytest.mark.parametrize("path", ["sign-in/", "language/"])
def test_bytes_that_are_no_text_are_no_crash(shop: Shop, path: str) -> None:
    for raw in (
        b"destination=%ED%A0%80%FF",
        b"destination=\xff\xfe",
        b"%FF=%FF",
        b"=&=&;;;",
        b"a" * 3_000_000,
    ):
        answer = Client().post(f"/m/oasis/{path}", raw, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {302, 400, 422}, raw[:20]
