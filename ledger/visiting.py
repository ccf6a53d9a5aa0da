"""Being there: a check-in at a branch, by the member or by the cashier, at most one a day.

A branch shows a QR that opens the member's own page. One that is printed stays as it is; one on a screen
changes every minute, so that a photo of it is soon worth nothing.
"""

from datetime import datetime, timedelta
from typing import Final

from django.core import signing

from accounts.errors import NotFound
from accounts.models import Branch, Member, Merchant
from ledger.events import EventOccurred
from ledger.posting import post
from ledger.receipt import Receipt
from programs.calendars import business_date
from programs.queries import terms_of, version_at
from programs.triggers import CHECK_IN, GREEN

SOURCE: Final = "visit"
CHANNEL: Final = "store"
STEP: Final = timedelta(minutes=1)
ROTATING: Final = "r"
PRINTED: Final = "p"


def place_token(branch: Branch, *, now: datetime | None = None) -> str:
    """What a branch's QR says: printed once, or for this minute where ``now`` is given."""
    said = f"{PRINTED}{branch.pk}" if now is None else f"{ROTATING}{branch.pk}.{_step(now)}"
    return _signer(branch.merchant_id).sign(said)


def branch_shown(merchant: Merchant, token: str, *, now: datetime) -> Branch:
    """The branch whose QR was scanned. Raises ``NotFound`` for one that is not ours, closed or too old."""
    try:
        said = _signer(merchant.pk).unsign(token[:200])
    except signing.BadSignature as error:
        raise NotFound(field="branch") from error
    kind, (pk, _dot, step) = said[:1], said[1:].partition(".")
    if kind == ROTATING and not _step(now) - 2 <= int(step) <= _step(now) + 1:
        raise NotFound(field="branch")
    branch = Branch.objects.filter(merchant=merchant, pk=int(pk), is_active=True).first()
    if branch is None:
        raise NotFound(field="branch")
    return branch


def knows(merchant: Merchant, name: str, *, now: datetime) -> bool:
    """Whether the terms in force have anything for such an event."""
    version = version_at(merchant, now)
    return version is not None and name in terms_of(version).events


def check_in(member: Member, branch: Branch, *, actor: str, now: datetime) -> tuple[Receipt, bool]:
    """Post that the member is at the branch today; the flag says whether it is news.

    However often, by whichever door: one a day and branch, answered like the first.
    """
    day = business_date(now, branch.merchant.zone)
    key = f"{CHECK_IN}-{member.pk}-{branch.pk}-{day.isoformat()}"
    event = _at(member, branch, CHECK_IN, key, actor=actor, now=now)
    receipt = post(event, now=now)
    return receipt, not receipt.repeated


def act_green(member: Member, branch: Branch, *, nonce: str, actor: str, now: datetime) -> Receipt:
    """Post that the member brought their own cup, or a bag back; ``nonce`` is the form's own number."""
    return post(_at(member, branch, GREEN, f"{GREEN}-{nonce}", actor=actor, now=now), now=now)


def _at(member: Member, branch: Branch, name: str, key: str, *, actor: str, now: datetime) -> EventOccurred:
    return EventOccurred(
        merchant_id=member.merchant_id,
        member_id=member.pk,
        occurred_at=now,
        source=SOURCE,
        key=key,
        actor=actor,
        stamped=True,
        name=name,
        branch_id=branch.pk,
        channel=CHANNEL,
    )


def _step(now: datetime) -> int:
    return int(now.timestamp() // STEP.total_seconds())


def _signer(merchant_id: int) -> signing.Signer:
    return signing.Signer(salt=f"ledger.visiting:{merchant_id}")
