"""The books: facts that are only ever added, and the caches that can be proved from them."""

from ledger.models.adjustments import AdjustmentRequest, BookSettings
from ledger.models.caps import Budget, CapUse
from ledger.models.causes import CauseChoice, CauseEntry, CauseShare
from ledger.models.clearing import ClearingEntry
from ledger.models.extensions import LotExtension
from ledger.models.gift_cards import GiftCard, GiftCardEntry, Upgrade
from ledger.models.imports import ImportIssue, ImportRun
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
from ledger.models.seals import SealBlock, SealEntry, SealHorizon, Verification
from ledger.models.work import WorkShard

__all__ = [
    "AdjustmentNote",
    "AdjustmentRequest",
    "Balance",
    "BonusUse",
    "BookSettings",
    "Budget",
    "CapUse",
    "CauseChoice",
    "CauseEntry",
    "CauseShare",
    "ClearingEntry",
    "ExpiryNotice",
    "GiftCard",
    "GiftCardEntry",
    "ImportIssue",
    "ImportRun",
    "Lot",
    "LotExtension",
    "LotUse",
    "Merge",
    "MergedLot",
    "Movement",
    "Occurrence",
    "Opening",
    "PendingAward",
    "Place",
    "PostingKey",
    "Purchase",
    "PurchaseLine",
    "Redemption",
    "Refund",
    "RefundLine",
    "SealBlock",
    "SealEntry",
    "SealHorizon",
    "SignedQuote",
    "TierPeriod",
    "Upgrade",
    "Verification",
    "WorkShard",
]
