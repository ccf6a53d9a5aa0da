"""Facts of the model as events of the books: whatever the books name themselves is looked up by its name."""

from dataclasses import dataclass, field
from typing import Any

from accounts.models import Member, Merchant
from ledger.event import LineItem
from ledger.events import (
    AnyEvent,
    AwardsOpened,
    MembersMerged,
    MergeUndone,
    PointsOpened,
    PurchaseMade,
    RedemptionClosed,
    RedemptionIssued,
    RefundMade,
)
from ledger.receipt import Receipt
from loyalty_site.simulation.facts import NAMES, Fact


@dataclass
class Names:
    """What the books answered that has to be named later: codes, quotes, merges, by the fact's own name.

    One that a crash kept from us is nobody's until the retry tells it.
    """

    codes: dict[str, str] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)
    merges: dict[str, int] = field(default_factory=dict)

    def learn(self, fact: Fact, receipt: Receipt) -> None:
        """Remember what an answer names."""
        if fact.what == "issue":
            self.codes[fact.key] = receipt.code
        if fact.what == "merge" and receipt.merge_id is not None:
            self.merges[fact.key] = receipt.merge_id

    def code(self, name: str) -> str:
        """The code of an issue."""
        return self.codes.get(name, "NNNNNNNN")


def event_of(fact: Fact, merchant: Merchant, members: list[Member], names: Names) -> AnyEvent:
    """The event that says this fact."""
    said: dict[str, Any] = {
        "merchant_id": merchant.pk,
        "member_id": members[fact.member].pk,
        "occurred_at": fact.at,
        "source": "till",
        "key": fact.key,
        "actor": "simulation",
    }
    match fact.what:
        case "buy" | "sign":
            return PurchaseMade(**said, **_order(fact, names))
        case "refund":
            order = {"purchase_source": "till", "purchase_key": fact.order}
            return RefundMade(**said, **order, amount_minor=fact.amount, lines=fact.lines)
        case "deliver":
            return AwardsOpened(**said, purchase_source="till", purchase_key=fact.order, awaits="delivered")
        case "issue":
            gift = {"reward_code": "gift"} if fact.gift else {"points": fact.points}
            return RedemptionIssued(**said, **gift, order_minor=fact.order_minor, minutes=fact.minutes)
        case "close":
            return RedemptionClosed(**said, code=names.code(fact.code), outcome=fact.outcome)
        case "opening":
            tier = {"tier_code": NAMES[fact.tier], "tier_until": fact.until} if fact.tier else {}
            return PointsOpened(
                **said, points=fact.points, earned_on=fact.earned, expires_on=fact.last, **tier
            )
        case "merge":
            return MembersMerged(**said, absorbed_id=members[fact.absorbed].pk)
    return MergeUndone(**said, merge_id=names.merges.get(fact.merge, 0))


def _order(fact: Fact, names: Names) -> dict[str, Any]:
    """What an order says, or would say."""
    return {
        "lines": tuple(LineItem(amount, kind, category) for amount, kind, category in fact.lines),
        "redemption_codes": tuple(names.code(name) for name in fact.codes),
        "award": fact.award,
        "quiet": fact.quiet,
        "quote": names.quotes.get(fact.quote, "no-such-quote") if fact.quote else "",
    }
