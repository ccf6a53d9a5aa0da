"""Back office pages of the books."""

from ledger.admin.imports import ImportRunAdmin
from ledger.admin.memberships import MembershipAdmin
from ledger.admin.movements import MovementAdmin
from ledger.admin.purchases import PurchaseAdmin
from ledger.admin.redemptions import RedemptionAdmin

__all__ = ["ImportRunAdmin", "MembershipAdmin", "MovementAdmin", "PurchaseAdmin", "RedemptionAdmin"]
