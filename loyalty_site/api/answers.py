"""What the API answers: purchases, refunds, codes and balances in words and figures."""

from typing import Any

from rest_framework import serializers

from accounts.languages import in_language
from accounts.models import Member
from ledger.events import PurchaseMade, RefundMade
from ledger.models import Purchase, Redemption
from ledger.models.purchases import LineKind
from ledger.models.redemptions import RedemptionKind, RedemptionState
from ledger.receipt import Receipt
from ledger.slips import Slip, slip
from loyalty_site.api.fields import Amount, Instant
from loyalty_site.api.goals import BadgeOutput, GivenVoucherOutput, MovedOutput
from loyalty_site.api.perks import GivenPerkOutput, given_perks
from programs.models import RewardKind
from programs.sentences import sentence


class ReasonOutput(serializers.Serializer[Any]):
    """Why: a stable code, and the sentence in the caller's language."""

    code = serializers.CharField()
    text = serializers.SerializerMethodField()

    def get_text(self, reason: dict[str, Any]) -> str:
        """The sentence."""
        return sentence(reason, self.context["language"])


class LineOutput(serializers.Serializer[Any]):
    """One line of an order."""

    position = serializers.IntegerField(help_text="From 1; refunds name lines by it.")
    kind = serializers.ChoiceField(LineKind.choices)
    category = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    amount = Amount(source="amount_minor")


class PurchaseOutput(serializers.Serializer[Purchase]):
    """A purchase as it stands in the books."""

    order = serializers.CharField(source="external_id")
    source = serializers.CharField()  # type: ignore[assignment] # a field of that name
    member = serializers.CharField(source="member.number")
    branch = serializers.CharField(source="branch.code", default=None, allow_null=True)
    channel = serializers.CharField()
    occurred_at = Instant()
    currency = serializers.CharField()
    amount = Amount(source="total_minor")
    paid_with_points = Amount(source="points_paid_minor")
    refunded = Amount(source="refunded_minor")
    points = serializers.IntegerField(help_text="What the order earned.")
    points_taken_back = serializers.IntegerField(source="clawed_points")
    points_pending = serializers.SerializerMethodField(help_text="Of the points, those that still wait.")
    reasons = ReasonOutput(many=True)
    lines = LineOutput(many=True)

    def get_points_pending(self, purchase: Purchase) -> int:
        """What still waits, if anything ever did."""
        award = getattr(purchase, "pending_award", None)
        return award.left if award else 0


