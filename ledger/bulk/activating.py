"""The sweep that opens points whose day has come (RULES 11): set-based, in chunks, by the one writer.

It may run at any moment and twice at once: what is open does not open again. A posting that comes first opens
what is due by itself, so nobody waits for the sweep.
"""

from datetime import datetime

from django.db.models import Count

from accounts.models import Merchant
from ledger.bulk.passing import Progress, pass_time
from ledger.events import AwardsOpened
from ledger.models import PendingAward
from ledger.models.pending import PendingState
from programs.calendars import business_date


def activate_all(*, now: datetime) -> int:
    """Open what is due at every merchant whose day has turned; returns how many points."""
    return sum(activate(merchant=merchant, now=now) for merchant in Merchant.objects.order_by("pk"))


def activate(
    *, merchant: Merchant, now: datetime, progress: Progress | None = None, processes: int | None = None
) -> int:
    """Open what is due at one merchant; returns how many points."""
    today = business_date(now, merchant.zone)
    due = PendingAward.objects.filter(merchant=merchant, state=PendingState.PENDING, opens_on__lte=today)
    members = list(due.order_by("member_id").values_list("member_id").annotate(Count("pk")))
    return pass_time(
        merchant=merchant, kind=AwardsOpened, due=members, now=now, progress=progress, processes=processes
    )
