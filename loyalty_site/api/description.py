"""What the OpenAPI description says of itself; read by the settings, so nothing is imported here."""

from typing import Any, Final

ABOUT: Final = """
Walaa keeps the loyalty programme of a shop: who earned what, and what it buys.

* Send your key in every call: `Authorization: Api-Key …`. A key belongs to one merchant and has one scope:
  `till`, `shop`, `read` or `manage`. A till is shown no e-mail address, no birthday, and only a phone's end.
* A key that begins with `sandbox_` works on a practice copy of the shop; `POST /practice/reset` empties it.
* Amounts are text in major units (`"99.99"`); points are whole numbers; times are ISO 8601 with their zone.
* Members are known by their membership number (`M-…`). Orders, refunds and codes by their own numbers.
* The same order number with the same content gives the first answer again, with `Idempotency-Replayed: true`;
  with other content it is refused with 409 and nothing is written.
* Every refusal is a problem document (RFC 9457) with a stable `code`; sentences come in the language of
  `Accept-Language` (`ar` or `en`).
"""

SPECTACULAR_SETTINGS: Final[dict[str, Any]] = {
    "TITLE": "Walaa API",
    "DESCRIPTION": ABOUT,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ChallengeKind": "programs.models.goals.ChallengeKind",
        "PaymentKind": "ledger.models.memberships.PaymentKind",
        "PerkKind": "programs.models.perks.PerkKind",
        "PlaceState": "ledger.models.places.PlaceState",
        "ReferralState": "ledger.models.referrals.ReferralState",
        "RewardKind": "programs.models.rewards.RewardKind",
        "MembershipState": "loyalty_site.api.memberships.STATES",
        "TierBasis": "programs.models.policies.TierBasis",
        "TierWindow": "programs.models.policies.TierWindow",
        "LineKind": "ledger.models.purchases.LineKind",
        "ExtensionWhy": "ledger.models.extensions.ExtensionWhy",
        "MovementKind": "ledger.models.movements.MovementKind",
        "RedemptionKind": "ledger.models.redemptions.RedemptionKind",
        "RedemptionState": "ledger.models.redemptions.RedemptionState",
        "WebhookState": "campaigns.webhooks.models.DeliveryState",
        "WebhookTopic": "campaigns.webhooks.models.Topic",
    },
    "PREPROCESSING_HOOKS": ["loyalty_site.api.schema.without_slashes"],
    "SWAGGER_UI_DIST": "SIDECAR",
}
