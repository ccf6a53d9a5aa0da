"""May this message travel on this channel to this member?

Service messages speak of the member's own account and go out unless that was withdrawn; the in-app inbox is
the account itself and always takes them. Offers need an agreement for every channel that reaches out (PDPL);
the inbox only shows them to a member who comes by, so there they need no more than not having been refused.

A suppressed message stays so: an agreement covers what is decided after it, and the next occasion goes out.
"""

from accounts.models import Member
from accounts.models.consent import Channel, Purpose
from campaigns.models import Reason


def hindrance(
    *, member: Member, purpose: str, channel: str, can_reach: bool, answer: bool | None
) -> Reason | None:
    """Return what stands between ``member`` and a message, the most lasting reason first; else ``None``."""
    if not is_active(member):
        return Reason.INACTIVE
    refused = refusal(purpose=purpose, channel=channel, answer=answer)
    return refused or (None if can_reach else Reason.NO_ADDRESS)


def is_active(member: Member) -> bool:
    """Say of a row in hand what ``MemberQuerySet.active`` says of many."""
    return not (member.merged_into_id or member.detached_at or member.erased_at)


def refusal(*, purpose: str, channel: str, answer: bool | None) -> Reason | None:
    """Return why not, or ``None``. ``answer`` is the consent in force; ``None`` was never asked."""
    if channel == Channel.INBOX and purpose == Purpose.SERVICE:
        return None
    if answer is False:
        return Reason.OPTED_OUT
    if answer is None and purpose == Purpose.MARKETING and channel != Channel.INBOX:
        return Reason.NO_CONSENT
    return None
