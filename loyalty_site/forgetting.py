"""What the installation itself lets go of when a member is erased (RULES 46): uploads and kept e-mail."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from accounts.contacts import hashes_erased_with, is_among
from accounts.models import OutboxEvent, Takeout
from accounts.models.takeouts import TakeoutState
from ledger.imports.errors import FileInUse
from loyalty_site.backoffice.uploads import throw_out_uploads
from loyalty_site.safekeeping.taking_out import throw_out

TO: Final = re.compile(r"^To: (.+)$", re.MULTILINE)


def forget_on_disk(event: OutboxEvent, now: datetime) -> None:
    """Delete uploads that wait for a confirmation, exports, and letters to the member that a demo kept.

    Whose rows an unconfirmed upload holds is not looked up: it can be uploaded again. Idempotent.
    Raises ``FileInUse`` while an export is being made: the outbox tries again.
    """
    if event.member_id is None:
        return
    throw_out_uploads()
    throw_out(now=now, merchant_id=event.merchant_id)
    hashes = hashes_erased_with(event.member_id)
    for letter in Path(settings.EMAIL_FILE_PATH).glob("*.log"):
        addresses = TO.findall(letter.read_text(encoding="utf-8", errors="replace"))
        if any(_is_theirs(event.merchant_id, address, hashes) for address in addresses):
            letter.unlink(missing_ok=True)
    _end_the_journal()
    if Takeout.objects.filter(merchant=event.merchant_id, state=TakeoutState.RUNNING).exists():
        raise FileInUse  # it may have read the person already: it is thrown out when it is done


def _end_the_journal() -> None:
    """Let SQLite's journal begin anew: its old pages would still hold what was erased."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _is_theirs(merchant_id: int, addresses: str, hashes: frozenset[str]) -> bool:
    each = (address.strip().strip("<>") for address in addresses.split(","))
    return any(is_among(hashes, merchant_id, "email", address) for address in each)
