"""The margin guard as a page shows it: one verdict, a gauge, the worst combinations, and what is unknown."""

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.money import Money
from programs.calendars import local
from programs.margin import Combination
from programs.margin_guard import Assessment, assess
from programs.margin_wording import Level, Row, percent_text, row_of, verdicts
from programs.models import ENOUGH_DAYS, ENOUGH_MEMBERS, ProgrammeVersion
from programs.problem_wording import Told, labelled, told
from programs.sentences import points_text
from programs.validating_tiers import perk_warnings
from programs.validation import Problem, validate

SHOWN: Final = 12
WIDE: Final = 1000
"""Units of the gauge from end to end."""
ROOM: Final = Fraction(23, 20)
"""What is drawn ends a little beyond the largest figure."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """Where the worst rate, the ceiling and the margin stand, in units of ``WIDE``; all with VAT."""

    rate: int
    ceiling: int
    margin: int


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the guard has to say of one version, in the active language."""

    level: Level | str
    verdict: str
    short: str = ""
    rate: str = ""
    without_vat: str = ""
    ceiling: str = ""
    margin: str = ""
    gauge: Gauge | None = None
    rows: list[Row] = field(default_factory=list)
    hidden: int = 0
    problems: list[Told] = field(default_factory=list)
    gifts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def panel_of(version: ProgrammeVersion, *, now: datetime) -> Panel:
    """What the guard says of a version, published or still being written."""
    problems = validate(version)
    assessed = assess(version, now=now)
    if assessed is None:
        verdict = _("The figures follow as soon as the terms are complete.")
        return Panel("default", verdict, problems=told(version, problems))
    to_mend = told(version, [*problems, *assessed.problems])
    worst = assessed.guard.losing or assessed.guard.worst
    if worst is None:
        return Panel("default", _("Nothing is earned yet."), problems=to_mend, notes=[pace_text(assessed)])
    language = get_language() or "ar"
    listed = assessed.guard.combinations
    return Panel(
        level=level_of(assessed),
        verdict=verdict_of(assessed),
        short=short_of(assessed),
        rate=percent_text(worst.rate),
        without_vat=percent_text(worst.rate_without_vat),
        ceiling=percent_text(assessed.guard.ceiling),
        margin=percent_text(worst.margin),
        gauge=_gauge(assessed, worst),
        rows=[row_of(one, assessed.guard, assessed.terms, language) for one in listed[:SHOWN]],
        hidden=max(0, len(listed) - SHOWN),
        problems=to_mend,
        gifts=assessed.gifts,
        notes=[*_without_cost(assessed), *_perks_that_fall(version), pace_text(assessed)],
    )


def incomplete(problems: list[Problem]) -> Panel:
    """What stands there while a form is not complete."""
    verdict = _("Some fields are not complete yet: the figures follow as soon as they are.")
    return Panel("default", verdict, problems=labelled(problems))


def level_of(assessed: Assessment) -> Level:
    """Green, amber or red."""
    if assessed.problems:
        return "danger"
    return "warning" if assessed.needs_two else "success"


def short_of(assessed: Assessment) -> str:
    """The same in two words; what keeps terms back is not always the margin."""
    if assessed.problems and not assessed.guard.losing:
        return _("To be mended")
    return verdicts()[level_of(assessed)]


def verdict_of(assessed: Assessment) -> str:
    """Who may publish these terms, in the active language."""
    if assessed.guard.losing:
        return _("Such a sale loses money. Nobody can publish these terms.")
    if assessed.problems:
        return _("These terms cannot be published as they are.")
    if assessed.needs_two:
        return _(
            "Above your ceiling: a second owner or manager must approve it. Where there is nobody else, you"
            " can do it yourself after 24 hours, with your second factor."
        )
    return _("Within your ceiling: you can publish this.")


def pace_text(assessed: Assessment) -> str:
    """Whether a typical member reaches anything, or why that is not known, in the active language."""
    pace, reach = assessed.pace, assessed.reach
    if reach is None or pace is None:
        return _(
            "Whether members reach a reward in time is not measured yet: it takes %(members)s members whose"
            " first purchase is %(days)s days old, and is counted every night."
        ) % {"members": ENOUGH_MEMBERS, "days": ENOUGH_DAYS}
    language, currency = get_language() or "ar", assessed.terms.currency
    measured = date_format(local(pace.measured_at, assessed.terms.zone).date(), "DATE_FORMAT")
    said = {
        "spend": Money(pace.monthly_minor, currency).format(language),
        "smallest": points_text(reach.smallest_points),
        "members": f"{pace.members:,}",
        "day": measured,
    }
    if reach.days is None:
        return _("Measured on %(day)s from %(members)s members.") % said
    later = ngettext("after %(days)s day", "after %(days)s days", reach.days) % {"days": f"{reach.days:,}"}
    then = later if reach.days else _("with the first purchase")
    return _(
        "A typical member (%(spend)s a month, from %(members)s members on %(day)s) reaches the smallest"
        " reward of %(smallest)s %(then)s."
    ) % {**said, "then": then}


def _without_cost(assessed: Assessment) -> list[str]:
    """Rewards whose cost nobody said: what the figures take it to be."""
    count = sum(use.cost_minor is None for use in assessed.uses)
    said = ngettext(
        "%(count)s reward has no cost: it is counted at what its points are worth.",
        "%(count)s rewards have no cost: they are counted at what their points are worth.",
        count,
    )
    return [said % {"count": count}] if count else []


def _perks_that_fall(version: ProgrammeVersion) -> list[str]:
    """Perks of a higher tier that are worse than those below: allowed, but said."""
    return perk_warnings(list(version.perks.all()), list(version.tiers.all()))


def _gauge(assessed: Assessment, worst: Combination) -> Gauge:
    """Everything on the base with VAT, so that it can be compared."""
    vat = worst.rate_without_vat / worst.rate
    marks = (worst.rate, assessed.guard.ceiling, worst.margin / vat)
    end = max(marks) * ROOM or 1
    rate, ceiling, margin = (int(mark / end * WIDE) for mark in marks)
    return Gauge(rate, ceiling, margin)
