"""The books: facts that are only ever added, and the caches that can be proved from them."""

from ledger.models.adjustments import AdjustmentRequest, BookSettings
from ledger.models.caps import Budget, CapUse
from ledger.models.card_payments import CardCharge, HookEvent, MoyasarKeys
from ledger.models.causes import CauseChoice, CauseEntry, CauseShare, PayoutRequest
from ledger.models.clearing import ClearingEntry
from ledger.models.contests import Contender, ContestClosing, ContestStanding
from ledger.models.extensions import LotExtension
from ledger.models.gift_cards import GiftCard, GiftCardEntry, Upgrade
from ledger.models.gift_requests import GiftCardRequest
from ledger.models.goals import Achievement, GoalCount, GoalEntry
from ledger.models.imports import ImportIssue, ImportRun
from ledger.models.memberships import Membership, MembershipPayment
from ledger.models.merges import Merge, MergedLot
from ledger.models.movements import Balance, Lot, LotUse, Movement, TierPeriod
from ledger.models.notes import AdjustmentNote
from ledger.models.occurrences import Occurrence
from ledger.models.openings import Opening
from ledger.models.pending import PendingAward
from ledger.models.places import Place
from ledger.models.postings import BonusUse, ExpiryNotice, PostingKey
from ledger.models.purchases import Purchase, PurchaseLine, Refund, RefundLine
from ledger.models.quotes import SignedQuote
from ledger.models.redemptions import Redemption
from ledger.models.referrals import Referral
from ledger.models.seals import SealBlock, SealEntry, SealHorizon, Verification
from ledger.models.shops import ShopCoupon, ShopLink, ShopNews, ShopOrder
from ledger.models.unclaimed import UnclaimedOrder
from ledger.models.work import WorkShard

__all__ = [
    "Achievement",
    "AdjustmentNote",
    "AdjustmentRequest",
    "Balance",
    "BonusUse",
    "BookSettings",
    "Budget",
    "CapUse",
    "CardCharge",
    "CauseChoice",
    "CauseEntry",
    "CauseShare",
    "ClearingEntry",
    "Contender",
    "ContestClosing",
    "ContestStanding",
    "ExpiryNotice",
    "GiftCard",
    "GiftCardEntry",
    "GiftCardRequest",
    "GoalCount",
    "GoalEntry",
    "HookEvent",
    "ImportIssue",
    "ImportRun",
    "Lot",
    "LotExtension",
    "LotUse",
    "Membership",
    "MembershipPayment",
    "Merge",
    "MergedLot",
    "Movement",
    "MoyasarKeys",
    "Occurrence",
    "Opening",
    "PayoutRequest",
    "PendingAward",
    "Place",
    "PostingKey",
    "Purchase",
    "PurchaseLine",
    "Redemption",
    "Referral",
    "Refund",
    "RefundLine",
    "SealBlock",
    "SealEntry",
    "SealHorizon",
    "ShopCoupon",
    "ShopLink",
    "ShopNews",
    "ShopOrder",
    "SignedQuote",
    "TierPeriod",
    "UnclaimedOrder",
    "Upgrade",
    "Verification",
    "WorkShard",
]
