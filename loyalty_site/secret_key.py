"""The installation's secret: made on the first run, kept beside the data, never committed."""

import os
import secrets
from pathlib import Path


def load_or_create(path: Path) -> str:
    """Return the secret kept at `path` (mode 0600), making it once however many processes start together."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)  # fails when another process was first: its secret stands
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
