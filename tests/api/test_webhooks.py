"""Webhooks by API: named with a manage key, shown without their secret, listed page by page, sent again."""

import pytest
from standardwebhooks import Webhook

from campaigns.models import WebhookDelivery, WebhookEndpoint
from tests.api.conftest import Caller
from tests.cast import Shop

ADDRESS = {"url": "https://9.9.9.9/walaa", "topics": ["reward.used", "points.earned"]}


def test_a_webhook_from_its_naming_to_its_end(api: Caller) -> None:
    made = api.post("webhooks", ADDRESS)
    Webhook(made.pop("secret"))
    assert made == {
        "id": made["id"], "url": ADDRESS["url"], "topics": ["points.earned", "reward.used"], "active": True,
        "created_at": "2026-11-15T09:00:00Z", "failing_since": None, "switched_off_at": None,
        "switched_off_why": "",
    }  # fmt: skip
    assert api.get("webhooks") == {"results": [made]}
    assert api.get(f"webhooks/{made['id']}") == made
    off = api.patch(f"webhooks/{made['id']}", {"active": False})
    assert (off["active"], off["switched_off_why"]) == (False, "by_hand")
    assert api.post(f"webhooks/{made['id']}/test", {}, 409)["code"] == "webhook_off"
    assert api.patch(f"webhooks/{made['id']}", {"active": True})["active"] is True
    assert api.checked(api.send("delete", f"webhooks/{made['id']}", {}), 200) == {"id": made["id"]}
    assert api.get("webhooks") == {"results": []}


def test_the_secret_is_in_two_answers_only(api: Caller) -> None:
    made = api.post("webhooks", ADDRESS)
    fresh = api.post(f"webhooks/{made['id']}/rotate", {}, 200)
    assert fresh["secret"] != made["secret"]
    for path in ("webhooks", f"webhooks/{made['id']}", f"webhooks/{made['id']}/deliveries"):
        assert "whsec_" not in str(api.get(path))


def test_what_was_told_is_listed_page_by_page_and_sent_again(api: Caller) -> None:
    made = api.post("webhooks", ADDRESS)
    sent = [api.post(f"webhooks/{made['id']}/test", {}, 202)["id"] for _message in range(3)]
    first = api.get(f"webhooks/{made['id']}/deliveries", limit=2)
    rest = api.get(f"webhooks/{made['id']}/deliveries", limit=2, cursor=first["next"])
    assert [row["id"] for row in (*first["results"], *rest["results"])] == sent[::-1]
    assert rest["next"] is None
    (row,) = rest["results"]
    assert (row["state"], row["next_attempt_at"]) == ("waiting", "2026-11-15T09:00:00Z")
    assert row["content"] == {
        "type": "test", "timestamp": "2026-11-15T09:00:00Z", "data": {"webhook": made["id"]},
    }  # fmt: skip
    WebhookDelivery.objects.filter(message_id=sent[0]).update(state="failed", why="refused", last_status=500)
    again = api.post(f"webhooks/{made['id']}/deliveries/{sent[0]}/replay", {}, 202)
    assert (again["id"], again["state"], again["why"]) == (sent[0], "waiting", "")


@pytest.mark.parametrize("scope", ["till", "shop", "read"])
def test_only_a_manage_key_names_webhooks(shop: Shop, scope: str) -> None:
    caller = Caller(shop.key(scope))
    assert caller.client.get("/api/v1/webhooks").status_code == 403
    assert caller.post("webhooks", ADDRESS, 403)["code"] == "forbidden"
    assert not WebhookEndpoint.objects.exists()
