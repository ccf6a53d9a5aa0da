"""Reading the files: checked against their shape, and every mistake named by file, key and line.

Amounts are written in Saudi riyals. ``RIYALS_PER_UNIT`` says for how many of them one unit of another
currency stands in a recipe: round figures, so that a price tag stays one (2.500 KWD, not 2.044); no rate of
exchange.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from accounts.languages import in_language
from accounts.models.merchants import Currency
from accounts.money import exponent_of
from programs.models import ProgrammeVersion
from programs.recipes import places
from programs.recipes.shapes import MINOR, fields_of, key_of, parts, schema

FOLDER: Final = Path(__file__).parent
RIYALS_PER_UNIT: Final[Mapping[str, int]] = {
    Currency.SAR: 1,
    Currency.AED: 1,
    Currency.QAR: 1,
    Currency.KWD: 10,
    Currency.BHD: 10,
    Currency.OMR: 10,
    Currency.JOD: 5,
}


class BadRecipe(Exception):
    """A file that cannot be used: "cafe.toml:34: rewards[2].points: …"."""

    def __init__(self, file: str, line: int, key: str, fault: str) -> None:
        self.file, self.line, self.key, self.fault = file, line, key, fault
        super().__init__(f"{file}:{line}: {key}: {fault}" if key else f"{file}:{line}: {fault}")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    text_ar: str
    text_en: str

    def __str__(self) -> str:
        return in_language(self, "text")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A file that was read. ``said`` is everything in it, ``digest`` its hash."""

    code: str
    text: str
    said: Mapping[str, Any]
    digest: str

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.code}.toml"

    @property
    def sector(self) -> str:
        """The trade it is for."""
        return str(self.said["sector"])

    @property
    def icon(self) -> str:
        """The name of its symbol."""
        return str(self.said["icon"])

    @property
    def title(self) -> Words:
        """What it is called."""
        return worded(self.said["title"])

    @property
    def summary(self) -> Words:
        """What a shop gets, in one sentence."""
        return worded(self.said["summary"])

    @property
    def highlights(self) -> list[Words]:
        """What is special about it."""
        return [worded(one) for one in self.said["highlights"]]

    @property
    def gross(self) -> Decimal:
        """The gross margin it was designed for, in percent of the price without VAT."""
        return Decimal(self.said["gross_percent"])

    def fault(self, path: places.Path, fault: str) -> BadRecipe:
        """The refusal of what stands at ``path``."""
        return BadRecipe(self.file, places.line_of(self.text, path), places.key_text(path), fault)


def worded(said: Mapping[str, str]) -> Words:
    """A text in both languages as the file has it."""
    return Words(said["ar"], said["en"])


def amount_minor(text: str, currency: str) -> int:
    """An amount of a recipe in minor units of ``currency``, exactly; else raises ``ValueError``."""
    scaled = Decimal(text) * 10 ** exponent_of(currency) / RIYALS_PER_UNIT[currency]
    if scaled != int(scaled):
        raise ValueError(f"{text} SAR is no whole number of the smallest coins of {currency}")
    return int(scaled)


def read(file: Path) -> Recipe:
    """Read one file. Raises ``BadRecipe``."""
    text = file.read_text(encoding="utf-8")
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = str(error).rpartition("line ")[2].partition(",")[0]
        raise BadRecipe(file.name, int(line) if line.isdecimal() else 1, "", str(error)) from error
    recipe = Recipe(file.stem, text, said, sha256(text.encode()).hexdigest())
    faults = sorted(Draft202012Validator(schema()).iter_errors(said), key=lambda one: one.json_path)
    if faults:
        raise recipe.fault(list(faults[0].path), faults[0].message)
    for path, amount in _amounts(said):
        _check_amount(recipe, path, amount)
    return recipe


def recipes() -> list[Recipe]:
    """Every recipe of the house, by its file's name. Raises ``BadRecipe`` at the first that is none."""
    return [_known(file) for file in sorted(FOLDER.glob("*.toml"))]


def recipe_named(code: str) -> Recipe | None:
    """The recipe called ``code``."""
    return next((recipe for recipe in recipes() if recipe.code == code), None)


@cache
def _known(file: Path) -> Recipe:
    return read(file)


def _amounts(said: Mapping[str, Any]) -> Iterator[tuple[places.Path, str]]:
    """Every amount of money in the file, with its place."""
    yield ("weekly_spend",), said["weekly_spend"]
    tables: list[tuple[places.Path, Any, Mapping[str, Any]]] = [
        (("version",), ProgrammeVersion, said["version"]),
        *(
            ((name, place), model, row)
            for name, model in parts().items()
            for place, row in enumerate(said.get(name, ()))
        ),
    ]
    for path, model, row in tables:
        for field in fields_of(model):
            key = key_of(model, field)
            if field.name.endswith(MINOR) and key in row:
                yield (*path, key), row[key]


def _check_amount(recipe: Recipe, path: places.Path, amount: str) -> None:
    for currency in Currency.values:
        try:
            amount_minor(amount, currency)
        except ValueError as error:
            raise recipe.fault(path, str(error)) from error
