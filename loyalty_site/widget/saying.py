"""How many points a price earns, in the words of both languages."""

from datetime import datetime
from typing import Any

from django.utils.translation import ngettext, override

from accounts.digits import latin_digits
from accounts.languages import LANGUAGES
from accounts.models import Merchant
from accounts.money import Money
from programs.calendars import local
from programs.models import ProgrammeState
from programs.plainly import plain_points
from programs.queries import programme_of, terms_of, version_at


def earned(merchant: Merchant, price: str, *, category: str, now: datetime) -> dict[str, Any]:
    """Points and a sentence in each language; nothing to say where nothing is earned.

    Raises ``AmountError`` for a price that is none.
    """
    price_minor = Money.parse(latin_digits(price).strip(), merchant.currency).amount_minor
    points = points_of(merchant, price_minor, category=category, now=now)
    return {"points": points, **{language: _sentence(points, language) for language, _name in LANGUAGES}}


def points_of(merchant: Merchant, price_minor: int, *, category: str, now: datetime) -> int:
    """What a price earns anybody now; 0 unless the programme is open to everybody."""
    programme, version = programme_of(merchant), version_at(merchant, now)
    if programme is None or version is None or programme.state != ProgrammeState.LIVE:
        return 0
    at = local(now, merchant.zone)
    return plain_points(price_minor, category=category, local=at, terms=terms_of(version))


def _sentence(points: int, language: str) -> str:
    if not points:
        return ""
    with override(language):
        text = ngettext("Earn %(points)s point", "Earn %(points)s points", points)
        return text % {"points": f"{points:,}"}
