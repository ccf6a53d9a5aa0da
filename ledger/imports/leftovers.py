"""What imports that were cut off leave lying, and its end: working files hold people's phones.

A run that was killed is taken up again within minutes where beat runs. Where nobody does, its working file
goes at night, and after a week the run itself is given up: an erasure need not wait for it (RULES 46).
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from ledger.imports import runs
from ledger.imports.errors import NotTakenUp
from ledger.imports.staging import SUFFIX, stages_of
from ledger.models import ImportRun
from ledger.models.imports import ImportState

KEPT: Final = timedelta(days=7)


def clean(*, now: datetime) -> int:
    """Give up runs that nobody took up for a week, and delete working files; returns how many files."""
    ImportRun.objects.filter(runs.claimable(now), created_at__lt=now - KEPT).update(
        state=ImportState.FAILED, finished_at=now, claimed_until=None, refusal={"code": NotTakenUp.code}
    )
    return throw_out_stages(now=now)


def throw_out_stages(*, now: datetime) -> int:
    """Delete the working files that nobody works on right now; returns how many."""
    found = set((Path(settings.MEDIA_ROOT) / "imports").glob(f"*{SUFFIX}"))
    held = ImportRun.objects.filter(state=ImportState.RUNNING, claimed_until__gte=now).exclude(file="")
    for run in held:
        found -= set(stages_of(Path(run.file.path)))
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)
