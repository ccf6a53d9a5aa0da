"""Forgetting a person (RULES 46): every personal value goes, every sum of the books stays.

What this floor holds goes in one transaction, together with the news by which the floors above let go of
theirs (``member.erased``: retried until it is done, visible when it is stuck). What is kept: the surrogate
ids, the facts, and keyed hashes of the contacts, so that an import cannot bring the person back. The points
of an erased member can be spent by nobody; they die on their own days.

Every erasure is also written to a file outside of the database, ids only: a backup that is restored knows
nothing of what was erased after it was taken, and ``replay`` erases it again.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts import outbox, topics
from accounts.contacts import hashes_of
from accounts.errors import Conflict
from accounts.models import Detachment, ErasedContact, Erasure, LoginCode, Member
from accounts.privacy import PERSONAL_FIELDS
from accounts.signing_in import destinations_of

ALSO_EMPTY = ("birthday_changed_on", "seen_at")


def erase(*, member: Member, actor: str, now: datetime) -> Erasure:
    """Erase a member and every record merged into theirs. Raises ``Conflict`` for one erased already."""
    head_id = member.merged_into_id or member.pk
    with transaction.atomic():
        family = Member.objects.select_for_update(of=("self",)).filter(Q(pk=head_id) | Q(merged_into=head_id))
        records = list(family.select_related("merchant").order_by("pk"))
        alive = [record for record in records if record.erased_at is None]
        if not alive:
            raise Conflict(field="member")
        done = {record.pk: _erase_record(record, actor, now) for record in alive}
        _remember(list(done.values()))
    return done.get(head_id) or next(iter(done.values()))


def replay(*, now: datetime, path: Path | None = None) -> int:
    """Erase again whom the file names and the database still knows; returns how many (after a restore)."""
    done = 0
    for row in remembered(path):
        member = Member.objects.filter(
            pk=row["member"], merchant=row["merchant"], erased_at__isnull=True
        ).first()
        if member is not None:
            with transaction.atomic():
                _erase_record(member, "replay", now)
            done += 1
    return done


def remembered(path: Path | None = None) -> Iterator[dict[str, Any]]:
    """Yield what the file holds, the oldest first; a line cut off by a crash is passed over."""
    file = path or record_file()
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if {"merchant", "member"} <= set(row):
            yield row


def record_file() -> Path:
    """Return the file of erasures, outside of the database: keep it apart from the backups."""
    return Path(settings.VAR_DIR) / "erasures.jsonl"


def empty_values(label: str) -> dict[str, Any]:
    """Return the registered personal fields of one of this floor's tables with their empty values."""
    fields = Member._meta if label == "accounts.Member" else Detachment._meta
    return {name: None if fields.get_field(name).null else "" for name in PERSONAL_FIELDS[label]}


def _erase_record(member: Member, actor: str, now: datetime) -> Erasure:
    erasure = Erasure.objects.create(merchant=member.merchant, member=member, actor=actor, at=now)
    ErasedContact.objects.bulk_create(
        ErasedContact(merchant=member.merchant, erasure=erasure, kind=kind, contact_hash=hashed)
        for kind, hashed in hashes_of(member)
    )
    codes = LoginCode.objects.filter(merchant=member.merchant)
    codes.filter(Q(member=member) | Q(destination_hash__in=destinations_of(member))).delete()
    Detachment.objects.filter(member=member).update(**empty_values("accounts.Detachment"))
    emptied = empty_values("accounts.Member") | dict.fromkeys(ALSO_EMPTY)
    Member.objects.filter(pk=member.pk).update(erased_at=now, **emptied)
    outbox.append(merchant_id=member.merchant_id, topic=topics.MEMBER_ERASED, member_id=member.pk, now=now)
    return erasure


def _remember(erasures: list[Erasure]) -> None:
    """Write the ids to the file, down to the disk, before the transaction ends: rather twice than not."""
    file = record_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(
        json.dumps({"merchant": row.merchant_id, "member": row.member_id, "at": row.at.isoformat()}) + "\n"
        for row in erasures
    )
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, lines.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
