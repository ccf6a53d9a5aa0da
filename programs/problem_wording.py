"""Where a problem of a draft is, in words: the thing's own name, the field's label, and the way there.

A problem names its field as the code does ("challenge.dare.min_amount_minor"). People read "Challenge “Dare”
· Minimum amount", in their language, and a link opens the tab of the form where it is mended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from programs.models import (
    Badge,
    Card,
    Challenge,
    Contest,
    ContestPrize,
    EarnCap,
    EarnRule,
    Giving,
    Plan,
    Programme,
    ProgrammeVersion,
    ReferralOffer,
    Reward,
    Tier,
    TierPerk,
)
from programs.validation import Problem

PARTS: Final[dict[str, tuple[type[Model], str]]] = {
    model._meta.model_name or "": (model, tab)
    for model, tab in (
        *((Tier, "tiers"), (TierPerk, "perks"), (EarnRule, "rules"), (EarnCap, "caps"), (Reward, "rewards")),
        *((Card, "cards"), (Challenge, "challenges"), (Contest, "contests"), (Badge, "badges")),
        *((Plan, "plans"), (ReferralOffer, "referrals"), (Giving, "givings")),
    )
}
"""What a problem's first word says: the kind of thing, and the tab (and relation) it stands under."""
ALONE: Final = (ReferralOffer, Giving)
"""There is one of each: a problem names its field and no code."""
WHOLE: Final = {"tiers": Tier, "rules": EarnRule}
"""Problems of a whole list: none of it is there."""
PRIZES: Final = "prizes"
"""What a contest gives stands in a tab of its own."""


@dataclass(frozen=True, slots=True)
class Told:
    """A problem in words. ``link`` opens the form at ``tab``; both are empty where nothing can be opened."""

    message: str
    where: str
    link: str = ""
    tab: str = ""


def told(version: ProgrammeVersion, problems: Sequence[Problem]) -> list[Told]:
    """The problems of ``version`` in the active language, in their order."""
    return [_told(version, problem) for problem in problems]


def labelled(problems: Iterable[Problem]) -> list[Told]:
    """Problems whose field is a form's label already."""
    return [Told(problem.message, problem.field) for problem in problems]


def _told(version: ProgrammeVersion, problem: Problem) -> Told:
    head, *rest = problem.field.split(".")
    if head == "margin":
        return Told(problem.message, _("Margin"), reverse("admin:margin"))
    if head == "programme" and rest:
        link = reverse("admin:programs_programme_change", args=[version.programme_id])
        return Told(problem.message, _joined(Programme._meta.verbose_name, _label(Programme, rest[-1])), link)
    if head in PARTS:
        return _of_part(version, problem, head, rest)
    if head in WHOLE:
        return _at(version, problem, capfirst(str(WHOLE[head]._meta.verbose_name_plural)), head)
    return _at(version, problem, _label(ProgrammeVersion, head), "general")


def _of_part(version: ProgrammeVersion, problem: Problem, head: str, rest: list[str]) -> Told:
    """Of one thing among many, or of the one there is."""
    model, tab = PARTS[head]
    code, name = ("", rest[-1]) if model in ALONE else (rest[0], ".".join(rest[1:]))
    thing = _thing(version, model, tab, code)
    if name == PRIZES:
        return _at(version, problem, _joined(thing, ContestPrize._meta.verbose_name_plural), "contest_prizes")
    return _at(version, problem, _joined(thing, _label(model, name)), tab)


def _thing(version: ProgrammeVersion, model: type[Model], tab: str, code: str) -> str:
    """The kind with the merchant's own name for it; without a name, with its place in the list."""
    kind = capfirst(str(model._meta.verbose_name))
    rows: list[Any] = list(getattr(version, tab).all()) if code else []
    for place, row in enumerate(rows, start=1):
        if getattr(row, "code", str(place)) == code:
            name = getattr(row, "name", "")
            said = {"kind": kind, "name": name, "place": place}
            return (_("%(kind)s “%(name)s”") if name.strip() else _("%(kind)s %(place)s")) % said
    return kind


def _label(model: type[Model], name: str) -> str:
    """What the form calls a field; nothing where it has no such field."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return ""
    return capfirst(str(getattr(field, "verbose_name", "")))


def _joined(thing: Any, label: Any) -> str:
    return " · ".join(capfirst(str(part)) for part in (thing, label) if part)


def _at(version: ProgrammeVersion, problem: Problem, where: str, tab: str) -> Told:
    link = reverse("admin:programs_programmeversion_change", args=[version.pk])
    return Told(problem.message, where, f"{link}#{tab}", tab)
