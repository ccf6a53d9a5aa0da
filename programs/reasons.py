"""Why points moved, as a stable code with plain parameters. Pure.

A reason is stored as JSON on the ledger row it explains and turned into a sentence in the
reader's language by ``programs.sentences``; a later edit of the programme never rewrites it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# What a purchase earned.
PER_AMOUNT = "per_amount"
STEP = "step"
TIER = "tier"
MULTIPLIER = "multiplier"
FIXED = "fixed"
PAID_WITH_POINTS = "paid_with_points"
NOTHING_EARNED = "nothing_earned"
CAPPED = "capped"
PLAN_GAVE = "plan_gave"
GOAL = "goal"
STAMP = "stamp"
BADGE = "badge"
VOUCHER = "voucher"

# What else moves points, or keeps a purchase from earning.
GOAL_UNDONE = "goal_undone"
REFUND = "refund"
REDEMPTION = "redemption"
RETURNED = "returned"
EXPIRED = "expired"
ADJUSTMENT = "adjustment"
OWED_PAID = "owed_paid"
REFERRAL = "referral"
REFERRAL_BACK = "referral_back"
IMPORTED = "imported"
MERGED_INTO = "merged_into"
MERGED_FROM = "merged_from"
UNMERGED = "unmerged"
HISTORY_ONLY = "history_only"
OUTSIDE_WINDOW = "outside_window"
PAUSED = "paused"
CLOSING = "closing"
NO_PROGRAMME = "no_programme"

ALL = frozenset(
    {PER_AMOUNT, STEP, TIER, MULTIPLIER, FIXED, PAID_WITH_POINTS, NOTHING_EARNED, CAPPED, PLAN_GAVE}
    | {GOAL, GOAL_UNDONE, STAMP, BADGE, VOUCHER}
    | {REFUND, REDEMPTION, RETURNED, EXPIRED, ADJUSTMENT, OWED_PAID, IMPORTED}
    | {REFERRAL, REFERRAL_BACK}
    | {MERGED_INTO, MERGED_FROM, UNMERGED}
    | {HISTORY_ONLY, OUTSIDE_WINDOW, PAUSED, CLOSING, NO_PROGRAMME}
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One code with its parameters (JSON values only)."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def as_json(self) -> dict[str, Any]:
        """The form stored on the ledger: ``{"code": …, **params}``."""
        return {"code": self.code, **self.params}

    def with_params(self, **more: Any) -> "Reason":
        """The same reason with further parameters."""
        return Reason(self.code, {**self.params, **more})


def with_note(stored: Iterable[Mapping[str, Any]], note: str) -> list[dict[str, Any]]:
    """Stored reasons, an adjustment's with the words of whoever made it, which are kept apart from it."""
    more = {"note": note} if note else {}
    return [{**reason, **(more if reason["code"] == ADJUSTMENT else {})} for reason in stored]
