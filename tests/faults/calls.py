"""A call of every operation that is accepted, and what one that was changed is answered.

A row of the tables says which call is changed, how, and what is answered: `"422 over_refund /amount"`.
What is changed: a field of the body (`...` leaves it out), `"@member"` a word of the address, `"?limit"` a
parameter, `"key"` whose key asks (`"real"`: not the practice one), `"once"` the Idempotency-Key.
"""

from typing import Any, NamedTuple, cast
from urllib.parse import quote

NOON = "2026-11-15T09:00:00Z"

Words = dict[str, Any]
Row = tuple[str, dict[str, Any], str]


class Call(NamedTuple):
    """An address, with words in braces, and a body; whether it is asked of the practice copy."""

    path: str
    body: dict[str, Any] | None = None
    practice: bool = False


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
    "FindMember: phone": Call("members?phone=0501234567"),
    "FindMember: e-mail": Call("members?email=other@x.example"),
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
    "LeaveContest": Call("members/{member}/contests/cup/leave", {}),
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
                {"member": "{member}", "order": "N-4", "source": "pos-1", "award": True, "quote": ""}
                | WHAT
                | {"tenders": [{"type": "card", "amount": "35.00"}]}
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
    "ResetPractice": Call("practice/reset", {}, practice=True),
}  # fmt: skip


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


ASKER = ("key", "once", "real")


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
