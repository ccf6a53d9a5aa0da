"""The stage of the tables: two shops with people in every state, orders, codes, a quote, merges, webhooks."""

from accounts.models import Branch
from accounts.presence import token_of
from campaigns.models import WebhookDelivery
from programs.practising import start_over
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import NOW, Cast
from tests.faults.calls import Words
from tests.ledger.given import begin_giving
from tests.ledger.holding import hold_from_now
from tests.ledger.subscribed import sell_from_now
from tests.portal import carrier
from tests.shops.scene import link


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
    start_over(merchant=shop.merchant, now=NOW)
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
