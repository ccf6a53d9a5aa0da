"""Who uses Walaa, what they agreed to, and the news they make."""

from accounts.models.consent import Consent
from accounts.models.keys import ApiKey, CallKey, LoginCode
from accounts.models.leaving import Detachment, ErasedContact, Erasure
from accounts.models.members import Member
from accounts.models.merchants import Branch, Merchant
from accounts.models.outbox import Lease, Occurrence, OutboxDelivery, OutboxEvent
from accounts.models.staff import Staff, User
from accounts.models.takeouts import Takeout

__all__ = [
    "ApiKey",
    "Branch",
    "CallKey",
    "Consent",
    "Detachment",
    "ErasedContact",
    "Erasure",
    "Lease",
    "LoginCode",
    "Member",
    "Merchant",
    "Occurrence",
    "OutboxDelivery",
    "OutboxEvent",
    "Staff",
    "Takeout",
    "User",
]
