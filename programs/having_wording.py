"""Why a reward cannot be had now, in words of the active language (for ``programs.having``)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, override

from programs import having
from programs.reasons import Reason
from programs.wording import points_text

Params = Mapping[str, Any]


def why_not_text(reason: Reason, language: str) -> str:
    """One sentence: "120 points to go", "Only for Gold", "From 3 December"."""
    with override(language):
        return _WORDINGS[reason.code](reason.params, language)


def _day(params: Params) -> str:
    return date_format(date.fromisoformat(params["on"]), "j F")


def _over(params: Params, _language: str) -> str:
    return gettext("It ended on %(day)s") % {"day": _day(params)}


def _not_yet(params: Params, _language: str) -> str:
    return gettext("From %(day)s") % {"day": _day(params)}


def _early(params: Params, language: str) -> str:
    said = gettext("Early access for %(names)s; for all from %(day)s")
    return said % {"names": _names(params, language), "day": _day(params)}


def _tier(params: Params, language: str) -> str:
    return gettext("Only for %(names)s") % {"names": _names(params, language)}


def _hours(params: Params, _language: str) -> str:
    return gettext("Between %(from)s and %(to)s") % {"from": params["from"], "to": params["to"]}


def _names(params: Params, language: str) -> str:
    return gettext(", ").join(params["names_ar" if language.startswith("ar") else "names_en"])


def _short(params: Params, _language: str) -> str:
    return gettext("%(points)s to go") % {"points": points_text(params["points"])}


def _had(params: Params, _language: str) -> str:
    limit, period = params["limit"], params["period"]
    said = {
        "day": ngettext("You have had yours today", "You have had your %(limit)s today", limit),
        "month": ngettext("You have had yours this month", "You have had your %(limit)s this month", limit),
        "year": ngettext("You have had yours this year", "You have had your %(limit)s this year", limit),
        "ever": ngettext("You have had yours", "You have had your %(limit)s", limit),
    }
    return said[period] % {"limit": limit}


def _not_sold(_params: Params, _language: str) -> str:
    return gettext("Given, not bought with points")


def _segment(_params: Params, _language: str) -> str:
    return gettext("For invited members only")


def _sold_out(_params: Params, _language: str) -> str:
    return gettext("Sold out")


_WORDINGS: dict[str, Callable[[Params, str], str]] = {
    having.NOT_SOLD: _not_sold,
    having.OVER: _over,
    having.NOT_YET: _not_yet,
    having.EARLY_ACCESS: _early,
    having.OTHER_TIER: _tier,
    having.OTHER_SEGMENT: _segment,
    having.OTHER_HOURS: _hours,
    having.SOLD_OUT: _sold_out,
    having.HAD_THEIRS: _had,
    having.POINTS_SHORT: _short,
}
