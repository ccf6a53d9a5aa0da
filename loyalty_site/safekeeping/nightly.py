"""A backup every night into a folder, the newest kept: off until ``BACKUP_FOLDER`` is set."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from loyalty_site.safekeeping.backing_up import back_up

NAME = "walaa-{:%Y%m%d-%H%M%S}.backup"


def back_up_nightly(*, folder: Path, kept: int, now: datetime) -> Path:
    """Write tonight's archive and delete the oldest beyond ``kept``. Raises ``SafekeepingError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / NAME.format(now)
    back_up(output=path, now=now, encrypt_to=settings.BACKUP_ENCRYPT_TO)
    for old in sorted(folder.glob("walaa-*.backup"))[: -max(kept, 1)]:
        old.unlink(missing_ok=True)
    return path
