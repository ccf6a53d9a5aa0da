"""Files that only the holder of a key can open: the age format (age-encryption.org), by its Rust library.

The installation knows the public key alone, ``age1…``: who breaks in tomorrow cannot read today's backups.
The secret key lies elsewhere and is asked for by ``restore``; ``age --decrypt`` opens the file without us.
Every piece of 64 KiB is authenticated with its place and the last one as the last: a file that was cut,
reordered or changed in any byte is refused. Memory does not grow with the file.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyrage
from pyrage import x25519

from accounts.arguments import NotWhatWasAsked
from loyalty_site.safekeeping.engines import landing_place
from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.workrooms import workroom

MAGIC: Final = b"age-encryption.org/"


def new_key(path: Path) -> str:
    """Write a new secret key to ``path``, for its owner alone; return its public key.

    Raises ``SafekeepingError`` where there is a file already: nothing is written over.
    """
    identity = x25519.Identity.generate()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SafekeepingError(f"{path} could not be written: {error.strerror}.") from error
    with os.fdopen(handle, "w") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    return str(identity.to_public())


def public_key(text: str) -> x25519.Recipient:
    """Read ``age1…``. Raises ``SafekeepingError``."""
    try:
        return x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as error:
        raise SafekeepingError(f"{text!r} is no public key: one begins with age1.") from error


def recipient(text: str) -> str:
    """The type of ``--encrypt-to``; nothing at all is refused too: a shell's variable may be empty."""
    try:
        public_key(text)
    except SafekeepingError as error:
        raise NotWhatWasAsked(str(error)) from error
    return text


def encrypt(source: Path, target: Path, *, to: str) -> None:
    """Write ``source`` encrypted to ``target``, which bears its name when it is whole and on disk.

    Raises ``SafekeepingError``.
    """
    key, draft = public_key(to), target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with (
            source.open("rb") as clear,
            os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as sealed,
        ):
            pyrage.encrypt_io(clear, sealed, [key])
            sealed.flush()
            os.fsync(sealed.fileno())
        draft.replace(target)
    except (pyrage.EncryptError, OSError) as error:  # it tells of a full disk as either
        raise SafekeepingError(f"{target} could not be written: {error}.") from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def in_the_clear(file: Path, key_file: Path | None) -> Iterator[Path]:
    """Yield the file itself, or its text in the clear where it is encrypted, gone again afterwards.

    Raises ``SafekeepingError`` without a key, for another key, and for a file that is not as it was written.
    """
    if not _is_encrypted(file):
        yield file
        return
    if key_file is None:
        raise SafekeepingError(f"{file} is encrypted: give the file of its secret key by --key.")
    keys = _secret_keys(key_file)
    with workroom(landing_place()) as folder:
        clear = folder / "clear"
        clear.touch(mode=0o600)
        try:
            pyrage.decrypt_file(str(file), str(clear), keys)
        except pyrage.DecryptError as error:
            raise SafekeepingError(f"{file} {_why(error, key_file)}") from error
        except OSError as error:
            raise SafekeepingError(f"{file} is cut off or damaged, or there is no room: {error}.") from error
        yield clear


def _why(error: pyrage.DecryptError, key_file: Path) -> str:
    if "No matching keys" in str(error):
        return f"does not open with a key of {key_file}: it was encrypted to another one, or begins damaged."
    return f"is damaged: {str(error).splitlines()[0]}."


def _is_encrypted(file: Path) -> bool:
    try:
        with file.open("rb") as begins:
            return begins.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False  # who reads it as an archive says what is wrong


def _secret_keys(path: Path) -> list[x25519.Identity]:
    """The secret keys in a file, a line each; a line may be a remark (#). Raises ``SafekeepingError``."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        keys = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise SafekeepingError(f"{path} holds no secret key: a line that begins AGE-SECRET-KEY-1.") from error
    if not keys:
        raise SafekeepingError(f"{path} holds no secret key: a line that begins AGE-SECRET-KEY-1.")
    return keys
