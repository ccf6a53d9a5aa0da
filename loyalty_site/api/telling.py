"""The page "Hear what happens": what each webhook says, and how a receiver proves that it is ours.

Its examples are what the tests receive, and its programs are run by them.
"""

import json
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from campaigns.webhooks.models import Topic

WHEN: Final = "2027-01-10T06:00:00Z"
MEMBER: Final = {"number": "M-7KPX3WQ", "external_id": "crm-7"}
REDEMPTION: Final = {
    "member": MEMBER, "redemption": "r_1001", "kind": "discount", "reward": None, "given_for": "points",
    "points": 500, "value": "25.00", "currency": "SAR", "issued_at": "2027-01-10T06:00:00Z",
    "expires_at": "2027-01-10T06:15:00Z",
}  # fmt: skip
OVER: Final = {"code": "K7PX3WQ9", "closed_at": "2027-01-10T06:05:00Z"}

SAID: Final[dict[Topic, dict[str, Any]]] = {
    Topic.POINTS_EARNED: {
        "member": MEMBER, "points": 120, "pending_points": 0, "event": None, "order": "A-1001",
        "source": "api", "amount": "120.00", "currency": "SAR",
    },
    Topic.POINTS_ACTIVATED: {"member": MEMBER, "points": 120},
    Topic.POINTS_EXPIRED: {"member": MEMBER, "points": 80},
    Topic.POINTS_EXPIRING: {
        "member": MEMBER, "points": 200, "value": "10.00", "currency": "SAR",
        "expiring": [{"last_day": "2027-01-20", "points": 200}],
    },
    Topic.TIER_CHANGED: {"member": MEMBER, "tier": "silver", "tier_before": "bronze"},
    Topic.REWARD_ISSUED: REDEMPTION,
    Topic.REWARD_USED: REDEMPTION | OVER | {"order": "A-1002"},
    Topic.REWARD_CANCELLED: REDEMPTION | OVER,
    Topic.MEMBER_JOINED: {
        "member": MEMBER, "joined_at": "2027-01-10T06:00:00Z", "joined_through": "portal",
    },
    Topic.MEMBER_ERASED: {"member": MEMBER | {"external_id": None}},
    Topic.RISK_RAISED: {"member": MEMBER, "chance": 0.71, "days_silent": 46},
}  # fmt: skip
"""What is in ``data`` of each."""

PYTHON: Final = '''\
import base64, hashlib, hmac, time

def is_ours(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Header names in lower case; the body as it came, before anything parses it."""
    said, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(sent_at)) > 300:
        return False  # an old message, played back
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([said.encode(), sent_at.encode(), body])
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    signatures = headers["webhook-signature"].split()
    return any(hmac.compare_digest(one, f"v1,{expected}") for one in signatures)
'''

PHP: Final = """\
<?php
function is_ours(string $secret, array $headers, string $body): bool
{
    // Header names in lower case; the body as it came: file_get_contents('php://input').
    [$said, $sentAt] = [$headers['webhook-id'], $headers['webhook-timestamp']];
    if (abs(time() - (int) $sentAt) > 300) {
        return false; // an old message, played back
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$said.$sentAt.$body", $key, true));
    foreach (explode(' ', $headers['webhook-signature']) as $one) {
        if (hash_equals($expected, $one)) {
            return true;
        }
    }
    return false;
}
"""

SEARCH: Final = """\
curl -sS --fail-with-body {site}/api/v1/events \\
  -H "Authorization: Api-Key $WALAA_KEY" -H 'Content-Type: application/json' \\
  -d '{{"event": "search", "id": "search-88-1", "external_id": "first-customer"}}'"""


class Told(NamedTuple):
    """One topic: its code, its name for people, and a whole message."""

    code: str
    title: Any
    message: str


def message_of(topic: Topic) -> str:
    """A whole message as it is sent, spread out for reading."""
    lines = [f'    "{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in SAID[topic].items()]
    said = ",\n".join(lines)
    return f'{{\n  "type": "{topic.value}",\n  "timestamp": "{WHEN}",\n  "data": {{\n{said}\n  }}\n}}'


class Telling(TemplateView):
    """`/api/docs/webhooks/`."""

    template_name = "api/webhooks.html"
    extra_context = {
        "title": _("Hear what happens, and tell us"),
        "programs": (("Python", PYTHON), ("PHP", PHP)),
    }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """List every topic, and write the call for this very installation."""
        site = self.request.build_absolute_uri("/").rstrip("/")
        told = [Told(topic.value, topic.label, message_of(topic)) for topic in Topic]
        return super().get_context_data(**kwargs) | {"told": told, "search": SEARCH.format(site=site)}
