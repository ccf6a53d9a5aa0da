"""What beat asks of the books. Rows hold the work: a task that dies is followed by another.

A task shares out what is due, calls other workers to it and does its own part; beat calls again every half
minute for what a dead worker left.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from accounts.models import Merchant
from ledger import freezing, quoting
from ledger.bulk import activating, befriending, celebrating, codes, gift_cards, lapsing, sharing, sweeping
from ledger.bulk.sharing import Job
from ledger.causes import sharing as sharing_of_causes
from ledger.contests import closing
from ledger.imports import balances, purchases
from ledger.moyasar import charging, hooks, renewing
from ledger.places import filling
from ledger.proving import nightly
from ledger.shops import coupons as shops_coupons
from ledger.shops import pulling as shops_pulling
from ledger.shops import working as shops_working

JOBS: Final[dict[str, Job]] = {
    job.work.value: job
    for job in (
        *(activating.ACTIVATION, sweeping.EXPIRY, sweeping.TIERS),
        *(codes.CODES, freezing.PAUSES, nightly.PROOF),
        *(befriending.BEFRIENDING, celebrating.CELEBRATION),
    )
}
SHOPS_PATIENCE: Final = timedelta(seconds=20)
PATIENCE: Final = timedelta(minutes=1)
"""How long one message keeps a worker: whatever else waits gets its turn, and another message follows."""


@shared_task
def sweep_expiry() -> int:
    """Let die what is dead, wherever a day has ended; returns how many points died here."""
    return _share(sweeping.EXPIRY, Merchant.objects.kept().order_by("pk"))


@shared_task
def activate_awards() -> int:
    """Open points whose day has come; returns how many were opened here."""
    return _share(activating.ACTIVATION, Merchant.objects.kept().order_by("pk"))


@shared_task
def settle_pauses() -> int:
    """Finish what a pause or a closing left to do; returns how many lots got another last day here."""
    return _share(freezing.PAUSES, freezing.with_days_to_move())


@shared_task
def expire_gift_cards() -> int:
    """Take what is left off gift cards whose last day is over; returns how many were closed."""
    return gift_cards.expire_gift_cards(now=timezone.now())


@shared_task
def expire_redemptions() -> int:
    """Close codes that ran out, and release what lapsed quotes held; returns how many were closed here."""
    quoting.release(now=timezone.now())
    return _share(codes.CODES, codes.with_codes_to_close(timezone.now()))


@shared_task
def evaluate_tiers() -> int:
    """Renew or lower tiers whose year is over; returns how many were done here."""
    return _share(sweeping.TIERS, Merchant.objects.kept().order_by("pk"))


@shared_task
def reward_friends() -> int:
    """Reward members who brought friends, and the friends; returns how many friends were rewarded here."""
    return _share(befriending.BEFRIENDING, befriending.with_friends())


@shared_task
def enter_shares() -> int:
    """Enter the shares of purchases that can no longer be returned; returns how many entries were made."""
    return sharing_of_causes.enter_shares(now=timezone.now())


@shared_task
def close_contests() -> int:
    """Decide the contests whose day has come and give their prizes; returns how many prizes."""
    return closing.close_contests(now=timezone.now())


@shared_task
def settle_events() -> int:
    """Move up who waits for a place, and close what is over; returns how many sign-ups moved."""
    return filling.settle_events(now=timezone.now())


@shared_task
def lapse_memberships() -> int:
    """Bring memberships that were not renewed up to date, wherever a day has ended; returns how many."""
    now = timezone.now()
    return sum(lapsing.lapse(merchant=merchant, now=now) for merchant in lapsing.open_merchants())


@shared_task
def plan_renewals() -> int:
    """Plan charges for memberships whose last paid day has come; returns how many."""
    now = timezone.now()
    merchants = Merchant.objects.filter(moyasar__isnull=False).order_by("pk")
    return sum(renewing.plan_renewals(merchant=merchant, now=now) for merchant in merchants)


@shared_task
def work_card_payments() -> int:
    """Work on what Moyasar told and on charges that are due; returns how many were settled."""
    return hooks.work_hooks(clock=timezone.now) + charging.work_charges(clock=timezone.now)


@shared_task
def work_shops() -> int:
    """Work on what shops told, for a while; returns how many were done."""
    done = shops_working.open_due(clock=timezone.now) + shops_coupons.work_coupons(clock=timezone.now)
    until = timezone.now() + SHOPS_PATIENCE
    while (found := shops_working.work_news(clock=timezone.now)) and timezone.now() < until:
        done += found
    return done


@shared_task
def pull_shops() -> int:
    """Ask shops that fell silent, and every one once a day; returns how many orders they named."""
    return shops_pulling.pull_silent(clock=timezone.now)


@shared_task
def celebrate() -> int:
    """Post birthdays and anniversaries wherever a day has begun; returns how many were posted here."""
    return _share(celebrating.CELEBRATION, Merchant.objects.kept().order_by("pk"))


@shared_task
def verify_books() -> int:
    """Prove the books of merchants not proved today; returns how many differences were found here."""
    nightly.share_night(clock=timezone.now)
    return _work()


@shared_task
def work_shards(*, alone: bool = False) -> int:
    """Do shards that nobody holds: what others shared out, or a dead worker left. ``alone``: call nobody."""
    return _work(alone=alone)


@shared_task
def run_imports() -> int:
    """Bring in the files that wait, and those whose worker died; returns how many."""
    done = balances.run_pending(clock=timezone.now)
    return done + purchases.run_pending(clock=timezone.now)


def _share(job: Job, merchants: Iterable[Merchant]) -> int:
    """Share out what is due at these merchants, and do a part of it."""
    now = timezone.now()
    for merchant in merchants:
        if not sharing.share(job, merchant, now):
            sharing.close(job, merchant, timezone.now)
    return _work()


def _work(*, alone: bool = False) -> int:
    """Do shards for a while, with others where there are more than one."""
    helpers = 0 if alone else sharing.hands(sharing.free(JOBS, timezone.now())) - 1
    for _helper in range(helpers):
        work_shards.delay(alone=True)
    result = sharing.work(JOBS, clock=timezone.now, patience=PATIENCE)
    if sharing.free(JOBS, timezone.now()):
        work_shards.delay(alone=True)
    return result
