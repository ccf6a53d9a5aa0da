"""The little language of templates: placeholders, variants by gender, optional parts. Pure.

    {points}                     the value called ``points``
    {f:ابدئي|m:ابدأ|n:البدء}     the feminine, masculine or neutral wording; all three are written
    [ {name}]                    left out, brackets and all, when a value inside it is missing

A member whose gender is not known is addressed neutrally, and one message never mixes genders, since the
whole text is rendered for one. A value that is missing outside of brackets stops the message: nothing is sent
with a hole in it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Gender = Literal["f", "m", "n"]

GENDERS: Final[tuple[Gender, ...]] = ("f", "m", "n")
_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")


class ValueMissing(LookupError):
    """A value that the text needs is not there; ``name`` says which."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a template: ``code`` is unknown, variants or unbalanced; ``what`` shows where."""

    code: Literal["unknown", "variants", "unbalanced"]
    what: str


def render(text: str, values: Mapping[str, str], gender: Gender) -> str:
    """Return ``text`` with its values filled in for one person. Raises ``ValueMissing``."""
    pieces = _OPTIONAL.split(text)
    # ``split`` alternates between what stands outside of brackets and what stood inside.
    filled = [
        _fill(piece, values, gender) if index % 2 == 0 else _fill_or_drop(piece, values, gender)
        for index, piece in enumerate(pieces)
    ]
    return "".join(filled).strip()


def problems(text: str, known: Collection[str]) -> list[Problem]:
    """Return what would go wrong when ``text`` is rendered with values called ``known``."""
    found = [*_balance_problems(text)]
    for field in _FIELD.findall(text):
        if _is_variant(field):
            if set(_variants(field)) != set(GENDERS):
                found.append(Problem("variants", f"{{{field}}}"))
        elif field not in known:
            found.append(Problem("unknown", f"{{{field}}}"))
    return found


def _fill_or_drop(text: str, values: Mapping[str, str], gender: Gender) -> str:
    try:
        return _fill(text, values, gender)
    except ValueMissing:
        return ""


def _fill(text: str, values: Mapping[str, str], gender: Gender) -> str:
    def value(found: re.Match[str]) -> str:
        field = found[1]
        if _is_variant(field):
            return _variants(field)[gender]
        if not values.get(field):
            raise ValueMissing(field)
        return values[field]

    return _FIELD.sub(value, text)


def _is_variant(field: str) -> bool:
    return "|" in field or field[1:2] == ":"


def _variants(field: str) -> dict[str, str]:
    """Read ``f:…|m:…|n:…``, in any order."""
    parts = (part.partition(":") for part in field.split("|"))
    return {name.strip(): words for name, colon, words in parts if colon}


def _balance_problems(text: str) -> Iterator[Problem]:
    """Yield the first brace or bracket that opens or closes nothing."""
    left = _FIELD.sub("", text)
    stray = re.search(r"[{}].{0,12}", left) or re.search(r"[\[\]].{0,12}", _OPTIONAL.sub("", left))
    if stray:
        yield Problem("unbalanced", stray[0])
