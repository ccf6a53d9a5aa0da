"""What a merchant said about its margin: the figures in force, and saying others (RULES 8).

A stricter figure holds at once. A looser one (a higher ceiling, a higher margin, a lower VAT) holds after a
day or when another owner agrees, so that nobody lifts the guard, publishes, and puts it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.db import transaction

from accounts.access import Actor
from accounts.errors import Forbidden, NeedsAnother, NotFound
from accounts.models import Merchant
from accounts.models.merchants import Currency, Sector
from accounts.two_people import ALONE_WAITS, is_same_person, user_id_of
from programs.margin import Margins
from programs.models import MarginFigures

CEILING: Final = Decimal(10)
GROSS_BY_SECTOR: Final[dict[str, Decimal]] = {
    Sector.RESTAURANT: Decimal(60),
    Sector.GROCERY: Decimal(25),
    Sector.RETAIL: Decimal(40),
    Sector.BEAUTY: Decimal(55),
    Sector.CLINIC: Decimal(50),
    Sector.ONLINE: Decimal(35),
    Sector.APP: Decimal(70),
    Sector.OTHER: Decimal(40),
}
"""Our own cautious guesses of what is left of a price without VAT after the goods themselves were paid for.

They come from no survey: the form asks the merchant to put their own figure in their place.
"""
VAT_BY_CURRENCY: Final[dict[str, Decimal]] = {
    Currency.SAR: Decimal(15),
    Currency.AED: Decimal(5),
    Currency.BHD: Decimal(10),
    Currency.OMR: Decimal(5),
    Currency.QAR: Decimal(0),
    Currency.KWD: Decimal(0),
    Currency.JOD: Decimal(16),
}
"""The standard rate of the country whose currency it is (2026)."""


@dataclass(frozen=True, slots=True)
class Said:
    """The figures as percents."""

    gross: Decimal
    vat: Decimal
    ceiling: Decimal
    by_category: Mapping[str, Decimal]

    def of(self, category: str) -> Decimal:
        """The gross margin of a category."""
        return self.by_category.get(category, self.gross)

    def strictest(self, other: "Said") -> "Said":
        """The stricter of both, figure by figure."""
        named = {*self.by_category, *other.by_category}
        return Said(
            gross=min(self.gross, other.gross),
            vat=max(self.vat, other.vat),
            ceiling=min(self.ceiling, other.ceiling),
            by_category={code: min(self.of(code), other.of(code)) for code in sorted(named)},
        )


def default_figures(merchant: Merchant) -> Said:
    """What is proposed before the merchant said anything: by its sector and currency."""
    gross = GROSS_BY_SECTOR.get(merchant.sector, GROSS_BY_SECTOR[Sector.OTHER])
    return Said(gross, VAT_BY_CURRENCY.get(merchant.currency, Decimal(0)), CEILING, {})


def said_by(row: MarginFigures) -> Said:
    """The figures of a row."""
    by_category = {code: Decimal(percent) for code, percent in row.by_category.items()}
    return Said(row.gross_percent, row.vat_percent, row.ceiling_percent, by_category)


def in_force(merchant: Merchant, now: datetime) -> MarginFigures | None:
    """The newest row that holds; None before the merchant said anything."""
    return MarginFigures.objects.filter(merchant=merchant, holds_from__lte=now).order_by("-pk").first()


def coming(merchant: Merchant, now: datetime) -> MarginFigures | None:
    """The looser row that waits, if nothing was said after it."""
    newest = MarginFigures.objects.filter(merchant=merchant).order_by("-pk").first()
    return newest if newest is not None and newest.holds_from > now else None


def figures_of(merchant: Merchant, now: datetime) -> Said:
    """The figures a programme is judged by at ``now``."""
    row = in_force(merchant, now)
    return said_by(row) if row else default_figures(merchant)


def margins_of(said: Said) -> Margins:
    """The same as exact fractions."""
    return Margins(
        gross=_part(said.gross),
        vat=_part(said.vat),
        ceiling=_part(said.ceiling),
        by_category={code: _part(percent) for code, percent in said.by_category.items()},
    )


@transaction.atomic
def say(*, actor: Actor, said: Said, now: datetime) -> MarginFigures | None:
    """Put figures on record; returns the looser row that waits, if one does. Raises ``Forbidden``.

    The first answer about margin and VAT is taken as it is, for nothing stood before it; a ceiling above our
    own waits even then.
    """
    if not actor.may("change", "controls"):
        raise Forbidden
    merchant = Merchant.objects.select_for_update(no_key=True).get(pk=actor.merchant.pk)
    held, waits = in_force(merchant, now), coming(merchant, now)
    before = said_by(held) if held else Said(said.gross, said.vat, CEILING, said.by_category)
    strict = said.strictest(before)
    is_looser = not _equal(strict, said)
    if waits is not None and is_looser and _equal(said, said_by(waits)) and _equal(strict, before):
        return waits
    if held is None or waits is not None or not _equal(strict, before):
        _write(actor.merchant, strict, actor.label, said_at=now, holds_from=now)
    if not is_looser:
        return None
    return _write(actor.merchant, said, actor.label, said_at=now, holds_from=now + ALONE_WAITS)


@transaction.atomic
def agree(*, actor: Actor, now: datetime) -> MarginFigures:
    """Let the looser figures hold at once: another owner agrees.

    Raises ``Forbidden``, ``NotFound`` where nothing waits, and ``NeedsAnother`` for whoever said them.
    """
    if not actor.may("change", "controls") or not user_id_of(actor.label):
        raise Forbidden
    merchant = Merchant.objects.select_for_update(no_key=True).get(pk=actor.merchant.pk)
    waits = coming(merchant, now)
    if waits is None:
        raise NotFound
    if is_same_person(actor.merchant, waits.said_by, actor.label):
        raise NeedsAnother
    return _write(
        actor.merchant,
        said_by(waits),
        waits.said_by,
        said_at=waits.said_at,
        holds_from=now,
        agreed=actor.label,
    )


def _write(
    merchant: Merchant, said: Said, by: str, *, said_at: datetime, holds_from: datetime, agreed: str = ""
) -> MarginFigures:
    return MarginFigures.objects.create(
        merchant=merchant,
        gross_percent=said.gross,
        vat_percent=said.vat,
        ceiling_percent=said.ceiling,
        by_category={code: str(percent) for code, percent in sorted(said.by_category.items())},
        said_by=by,
        said_at=said_at,
        holds_from=holds_from,
        agreed_by=agreed,
    )


def _equal(one: Said, other: Said) -> bool:
    """Whether both judge every category alike."""
    named = {*one.by_category, *other.by_category}
    same = (one.gross, one.vat, one.ceiling) == (other.gross, other.vat, other.ceiling)
    return same and all(one.of(code) == other.of(code) for code in named)


def _part(percent: Decimal) -> Fraction:
    return Fraction(percent) / 100
