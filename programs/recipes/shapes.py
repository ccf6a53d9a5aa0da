"""What a recipe's file may say, as a JSON Schema made from the models themselves.

A key is a column's name. ``name_ar`` and ``name_en`` are one key, ``name = { ar = "…", en = "…" }``;
``cost_minor`` is ``cost``, decimal text in riyals; other decimals are text too, for no binary fraction is a
multiplier. Dates and times are text as ISO writes them. Every set of parts that hangs on a version (a
subclass of ``DraftPart``) is an array of tables under its own name: ``[[tiers]]``, ``[[rules]]`` …
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models.merchants import Sector
from programs.models import DraftPart, ProgrammeVersion

Schema = dict[str, Any]
LANGUAGES: Final = ("ar", "en")
MINOR: Final = "_minor"
DECIMAL: Final = r"^[0-9]{1,9}(\.[0-9]{1,3})?$"
TIME: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
DAY: Final = r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$"
CODE: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LONGEST_TEXT: Final = 240


def words(longest: int = LONGEST_TEXT) -> Schema:
    """A text in both languages; neither may be empty."""
    text = {"type": "string", "minLength": 1, "maxLength": longest}
    return _table(dict.fromkeys(LANGUAGES, text), LANGUAGES)


def parts() -> dict[str, type[DraftPart]]:
    """Every kind of part that hangs on a version, by the name of its array in a file."""
    related = ProgrammeVersion._meta.related_objects
    return {
        str(one.get_accessor_name()): one.related_model
        for one in related
        if issubclass(one.related_model, DraftPart)
    }


@cache
def schema() -> Schema:
    """The shape of a whole file."""
    arrays = {
        name: {"type": "array", "items": of_model(model), "maxItems": 40} for name, model in parts().items()
    }
    head = {
        "sector": {"enum": list(Sector.values)},
        "icon": {"type": "string", "pattern": r"^[a-z_]+$"},
        "title": words(60),
        "summary": words(),
        "highlights": {"type": "array", "items": words(), "minItems": 2, "maxItems": 6},
        "gross_percent": {"type": "string", "pattern": DECIMAL},
        "weekly_spend": {"type": "string", "pattern": DECIMAL},
        "programme": _table({"name": words(120)}, ("name",)),
        "version": of_model(ProgrammeVersion, also=("block_points", "block_value")),
    }
    whole = _table(head | arrays, (*head, "tiers", "rules", "rewards"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}


def of_model(model: type[models.Model], also: tuple[str, ...] = ()) -> Schema:
    """The shape of a table that fills ``model``; ``also`` is asked for beside what has no default."""
    keys: dict[str, Schema] = {}
    asked = list(also)
    for field in fields_of(model):
        key = key_of(model, field)
        keys[key] = _in_languages(field) if is_worded(model, field) else _shape(field)
        if key not in asked and _is_asked(field):
            asked.append(key)
    return _table(keys, asked)


def fields_of(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    """The columns that a file may fill: no keys to other rows, no files, nothing that is set by itself."""
    for field in model._meta.concrete_fields:
        is_own = field.editable and not field.primary_key and not field.is_relation
        if is_own and not isinstance(field, (models.FileField, models.DateTimeField)):
            yield field


def key_of(model: type[models.Model], field: models.Field[Any, Any]) -> str:
    """The key by which a file names a column."""
    if is_worded(model, field):
        return field.name[: -len("_ar")]
    return field.name.removesuffix(MINOR)


def is_worded(model: type[models.Model], field: models.Field[Any, Any]) -> bool:
    """Whether it is one of the two columns of a text."""
    stem, _, language = field.name.rpartition("_")
    names = {other.name for other in model._meta.concrete_fields}
    return language in LANGUAGES and {f"{stem}_{each}" for each in LANGUAGES} <= names


def _is_asked(field: models.Field[Any, Any]) -> bool:
    return not (field.has_default() or field.null or field.blank)


def _in_languages(field: models.Field[Any, Any]) -> Schema:
    return words(field.max_length or LONGEST_TEXT)


def _shape(field: models.Field[Any, Any]) -> Schema:
    """The shape of one value; money and decimals are text, and nothing is null: leave the key out."""
    if field.choices:
        return {"enum": [value for value, _label in field.flatchoices]}
    if field.name.endswith(MINOR) or isinstance(field, models.DecimalField):
        return {"type": "string", "pattern": DECIMAL}
    if isinstance(field, models.BooleanField):
        return {"type": "boolean"}
    if isinstance(field, models.IntegerField):
        return {"type": "integer", **_bounds(field)}
    if isinstance(field, models.TimeField):
        return {"type": "string", "pattern": TIME}
    if isinstance(field, models.DateField):
        return {"type": "string", "pattern": DAY}
    if isinstance(field, models.JSONField):
        return {"type": ["array", "object"] if field.default is not list else "array"}
    if isinstance(field, models.SlugField):
        return {"type": "string", "pattern": CODE, "maxLength": field.max_length}
    return {"type": "string", "maxLength": field.max_length or LONGEST_TEXT}


def _bounds(field: models.Field[Any, Any]) -> Schema:
    """The smallest and the largest number, by the column and by its validators."""
    least = [0] if field.get_internal_type().startswith("Positive") else []
    least += [one.limit_value for one in field.validators if isinstance(one, MinValueValidator)]
    most = [one.limit_value for one in field.validators if isinstance(one, MaxValueValidator)]
    return ({"minimum": max(least)} if least else {}) | ({"maximum": min(most)} if most else {})


def _table(keys: Schema, asked: Any) -> Schema:
    return {"type": "object", "properties": keys, "required": list(asked), "additionalProperties": False}
