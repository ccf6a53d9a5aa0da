"""A member's session: one key per merchant, beside and never mixed with a staff session."""

from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest

from accounts.models import Member, Merchant
from accounts.signing_in import member_of_session

FRESH: Final = timedelta(minutes=10)
"""How long a code that came back is proof enough for what cannot be undone."""


def key_of(merchant: Merchant) -> str:
    """Return the session key under which a merchant's member is remembered."""
    return f"member:{merchant.pk}"


def sign_in(request: HttpRequest, member: Member, *, now: datetime) -> None:
    """Remember the member under a fresh session id, so that a planted one is worth nothing."""
    request.session.cycle_key()
    request.session[key_of(member.merchant)] = member.pk
    note_proof(request, member.merchant, now=now)


def note_proof(request: HttpRequest, merchant: Merchant, *, now: datetime) -> None:
    """Remember that a code came back just now."""
    request.session[_proof_of(merchant)] = now.isoformat()


def is_proved(request: HttpRequest, merchant: Merchant, *, now: datetime) -> bool:
    """Say whether a code came back a moment ago."""
    noted = request.session.get(_proof_of(merchant))
    return noted is not None and now - datetime.fromisoformat(noted) < FRESH


def _proof_of(merchant: Merchant) -> str:
    return f"{key_of(merchant)}:proved"


def sign_out(request: HttpRequest, merchant: Merchant) -> None:
    """Forget the member; a staff session in the same browser stays."""
    request.session.pop(_proof_of(merchant), None)
    if request.session.pop(key_of(merchant), None) is not None:
        request.session.cycle_key()


def current_member(request: HttpRequest, merchant: Merchant) -> Member | None:
    """Return who is signed in at ``merchant``; one who was merged, detached or erased is signed out."""
    member_id = request.session.get(key_of(merchant))
    if member_id is None:
        return None
    member = member_of_session(merchant=merchant, member_id=member_id)
    if member is None:
        sign_out(request, merchant)
    return member
