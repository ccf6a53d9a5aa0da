"""Arabic catalogues: compiled without msgfmt, and checked against what the sources say.

The sources' English is the key. `problems()` names every text without a complete Arabic counterpart, so that
a new sentence cannot reach a merchant half translated.
"""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import trans_real
from django.utils.translation.reloader import translation_file_changed
from django.utils.translation.template import templatize

LANGUAGE = "ar"
FORMS = 6  # zero, one, two, few (3-10), many (11-99), other
SPEAKING_FORMS = (0, 1, 2)  # "a point", "two points": Arabic may leave the number out
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}_lazy": spec
    for name, spec in DEFAULT_KEYWORDS.items()
    if name in ("gettext", "ngettext", "pgettext", "npgettext")
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%[sd]")
ANONYMOUS = re.compile(r"%[sd]|\{\}")
FLOORS = ("accounts", "programs", "ledger", "analytics", "campaigns", "loyalty_site")


@dataclass(frozen=True)
class Text:
    """A translatable text of our sources: its keys, its context and where it stands."""

    singular: str
    plural: str | None
    context: str | None
    place: str


def catalogue_files() -> list[Path]:
    """Return every room's Arabic catalogue."""
    return [file for path in settings.LOCALE_PATHS for file in Path(path).glob("*/LC_MESSAGES/django.po")]


def compile_stale() -> int:
    """Compile catalogues newer than their compiled file; returns how many."""
    stale = [file for file in catalogue_files() if not is_compiled(file)]
    for file in stale:
        compiled = io.BytesIO()
        write_mo(compiled, read(file))
        draft = file.with_suffix(f".{os.getpid()}.mo")  # several processes may start at once
        draft.write_bytes(compiled.getvalue())
        draft.replace(file.with_suffix(".mo"))
        translation_file_changed(None, file.with_suffix(".mo"))  # this process reads them afresh
    return len(stale)


def is_compiled(file: Path) -> bool:
    """Say whether the compiled catalogue is as new as its source."""
    compiled = file.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= file.stat().st_mtime


def read(file: Path) -> Catalog:
    """Read a catalogue."""
    with file.open("rb") as source:
        return read_po(source, locale=file.parent.parent.name, abort_invalid=True)


def texts() -> Iterator[Text]:
    """Return every translatable text of our Python sources and templates."""
    root = Path(settings.BASE_DIR)
    for floor in FLOORS:
        for path in sorted((root / floor).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from extracted(path.read_bytes(), str(path.relative_to(root)))
    for folder in [root / "templates", *(root / floor for floor in FLOORS)]:
        for path in sorted(file for kind in ("*.html", "*.txt", "*.svg") for file in folder.rglob(kind)):
            name = str(path.relative_to(root))
            yield from extracted(as_python(path.read_text(encoding="utf-8"), name), name)


def as_python(template: str, name: str) -> bytes:
    """Return a template as Python calls of gettext, each on its own line.

    In brackets indentation means nothing, so that the template's layout is no error of Python's.
    """
    return f"({templatize(template, origin=name)}\n)".encode()


def extracted(source: bytes, name: str) -> Iterator[Text]:
    """Return the texts of one source, which is Python."""
    for line, keys, _comments, context in extract("python", io.BytesIO(source), KEYWORDS):
        singular, plural = (keys[0], keys[1]) if isinstance(keys, tuple) else (keys, None)
        if singular:
            yield Text(str(singular), plural, context, f"{name}:{line}")


def problems() -> list[str]:
    """Name every fault of the catalogues, and every text of the sources without Arabic."""
    known: dict[tuple[str | None, str], Message] = {}
    found = []
    for file in catalogue_files():
        catalogue = read(file)
        if file.parent.parent.name != LANGUAGE:
            continue
        name = str(file.relative_to(settings.BASE_DIR))
        if catalogue.num_plurals != FORMS:
            found.append(f"{name}: Arabic has {FORMS} plural forms, the header says {catalogue.num_plurals}")
        for message in catalogue:
            if message.id:
                found += [f"{name}:{message.lineno} {fault}" for fault in faults(message)]
                other = known.setdefault((message.context, first_key(message)), message)
                if other.string != message.string:
                    found.append(f"{name}:{message.lineno} {first_key(message)!r} has two Arabics")
    return found + [fault for text in texts() for fault in missing(text, known)]


def first_key(message: Message) -> str:
    """Return the singular English."""
    return str(message.id[0] if isinstance(message.id, (tuple, list)) else message.id)


def faults(message: Message) -> list[str]:
    """Name what is wrong with one entry: unsure, unfilled, or with other placeholders than the English."""
    english = list(message.id) if isinstance(message.id, (tuple, list)) else [message.id]
    arabic = list(message.string) if isinstance(message.string, (tuple, list)) else [message.string]
    key, found = f"{english[0]!r}", []
    if message.fuzzy:
        found.append(f"{key} is marked fuzzy")
    if not all(arabic) or (len(english) > 1 and len(arabic) != FORMS):
        found.append(f"{key} is not filled in every form")
        return found
    wanted = set(PLACEHOLDER.findall(english[-1]))
    for form, text in enumerate(arabic):
        given = set(PLACEHOLDER.findall(text or ""))
        may_omit = len(english) > 1 and form in SPEAKING_FORMS
        if given - wanted or (wanted - given and not may_omit):
            found.append(f"{key} has other placeholders in Arabic: {sorted(given ^ wanted)}")
    return found


def missing(text: Text, known: dict[tuple[str | None, str], Message]) -> list[str]:
    """Name what one text of the sources lacks."""
    found = []
    if ANONYMOUS.search(text.singular):
        found.append(f"{text.place} {text.singular!r} has a placeholder without a name")
    message = known.get((text.context, text.singular))
    if message is None and not in_libraries(text):
        found.append(f"{text.place} {text.singular!r} has no Arabic")
    elif message is not None and text.plural and not isinstance(message.id, (tuple, list)):
        found.append(f"{text.place} {text.singular!r} has no Arabic plural")
    return found


def in_libraries(text: Text) -> bool:
    """Say whether Django or a library brings the Arabic, as for "Log in"."""
    catalogue = trans_real.translation(LANGUAGE)._catalog  # type: ignore[attr-defined]
    key = f"{text.context}\x04{text.singular}" if text.context else text.singular
    keys = [(key, form) for form in range(FORMS)] if text.plural else [key]
    return all(catalogue.get(each) for each in keys)
