"""A practice copy of a shop: its branches and the terms in force, with members and books of its own.

Developers try their tills and shops on it. Nothing is sent from it and nothing counts it
(``accounts.outbox``, ``Merchant.is_practice``). Facts are never deleted: starting over ends one copy and
makes another.
"""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Model

from accounts.joining import readable_code
from accounts.models import Branch, Merchant
from programs.models import Cause, OccasionDays, Programme, ProgrammeState, ProgrammeVersion
from programs.publishing import copy_parts

LONGEST_SLUG: Final = 50
WORD: Final = "practice"
NUMBER_LENGTH: Final = 6
OF_THE_SHOP: Final[tuple[type[Model], ...]] = (Branch, Cause, OccasionDays)
"""What terms speak of and stands beside them."""


@transaction.atomic
def start_over(*, merchant: Merchant, now: datetime) -> Merchant:
    """Return a fresh practice copy of ``merchant``, by the terms in force now; the one before is over."""
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
    Merchant.objects.filter(practice_of=merchant, practice_ended_at=None).update(practice_ended_at=now)
    copy: Merchant = _copied(
        merchant, slug=_slug(merchant), host="", vat_number="", is_demo=False, practice_of=merchant
    )
    for model in OF_THE_SHOP:
        for row in model._default_manager.filter(merchant=merchant).order_by("pk"):
            _copied(row, merchant=copy)
    _copy_programme(merchant, copy, now)
    return copy


def _slug(merchant: Merchant) -> str:
    ending = f"-{WORD}-{readable_code(NUMBER_LENGTH).lower()}"
    return merchant.slug[: LONGEST_SLUG - len(ending)] + ending


def _copy_programme(merchant: Merchant, copy: Merchant, now: datetime) -> None:
    """Put the terms in force from the first day of the original's on, so that older orders earn too."""
    programme = Programme.objects.filter(merchant=merchant).first()
    versions = ProgrammeVersion.objects.filter(programme=programme)
    version = versions.in_force_at(now).first() if programme else None
    if programme is None or version is None:
        return
    own = Programme.objects.create(
        merchant=copy, name_ar=programme.name_ar, name_en=programme.name_en, state=ProgrammeState.LIVE
    )
    first = versions.published().order_by("effective_from")[:1].get()
    unpublished = {"effective_from": None, "published_at": None, "published_by": ""}
    draft = _copied(version, programme=own, number=1, **unpublished)
    copy_parts(version, draft)
    ProgrammeVersion.objects.filter(pk=draft.pk).update(
        effective_from=first.effective_from, published_at=now, published_by=WORD
    )


def _copied(row: Any, **changes: Any) -> Any:
    """Save a copy of a row with other values in some of its columns."""
    model = type(row)
    copy = model._default_manager.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True
    for name, value in changes.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy
