"""Proving referrals: a side that was rewarded has its event and its movement (RULES 38)."""

from collections.abc import Iterator

from django.db.models import Q

from ledger.models import Occurrence, Referral
from ledger.proving.finding import Found, Scope
from ledger.referring import SOURCE
from programs.referring import SIDES


def referrals(scope: Scope) -> Iterator[Found]:
    """What a referral says of its rewards is what was posted, and nothing was given beside it."""
    mine = Q() if scope.merchant_id is None else Q(merchant=scope.merchant_id)
    rows = Occurrence.objects.filter(mine, source=SOURCE).values_list("external_id", "movement_id")
    posted = dict(rows.iterator())
    for referral in Referral.objects.filter(mine).order_by("pk").iterator():
        for side in SIDES:
            key = f"{referral.pk}-{side}-given"
            said = getattr(referral, f"{side}_at") is not None
            there, movement = key in posted, posted.pop(key, None)
            if said != there and not (said and side == "friend"):  # a friend who left got nothing
                yield "referral", f"referral {referral.pk}, {side}", said, there
            elif getattr(referral, f"{side}_movement_id") != movement:
                stored = getattr(referral, f"{side}_movement_id")
                yield "referral", f"referral {referral.pk}, {side}", stored, movement
    for key in sorted(posted):
        yield "referral", f"event {key}", "no such referral", key