class PurchasePage(serializers.Serializer[Any]):
    """One page of purchases."""

    results = PurchaseOutput(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null at the end.")


class BalanceAfter(serializers.Serializer[Receipt]):
    """The balance this left, as it stood then."""

    available = serializers.IntegerField()
    owed = serializers.IntegerField(
        help_text="Points taken back that were spent already; the next earning pays them."
    )
    pending = serializers.IntegerField(help_text="Points that wait and cannot be spent yet.")
    worth = Amount(source="worth_minor")


class WaitingOutput(serializers.Serializer[Any]):
    """Points that wait: for a day, or for something to happen to the order."""

    points = serializers.IntegerField()
    opens_on = serializers.DateField(
        allow_null=True, default=None, help_text="They can be spent from 00:00 of this day."
    )
    awaits = serializers.CharField(default="", help_text="The event they wait for, such as `delivered`.")


class TierChange(serializers.Serializer[Receipt]):
    """The tier that priced the order, and the one held after it."""

    before = serializers.CharField(source="tier_before")
    after = serializers.CharField(source="tier_code")


class SlipOutput(serializers.Serializer[Slip]):
    """Lines ready to print, in both languages."""

    ar = serializers.ListField(child=serializers.CharField())
    en = serializers.ListField(child=serializers.CharField())


class GiftUseOutput(serializers.Serializer[Any]):
    """What a gift card pays, or gets back, and what is on it afterwards."""

    card = serializers.CharField(help_text="The last letters of its code.")
    amount = Amount(source="amount_minor", help_text="Negative: paid with it.")
    left = Amount(source="left_minor")


class QuoteOutput(serializers.Serializer[Any]):
    """What an order would earn."""

    member = serializers.CharField()
    currency = serializers.CharField()
    amount = Amount()
    paid_with_points = Amount()
    points = serializers.IntegerField()
    pending = WaitingOutput(allow_null=True, help_text="How many of the points wait, and for what.")
    reasons = ReasonOutput(many=True)
    balance = BalanceAfter(help_text="The balance as it would be.")
    tier = TierChange()
    perks = GivenPerkOutput(many=True, help_text="Perks of the tier that this order brings: apply them.")
    tier_perks = serializers.ListField(
        child=serializers.CharField(),
        help_text="Codes of all that the tier held afterwards gives; in words by `GET /programme`.",
    )
    receipt_lines = SlipOutput()
    gift_cards = GiftUseOutput(
        many=True, source="balance.gifts", help_text="Gift cards of ours that pay a part."
    )
    stamps = MovedOutput(many=True, source="balance.stamps", help_text="Punch cards that this moves.")
    goals = MovedOutput(many=True, source="balance.goals", help_text="Challenges that this moves.")
    badges = BadgeOutput(many=True, source="balance.badges")
    vouchers = GivenVoucherOutput(many=True, source="balance.vouchers")
    token = serializers.CharField(
        allow_null=True, default=None, help_text="Of a signed quote: send it with the purchase."
    )
    expires_at = Instant(allow_null=True, default=None, help_text="Until when a signed quote holds.")


class EarnedOutput(QuoteOutput):
    """What an order earned."""

    token = expires_at = None  # type: ignore[assignment] # a quote's alone
    order = serializers.CharField()
    source = serializers.CharField(help_text="Where the order came in: name it when you name the order.")  # type: ignore[assignment] # a field of that name
    occurred_at = Instant()


def earned(receipt: Receipt, member: Member, event: PurchaseMade) -> dict[str, Any]:
    """Return what a quote or an award is answered with."""
    return {
        "order": event.key,
        "source": event.source,
        "member": member.number,
        "occurred_at": event.occurred_at,
        "currency": receipt.currency,
        "amount": sum(line.amount_minor for line in event.lines),
        "paid_with_points": receipt.value_minor,
        "points": receipt.points,
        "pending": receipt.waiting or None,
        "reasons": receipt.reasons,
        "balance": receipt,
        "tier": receipt,
        "perks": given_perks(receipt),
        "tier_perks": receipt.tier_perks,
        "receipt_lines": slip(receipt),
    }


class RefundOutput(serializers.Serializer[Any]):
    """What a refund took back, and what it returned."""

    refund = serializers.CharField()
    order = serializers.CharField()
    member = serializers.CharField()
    points = serializers.IntegerField(help_text="The change: negative when points were taken back.")
    points_pending = serializers.IntegerField(
        help_text="Of these, points that still waited: the balance was not touched."
    )
    points_returned = serializers.IntegerField(
        help_text="Points that had paid for what came back, returned to the member."
    )
    points_missing = serializers.IntegerField(help_text="Points to be taken back that were spent already.")
    gift_cards = GiftUseOutput(
        many=True, source="balance.gifts", help_text="What goes back to the gift cards that paid."
    )
    stamps = MovedOutput(many=True, source="balance.stamps", help_text="Punch cards that lose stamps.")
    goals = MovedOutput(many=True, source="balance.goals", help_text="Challenges that go back.")
    withhold = Amount(help_text="How much of the money to keep back, where the shop's policy says so.")
    reasons = ReasonOutput(many=True)
    balance = BalanceAfter()
    tier = TierChange()


def refunded(receipt: Receipt, purchase: Purchase, event: RefundMade) -> dict[str, Any]:
    """Return what a refund is answered with."""
    return {
        "refund": event.key,
        "order": purchase.external_id,
        "member": purchase.member.number,
        "points": receipt.points,
        "points_pending": receipt.waiting.get("points", 0),
        "points_returned": receipt.returned_points,
        "points_missing": receipt.shortfall_points,
        "withhold": receipt.withheld_minor,
        "reasons": receipt.reasons,
        "balance": receipt,
        "tier": receipt,
    }


class RedemptionOutput(serializers.Serializer[Redemption]):
    """A code and what stands behind it."""

    code = serializers.CharField()
    kind = serializers.ChoiceField(RedemptionKind.choices)
    state = serializers.ChoiceField(RedemptionState.choices)
    name = serializers.SerializerMethodField(help_text="What it buys, in the caller's language.")
    member = serializers.CharField(source="member.number")
    points = serializers.IntegerField()
    value = Amount(
        source="value_minor", help_text="Money off, or what a gift card will hold; 0.00 for other rewards."
    )
    currency = serializers.CharField()
    reward = serializers.CharField(source="reward_code")
    reward_kind = serializers.CharField(help_text="A kind of `GET /members/{number}/rewards`, or empty.")
    opens = serializers.CharField(source="feature", help_text="What using it opens, of an upgrade.")
    gift_card = serializers.SerializerMethodField(help_text="The card's code, once the code was used.")
    issued_at = Instant()
    expires_at = Instant()
    order = serializers.CharField(source="order_ref")

    def get_name(self, redemption: Redemption) -> str:
        """In the caller's language."""
        return in_language(redemption, "name")

    def get_gift_card(self, redemption: Redemption) -> str | None:
        """The card that it became."""
        if redemption.reward_kind != RewardKind.GIFT_CARD:
            return None
        card = getattr(redemption, "gift_card", None)
        return card.code if card else None
