"""The registry of personal values: the only columns in which a person may be found.

Facts and hashes hold surrogate ids. Erasure, exports and the scan that proves both read this table.
"""

from typing import Final

PERSONAL_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "accounts.Member": (
        "phone",
        "email",
        "given_name",
        "family_name",
        "gender",
        "birthday",
        "external_id",
    ),
    "accounts.User": ("email", "first_name", "last_name"),
    "accounts.Staff": ("phone",),
    "accounts.Detachment": ("reason",),
    "accounts.Takeout": ("file",),
    "campaigns.Message": ("subject", "body", "context"),
    "campaigns.WebhookDelivery": ("payload", "answer"),
    "ledger.ImportRun": ("file",),
    "ledger.ImportIssue": ("params",),
    "ledger.AdjustmentNote": ("text",),
    "ledger.AdjustmentRequest": ("reason",),
    "ledger.Referral": ("note",),
    "ledger.Membership": ("card_token",),
    "ledger.CardCharge": ("url",),
    "ledger.ShopNews": ("body",),
    "programs.Partner": ("contact",),
}
