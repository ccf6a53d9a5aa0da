"""Housekeeping of the installation itself."""

from datetime import datetime, timedelta
from pathlib import Path

import structlog
from celery import shared_task
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from accounts import calls, signing_in
from campaigns.webhooks import keeping as told_outside
from ledger import quoting
from ledger.bulk import sharing
from ledger.imports import leftovers
from ledger.shops import keeping as told_by_shops
from loyalty_site import occurrences, pictures
from loyalty_site.backoffice.uploads import throw_out_old
from loyalty_site.safekeeping import taking_out
from loyalty_site.safekeeping.nightly import back_up_nightly

KEPT = timedelta(days=7)
log = structlog.get_logger("walaa.purge")


@shared_task(name="loyalty_site.tasks.purge")
def purge() -> None:
    """Delete what nothing reads any more: old sessions, codes, occurrences, broker rows, files left lying."""
    now = timezone.now()
    signing_in.purge_codes(now=now)
    calls.purge(now=now)
    quoting.purge(now=now)
    told_outside.purge(now=now)
    sharing.purge(now=now)
    taking_out.throw_out(now=now)
    leftovers.clean(now=now)
    told_by_shops.clear_bodies(now=now)
    throw_out_old(now=now)
    pictures.throw_out(now=now)
    call_command("clearsessions")
    rows = occurrences.purge(before=now - KEPT) + purge_broker(settings.CELERY_BROKER_URL, before=now - KEPT)
    log.info("purged", rows=rows)


@shared_task(name="loyalty_site.tasks.make_takeouts")
def make_takeouts() -> int:
    """Make the exports that owners asked for; returns how many."""
    return taking_out.make_pending(clock=timezone.now)


@shared_task(name="loyalty_site.tasks.nightly_backup")
def nightly_backup() -> str:
    """Back up into BACKUP_FOLDER; returns the file's name, or nothing where no folder is set."""
    if not settings.BACKUP_FOLDER:
        return ""
    folder, kept = Path(settings.BACKUP_FOLDER), settings.BACKUPS_KEPT
    path = back_up_nightly(folder=folder, kept=kept, now=timezone.now())
    log.info("backed up", file=path.name)
    return path.name


def purge_broker(url: str, *, before: datetime) -> int:
    """Delete consumed messages of the embedded broker, which only hides them; returns how many."""
    if not url.startswith("sqla+"):
        return 0
    from sqlalchemy import create_engine, text

    consumed = text("DELETE FROM kombu_message WHERE visible = :no AND timestamp < :before")
    engine = create_engine(url.removeprefix("sqla+"))
    with engine.begin() as connection:  # kombu writes local, naive instants
        local = before.astimezone().replace(tzinfo=None)
        return int(connection.execute(consumed, {"no": False, "before": local.isoformat(" ")}).rowcount)


def prepare_broker(url: str) -> None:
    """Make the embedded broker's tables before several processes would try at once."""
    if not url.startswith("sqla+"):
        return
    from kombu import Connection

    with Connection(url) as connection:
        connection.default_channel.queue_declare("celery", durable=True)  # type: ignore[attr-defined]
