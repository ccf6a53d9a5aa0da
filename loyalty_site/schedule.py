"""What beat fires, and when. Shown to the merchant in the back office as django-celery-beat's tables.

A firing every few seconds needs no record: the next one does its work. Everything slower gets an occurrence
row first (see `loyalty_site.occurrences`).
"""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

# A nudge that waited a minute for a worker is dropped: fresher ones stand behind it.
FRESH = {"expire_seconds": 60}
SCHEDULE: dict[str, dict[str, Any]] = {
    "relay-outbox": {
        "task": "accounts.tasks.relay_outbox",
        "schedule": timedelta(seconds=5),
        "options": FRESH,
    },
    "run-imports": {"task": "ledger.tasks.run_imports", "schedule": timedelta(seconds=10), "options": FRESH},
    # What a dead worker left: ranges of members whose claim is over.
    "work-shards": {
        "task": "ledger.tasks.work_shards",
        "schedule": timedelta(seconds=30),
        "options": FRESH,
    },
    "run-rewinds": {
        "task": "analytics.tasks.run_rewinds",
        "schedule": timedelta(seconds=10),
        "options": FRESH,
    },
    "plan-messages": {"task": "campaigns.tasks.plan_messages", "schedule": timedelta(minutes=1)},
    "send-messages": {"task": "campaigns.tasks.send_messages", "schedule": timedelta(minutes=1)},
    "send-webhooks": {
        "task": "campaigns.tasks.send_webhooks",
        "schedule": timedelta(seconds=5),
        "options": FRESH,
    },
    "expire-redemptions": {"task": "ledger.tasks.expire_redemptions", "schedule": timedelta(minutes=1)},
    # Hourly, since every merchant has a zone of its own: the sweep acts where 00:10 has passed.
    "sweep-expiry": {"task": "ledger.tasks.sweep_expiry", "schedule": crontab(minute="10")},
    "settle-pauses": {"task": "ledger.tasks.settle_pauses", "schedule": timedelta(minutes=1)},
    "expire-gift-cards": {"task": "ledger.tasks.expire_gift_cards", "schedule": crontab(minute="7")},
    # Before the sweep: what opens today and has died since opens first.
    "activate-awards": {"task": "ledger.tasks.activate_awards", "schedule": crontab(minute="1")},
    "celebrate": {"task": "ledger.tasks.celebrate", "schedule": crontab(minute="2")},
    "reward-friends": {"task": "ledger.tasks.reward_friends", "schedule": crontab(minute="4")},
    # Hourly, since every merchant has a zone of its own.
    "lapse-memberships": {"task": "ledger.tasks.lapse_memberships", "schedule": crontab(minute="5")},
    "plan-renewals": {"task": "ledger.tasks.plan_renewals", "schedule": crontab(minute="25")},
    "work-card-payments": {
        "task": "ledger.tasks.work_card_payments",
        "schedule": timedelta(seconds=30),
        "options": FRESH,
    },
    "work-shops": {"task": "ledger.tasks.work_shops", "schedule": timedelta(seconds=5), "options": FRESH},
    "pull-shops": {"task": "ledger.tasks.pull_shops", "schedule": crontab(minute="*/10")},
    "refresh-snapshots": {"task": "analytics.tasks.refresh_snapshots", "schedule": crontab(minute="20")},
    "enter-shares": {"task": "ledger.tasks.enter_shares", "schedule": crontab(minute="6")},
    # Hourly, since every merchant has a zone of its own.
    "close-contests": {"task": "ledger.tasks.close_contests", "schedule": crontab(minute="8")},
    "settle-events": {"task": "ledger.tasks.settle_events", "schedule": timedelta(minutes=1)},
    # Nights of the Gulf (UTC+3): 00:40 and 02:00 in Riyadh.
    "evaluate-tiers": {"task": "ledger.tasks.evaluate_tiers", "schedule": crontab(hour="21", minute="40")},
    "refresh-dormancy": {
        "task": "analytics.tasks.refresh_dormancy",
        "schedule": crontab(hour="23", minute="0"),
    },
    # 02:30 in Riyadh: by it the margin guard knows whether members reach a reward in time.
    "measure-paces": {"task": "analytics.tasks.measure_paces", "schedule": crontab(hour="23", minute="30")},
    # From 01:00 in Riyadh, again and again until every merchant's books are proved.
    "verify-books": {
        "task": "ledger.tasks.verify_books",
        "schedule": crontab(hour="22,23,0,1", minute="*/15"),
    },
    "make-takeouts": {
        "task": "loyalty_site.tasks.make_takeouts",
        "schedule": timedelta(seconds=30),
        "options": FRESH,
    },
    # 03:30 in Riyadh; does nothing until BACKUP_FOLDER is set.
    "nightly-backup": {
        "task": "loyalty_site.tasks.nightly_backup",
        "schedule": crontab(hour="0", minute="30"),
    },
    "purge": {"task": "loyalty_site.tasks.purge", "schedule": crontab(minute="45")},
}
