"""A call of every operation that is accepted, and how a call that was changed is refused.

A row of the tables says which call is changed, how, and what is answered: `"422 over_refund /amount"`.
What is changed: a field of the body (`...` leaves it out), `"@member"` a word of the address, `"?limit"` a
parameter, `"key"` whose key asks, `"once"` the Idempotency-Key.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, cast
from urllib.parse import quote

from django.core.cache import cache
from django.db import transaction

from accounts.models import Branch
from accounts.presence import token_of
from campaigns.models import WebhookDelivery
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import NOW, Cast
from tests.faults.conftest import everything
from tests.faults.declared import operations
from tests.ledger.given import begin_giving
from tests.ledger.holding import hold_from_now
from tests.ledger.subscribed import sell_from_now
from tests.portal import carrier
from tests.shops.scene import link

ARABIC = re.compile(r"[\u0600-\u06ff]")
TRIES = "accounts_logincode"
"""A wrong one-time code is counted: that is what is written of a refusal."""
NOON = "2026-11-15T09:00:00Z"

Words = dict[str, Any]
Row = tuple[str, dict[str, Any], str]


class Call(NamedTuple):
    """An address, with words in braces, and a body."""

    path: str
    body: dict[str, Any] | None = None


PERSON = {
    "phone": "0559999999", "email": "new@x.example", "external_id": "E-9", "given_name": "نورة",
    "family_name": "x", "gender": "f", "birthday": "1990-01-01", "language": "ar",
}  # fmt: skip
WHAT = {
    "lines": [{"amount": "60.00", "kind": "goods", "category": "coffee", "name": "بن", "quantity": 2,
               "sku": "C-1"}],
    "tenders": [{"type": "points", "code": "{code}"}, {"type": "card", "amount": "35.00"}],
    "currency": "SAR", "occurred_at": "2026-11-15T08:00:00Z", "branch": "olaya", "channel": "store",
}  # fmt: skip
GOOD: dict[str, Call] = {
    "FindMember": Call("members?number={member}"),
    "JoinMember": Call("members", PERSON | {"referral_code": "{friends_code}", "terms": 1}),
    "ReadMember": Call("members/{member}"),
    "ChangeMember": Call("members/{other}", PERSON),
    "EraseMember": Call("members/{other}", {}),
    "RecordConsent": Call(
        "members/{member}/consents", {"channel": "sms", "purpose": "marketing", "granted": True}
    ),
    "DetachMember": Call("members/{other}/detach", {"reason": "sold again"}),
    "AttachMember": Call("members/{detached}/attach", {"phone": "0559999998"}),
    "MergeRecords": Call("members/{member}/merge", {"absorb": "{other}"}),
    "PreviewMerge": Call("members/{member}/merge/preview", {"absorb": "{other}"}),
    "UndoMerge": Call("members/{survivor}/merges/{merge}/undo", {}),
    "ReadTier": Call("members/{member}/tier"),
    "ReadInsight": Call("members/{member}/insight"),
    "ListRedemptions": Call("members/{member}/redemptions?limit=5"),
    "ListRefunds": Call("members/{member}/refunds?limit=5"),
    "ListAdjustments": Call("members/{member}/adjustments?limit=5"),
    "ListTiers": Call("tiers"),
    "ReadBalance": Call("members/{member}/balance"),
    "ReadProof": Call("members/{member}/points"),
    "ReadStatement": Call("members/{member}/statement?limit=5"),
    "ReadRewards": Call("members/{member}/rewards"),
    "ReadCards": Call("members/{member}/cards"),
    "JoinContest": Call("members/{member}/contests/cup/join", {}),
    "ReadReferrals": Call("members/{member}/referrals"),
    "RecordEvent": Call("events", {
        "event": "review", "id": "E-1", "member": "{member}", "amount": "5", "occurred_at": NOON,
        "branch": "olaya", "channel": "store",
    }),
    "RecordEvent: phone": Call("events", {"event": "review", "id": "E-2", "phone": "0501234567"}),
    "RecordEvent: external id": Call("events", {"event": "review", "id": "E-3", "external_id": "E-1"}),
    "SendOneTimeCode": Call("members/{member}/one-time-codes", {}),
    "AdjustPoints": Call("members/{member}/adjustments", {"points": 5, "reason": "عذرًا", "expires": True}),
    "ListPurchases": Call("purchases?member={member}&limit=5"),
    "RecordPurchase": Call(
        "purchases", {"member": "{member}", "order": "N-1", "source": "pos-1", "award": True} | WHAT
    ),
    "RecordPurchase: quoted": Call(
        "purchases", {"order": "N-2", "phone": "0501234567", "amount": "100", "quote": "{token}"}
    ),
    "RecordPurchase: amount": Call("purchases", {"order": "N-3", "external_id": "E-1", "amount": "10"}),
    "RecordPurchases": Call(
        "purchases/bulk",
        {
            "orders": [
                {"member": "{member}", "order": "N-4", "source": "pos-1", "award": True, "quote": ""} | WHAT
            ]
        },
    ),
    "RecordPurchases: phone": Call(
        "purchases/bulk", {"orders": [{"order": "N-5", "phone": "0501234567", "amount": "10"}]}
    ),
    "RecordPurchases: external id": Call(
        "purchases/bulk", {"orders": [{"order": "N-6", "external_id": "E-1", "amount": "10"}]}
    ),
    "QuotePurchase": Call("purchases/quote", {"member": "{member}", "sign": True} | WHAT),
    "QuotePurchase: phone": Call("purchases/quote", {"phone": "0501234567", "amount": "100"}),
    "QuotePurchase: amount": Call("purchases/quote", {"external_id": "E-1", "amount": "10"}),
    "ReadPurchase": Call("purchases/{order}?source=api"),
    "RecordDelivery": Call(
        "purchases/{order}/delivered", {"event": "delivered", "source": "api", "occurred_at": NOON}
    ),
    "RecordReceipt": Call("receipts", {"order": "N-2", "amount": "10", "occurred_at": NOON}),
    "RecordReceipt: lines": Call("receipts", {
        "order": "N-3", "branch": "olaya", "channel": "store",
        "currency": "SAR", "source": "till-7", "occurred_at": NOON, "lines": [{
            "amount": "5", "name": "x", "kind": "goods", "category": "c", "quantity": 1, "sku": "s",
        }],
    }),
    "ReadReceipt": Call("receipts/{receipt}?source=api"),
    "CancelReceipt": Call("receipts/{receipt}/cancel?source=api", {}),
    "RecordRefund": Call("refunds", {
        "refund": "R-1", "order": "{order}", "source": "api", "amount": "5", "occurred_at": NOON,
        "paid_as": "cash",
    }),
    "RecordRefund: lines": Call("refunds", {
        "refund": "R-2", "order": "{order}", "lines": [{"position": 1, "amount": "5"}],
    }),
    "IssueCode": Call("redemptions", {
        "member": "{member}", "points": 500, "order_amount": "40", "minutes": 5,
    }),
    "IssueCode: reward": Call("redemptions", {"member": "{member}", "reward": "gift-wrap"}),
    "IssueCode: shown": Call("redemptions", {"shown": "{shown}", "points": 500}),
    "IssueCode: for a shop": Call("redemptions", {"member": "{member}", "points": 500, "for_shop": "salla"}),
    "IssueCode: read out": Call("redemptions", {"member": "{member}", "one_time_code": "{sent}"}),
    "ReadCode": Call("redemptions/{code}"),
    "UseCode": Call("redemptions/{code}/use", {"order": "A-9", "branch": "olaya"}),
    "CancelCode": Call("redemptions/{code}/cancel", {}),
    "ListCauses": Call("causes"),
    "GivePoints": Call("members/{member}/donations", {"points": 100, "cause": "orphans"}),
    "GivePoints: shown": Call(
        "members/{member}/donations", {"points": 100, "cause": "orphans", "shown": "{shown}"}
    ),
    "GivePoints: read out": Call(
        "members/{member}/donations", {"points": 100, "cause": "orphans", "one_time_code": "{sent}"}
    ),
    "ReadChoice": Call("members/{member}/cause"),
    "ChooseCause": Call("members/{member}/cause", {"cause": "orphans"}),
    "ListEvents": Call("member-events"),
    "SignUp": Call("member-events/evening/places", {"member": "{member}"}),
    "CancelPlace": Call("member-events/evening/places/{other}/cancel", {}),
    "CheckIn": Call("member-events/evening/places/{other}/attended", {}),
    "ReadMembership": Call("members/{member}/memberships"),
    "BeginTrial": Call("members/{other}/memberships", {"plan": "plus"}),
    "RecordFee": Call("members/{member}/memberships/payments", {
        "plan": "plus", "payment": "F-2", "amount": "29", "method": "card", "occurred_at": NOON,
    }),
    "RefundFee": Call(
        "members/{member}/memberships/refunds", {"refund": "FR-1", "payment": "F-1", "source": "api"}
    ),
    "CancelMembership": Call("members/{member}/memberships/cancel", {}),
    "ReadUpgrades": Call("members/{member}/upgrades"),
    "ReadGiftCards": Call("members/{member}/gift-cards"),
    "IssueGiftCard": Call("gift-cards", {
        "member": "{member}", "amount": "50", "why": "sold", "order": "A-1", "last_day": "2027-12-31",
    }),
    "ReadGiftCard": Call("gift-cards/{card}"),
    "CancelGiftCard": Call("gift-cards/{card}/cancel", {}),
    "ReadProgramme": Call("programme"),
    "ListWebhooks": Call("webhooks"),
    "CreateWebhook": Call("webhooks", {"url": "https://9.9.9.9/new", "topics": ["points.earned"]}),
    "ReadWebhook": Call("webhooks/{webhook}"),
    "ChangeWebhook": Call(
        "webhooks/{webhook}", {"url": "https://9.9.9.9/b", "topics": ["risk.raised"], "active": False}
    ),
    "DeleteWebhook": Call("webhooks/{webhook}", {}),
    "RotateSecret": Call("webhooks/{webhook}/rotate", {}),
    "TestWebhook": Call("webhooks/{webhook}/test", {}),
    "ListMessages": Call("webhooks/{webhook}/deliveries?limit=5"),
    "ReplayMessage": Call("webhooks/{webhook}/deliveries/{message}/replay", {}),
    "ReadTerms": Call("terms"),
}  # fmt: skip


def ground(stage: Cast) -> Words:
    """Two shops with people in every state, orders, codes, a quote, merges; returns what all are called."""
    api, rival, shop = Caller(stage.shop.key()), Caller(stage.rival.key()), stage.shop
    sell_from_now(shop)
    begin_giving(shop, NOW)
    hold_from_now(shop, NOW)
    Branch.objects.create(merchant=stage.rival.merchant, code="theirs", name_ar="ف", name_en="B")
    words: Words = {"member": shop.member.number, "rival_member": stage.rival.member.number}
    words |= {"friends_code": shop.member.referral_code}
    words |= people(api) | merges(api)
    buy(api, "3000", number=words["member"], order="A-1")
    buy(api, "50", number=words["other"], order="A-2")
    api.post("refunds", {"refund": "R-0", "order": "A-2", "amount": "50"})
    api.post(f"members/{words['member']}/adjustments", {"points": 5, "reason": "x"}, once="adjusted")
    api.post("purchases/A-1/delivered", {"event": "unwrapped"}, 200, once="delivered")
    buy(rival, "2000", number=words["rival_member"], order="B-1")
    words |= webhooks(api) | {"rival_webhook": webhooks(rival)["webhook"]}
    link(shop, "salla", api_token="a-token-of-the-shop")
    words["receipt"] = api.post("receipts", {"order": "N-1", "amount": "20"})["order"]
    rival.post("receipts", {"order": "N-9", "amount": "20"})
    words |= codes(api, words["member"]) | {"rival_code": issue(rival, words["rival_member"], "theirs")}
    said = {"member": words["member"], "amount": "100", "sign": True}
    fee = {"plan": "plus", "payment": "F-1", "amount": "29"}
    api.post(f"members/{words['member']}/memberships/payments", fee)
    words["token"] = api.post("purchases/quote", said, 200)["token"]
    api.post("member-events/evening/places", {"member": words["other"]}, once="seat")
    api.post(f"members/{words['member']}/one-time-codes", {})
    return words | {"order": "A-1", "shown": token_of(shop.member, now=NOW), "sent": carrier.kept[-1][1]}


def people(api: Caller) -> Words:
    """Members who are there, and others who are not any more."""
    joined = {
        "other": {"phone": "0551000001", "email": "other@x.example", "external_id": "E-1"},
        "bare": {"external_id": "E-2"},
        "detached": {"phone": "0551000002"},
        "erased": {"phone": "0551000003"},
        "staffer": {"phone": "0551000004", "email": "manager@oasis.example"},
    }
    numbers = {name: api.post("members", said)["number"] for name, said in joined.items()}
    api.post(f"members/{numbers['detached']}/detach", {}, 200)
    assert api.send("delete", f"members/{numbers['erased']}", {}).status_code == 200
    return numbers


def merges(api: Caller) -> Words:
    """One merge that can be undone, and one whose survivor has bought since."""
    numbers = [api.post("members", {"phone": f"055200000{n}"})["number"] for n in range(4)]
    words = dict(zip(("survivor", "absorbed", "busy", "taken_in"), numbers, strict=True))
    for survivor, absorbed, name in (("survivor", "absorbed", "merge"), ("busy", "taken_in", "used_merge")):
        said = {"absorb": words[absorbed]}
        words[name] = api.post(f"members/{words[survivor]}/merge", said, 200, once=name)["merge"]
    buy(api, "10", number=words["busy"], order="A-3")
    return words


def webhooks(api: Caller) -> Words:
    """A webhook, a message that was given up, and one that waits."""
    said = {"url": "https://9.9.9.9/known", "topics": ["points.earned"]}
    code = api.post("webhooks", said)["id"]
    message, waiting = (api.post(f"webhooks/{code}/test", {}, 202)["id"] for _two in range(2))
    WebhookDelivery.objects.filter(message_id=message).update(state="failed")
    return {"webhook": code, "message": message, "waiting": waiting}


def codes(api: Caller, number: str) -> Words:
    """A code that can be used, and those that cannot."""
    found = {name: issue(api, number, name) for name in ("code", "used", "cancelled")}
    gift = api.post("redemptions", {"member": number, "reward": "gift-wrap"}, once="reward")
    found["reward"] = gift["code"]
    for name in ("card", "over"):
        said = {"member": number, "amount": "50", "why": "sold", "order": "A-1"}
        found[name] = api.post("gift-cards", said, once=name)["code"]
    api.post(f"gift-cards/{found['over']}/cancel", {}, 200, once="over-now")
    api.post(f"redemptions/{found['used']}/use", {}, 200, once="used-now")
    api.post(f"redemptions/{found['cancelled']}/cancel", {}, 200, once="cancelled-now")
    return found


def issue(api: Caller, number: str, once: str) -> str:
    """Set 500 points aside; returns the code."""
    return str(api.post("redemptions", {"member": number, "points": 500}, once=once)["code"])


def changed(call: Call, changes: dict[str, Any], words: Words) -> tuple[str, dict[str, Any] | None]:
    """The address and the body of a call with some of it changed, and every word said out."""
    said = words | {name[1:]: filled(value, words) for name, value in changes.items() if name[0] == "@"}
    path, _mark, query = call.path.format(**said).partition("?")
    asked: dict[str, Any] = dict(pair.split("=") for pair in query.split("&") if pair)
    asked |= {name[1:]: filled(value, words) for name, value in changes.items() if name[0] == "?"}
    query = "&".join(f"{name}={quote(str(value))}" for name, value in asked.items() if value is not ...)
    body = None
    if call.body is not None:
        fields = {name: value for name, value in changes.items() if name[0] not in "@?" and name not in ASKER}
        body = {name: value for name, value in (call.body | fields).items() if value is not ...}
    return f"{path}?{query}" if query else path, filled(body, words)


ASKER = ("key", "once")


def filled(said: Any, words: Words) -> Any:
    """Put a word in the place of its name in braces."""
    if isinstance(said, dict):
        return {name: filled(value, words) for name, value in said.items()}
    if isinstance(said, list):
        return [filled(value, words) for value in said]
    if isinstance(said, str) and said[:1] == "{" and said[1:-1] in words:
        return words[said[1:-1]]
    return said


def told(answer: Any) -> str:
    """What was answered, in short: "201", or status, code and the fields that are named."""
    said = refusal(answer)
    if said is None:
        return str(answer.status_code)
    return " ".join([str(said["status"]), said["code"], *(error["field"] for error in said["errors"])])


def refusal(answer: Any) -> dict[str, Any] | None:
    """The problem document of an answer, or of the first order of many that was refused."""
    if answer.status_code >= 400:
        return cast("dict[str, Any]", answer.json())
    if "/bulk" not in answer.request["PATH_INFO"]:
        return None
    return next((one["problem"] for one in answer.json()["results"] if one["problem"]), None)


class Desk:
    """Makes calls and looks at how they are refused: exactly so, in both languages, and nothing written."""

    def __init__(self, stage: Cast) -> None:
        self.stage, self.words = stage, ground(stage)
        self.before = self.held()

    def held(self) -> dict[str, Any]:
        return {table: rows for table, rows in everything().items() if table != TRIES}

    @contextmanager
    def tried(self) -> Iterator[None]:
        """Take back what is done meanwhile."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def make(self, name: str, changes: dict[str, Any], language: str = "en") -> Any:
        """Make a good call, changed."""
        cache.clear()
        scope = changes.get("key", "manage")
        caller = Caller(self.stage.shop.key(scope) if scope else "", language)
        path, body = changed(GOOD[name], changes, self.words)
        if body is None:
            return caller.client.get(f"/api/v1/{path}")
        method = operations()[name.partition(":")[0]].method
        return caller.send(method, path, body, once=changes.get("once", "once-1"))

    def look(
        self, name: str, changes: dict[str, Any], expected: str, languages: tuple[str, ...] = ("en", "ar")
    ) -> list[str]:
        """Say what is wrong with the refusal of a call; whatever it did is taken back."""
        shown, wrong = f"{name} {changes!s:.120}", []
        for language in languages:
            with self.tried():
                answer = self.make(name, changes, language)
                if language == "en" and self.held() != self.before:
                    wrong.append(f"{shown}: something was written")
            if told(answer) != expected:
                return [f"{shown}: {told(answer)}, not {expected}"]
            said = refusal(answer) or {}
            sentences = [said["title"], *(error["message"] for error in said["errors"])]
            if any(bool(ARABIC.search(text)) != (language == "ar") for text in sentences):
                wrong.append(f"{shown}: {sentences} in {language}")
        return wrong

    def look_at(self, rows: list[Row], operation: str) -> None:
        """Insist that every row of one operation is refused as it says."""
        mine = [row for row in rows if row[0].partition(":")[0] == operation]
        wrong = [line for row in mine for line in self.look(*row)]
        assert not wrong, "\n".join(wrong)


def operations_of(rows: list[Row]) -> list[str]:
    """The operations that a table speaks of."""
    return sorted({name.partition(":")[0] for name, _changes, _answer in rows})
