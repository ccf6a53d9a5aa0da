"""From a recipe to a draft: made for an empty shop, or put in the place of the draft that stands there.

Nothing is published here, and what was published stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models import Merchant
from programs import blueprint
from programs.errors import DraftChanged, DraftInTheWay
from programs.models import DraftPart, Programme, ProgrammeVersion
from programs.publishing import digest_of, draft_of
from programs.queries import programme_of
from programs.recipes.places import Path
from programs.recipes.reading import Recipe, amount_minor, worded
from programs.recipes.shapes import MINOR, fields_of, is_worded, key_of, parts


@dataclass(frozen=True, slots=True)
class Standing:
    """The draft that stands at a merchant: its hash, and how many parts of each kind it has, by name."""

    version: ProgrammeVersion
    digest: str
    counts: tuple[tuple[str, int], ...]


def standing_draft(merchant: Merchant) -> Standing | None:
    """The draft that a recipe would replace; None where there is none."""
    programme = programme_of(merchant)
    draft = programme.versions.filter(published_at__isnull=True).first() if programme else None
    if draft is None:
        return None
    counted = (
        (str(model._meta.verbose_name_plural), rows_of(draft, name).count())
        for name, model in parts().items()
    )
    return Standing(draft, digest_of(draft), tuple((name, count) for name, count in counted if count))


@transaction.atomic
def apply_recipe(*, merchant: Merchant, recipe: Recipe, replacing: str = "") -> ProgrammeVersion:
    """Make the draft that ``recipe`` describes, and return it.

    ``replacing`` is the digest of the draft that somebody agreed to lose. Raises ``DraftInTheWay`` where
    there is a draft that nobody named, ``DraftChanged`` where it is another one, and ``BadRecipe``.
    """
    Merchant.objects.select_for_update().get(pk=merchant.pk)
    standing = standing_draft(merchant)
    if standing is not None and not replacing:
        raise DraftInTheWay
    if replacing and (standing is None or standing.digest != replacing):
        raise DraftChanged
    version = standing.version if standing else _empty_draft(merchant)
    _name(version.programme, recipe)
    for field, value in _version_values(recipe, merchant.currency):
        setattr(version, field, value)
    _checked(version, recipe, ("version",), merchant.currency)
    version.save()
    for name in reversed(parts()):
        rows_of(version, name).all().delete()
    for name, model in parts().items():
        model._default_manager.bulk_create(_rows(name, model, version, recipe, merchant.currency))
    return version


def rows_of(version: ProgrammeVersion, name: str) -> Any:
    """The parts of one kind, by the name of their array."""
    return getattr(version, name)


def _empty_draft(merchant: Merchant) -> ProgrammeVersion:
    programme = programme_of(merchant)
    if programme is None:
        programme = Programme.objects.create(
            merchant=merchant, name_ar=blueprint.NAME_AR, name_en=blueprint.NAME_EN
        )
    if programme.versions.exists():
        return draft_of(programme=programme)
    return ProgrammeVersion(programme=programme, number=1)


def _name(programme: Programme, recipe: Recipe) -> None:
    """Give the programme the recipe's name, unless it has one of its own."""
    if (programme.name_ar, programme.name_en) != (blueprint.NAME_AR, blueprint.NAME_EN):
        return
    merchant, name = programme.merchant, worded(recipe.said["programme"]["name"])
    programme.name_ar = name.text_ar.replace("{merchant}", merchant.name_ar or merchant.name)[:120]
    programme.name_en = name.text_en.replace("{merchant}", merchant.name_en or merchant.name)[:120]
    programme.save(update_fields=["name_ar", "name_en"])


def _version_values(recipe: Recipe, currency: str) -> Iterator[tuple[str, Any]]:
    """Every column of the version: what the file says, else what a new version starts with."""
    said = values_of(recipe.said["version"], ProgrammeVersion, currency)
    for field in fields_of(ProgrammeVersion):
        yield field.name, said.get(field.name, field.get_default())


def _rows(
    name: str, model: type[DraftPart], version: ProgrammeVersion, recipe: Recipe, currency: str
) -> list[DraftPart]:
    rows = []
    for place, said in enumerate(recipe.said.get(name, ())):
        row = model(**values_of(said, model, currency))
        row.version = version
        _checked(row, recipe, (name, place), currency)
        rows.append(row)
    return rows


def _checked(row: models.Model, recipe: Recipe, path: Path, currency: str) -> None:
    """Refuse what a form would refuse. Raises ``BadRecipe``."""
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields if field.is_relation})
    except ValidationError as error:
        name, faults = next(iter(error.message_dict.items()))
        key = key_of(type(row), row._meta.get_field(name))  # type: ignore[arg-type]
        raise recipe.fault((*path, key), f"{faults[0]} ({currency})") from error


def values_of(said: Mapping[str, Any], model: type[models.Model], currency: str) -> dict[str, Any]:
    """The columns of a row as a table of a file fills them; money in minor units of ``currency``."""
    found: dict[str, Any] = {}
    for field in fields_of(model):
        key = key_of(model, field)
        if key not in said:
            continue
        if is_worded(model, field):
            found[field.name] = said[key][field.name.rpartition("_")[2]]
        else:
            found[field.name] = _value(field, said[key], currency)
    return found


def _value(field: models.Field[Any, Any], said: Any, currency: str) -> Any:
    if field.name.endswith(MINOR):
        return amount_minor(said, currency)
    if isinstance(field, models.DecimalField):
        return Decimal(said)
    if isinstance(field, models.TimeField):
        return time.fromisoformat(said)
    return date.fromisoformat(said) if isinstance(field, models.DateField) else said
