"""Bringing a file of purchases in: what only its pages ask and show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from accounts.models import Member, Merchant
from accounts.money import Money
from ledger.imports.purchases import Reading, read_file, start_import
from ledger.models import ImportRun
from ledger.models.imports import ImportKind
from loyalty_site.backoffice.file_pages import SHOWN_ROWS, Door, UploadForm, file_field
from loyalty_site.backoffice.uploads import Upload

AWARD: Final = {"window": None, "yes": True, "no": False}


class PurchasesForm(UploadForm):
    """The file, and what the merchant wishes of it."""

    field_order = ("file", "award")
    file = file_field(
        _("File of purchases"),
        _("CSV or XLSX with the columns external_id, phone or member_id, occurred_at, amount."),
    )
    award = forms.ChoiceField(
        label=_("Purchases older than the claim window"),
        choices=[
            ("window", _("Move tiers and figures, earn nothing")),
            ("yes", _("Earn too, each at its own date and tier")),
            ("no", _("Nothing in this file earns: history only")),
        ],
        initial="window",
        widget=UnfoldAdminRadioSelectWidget,
    )


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A good row, in words."""

    row: int
    external_id: str
    person: str
    occurred_at: datetime
    amount: str


def describe(reading: Reading, merchant: Merchant) -> dict[str, Any]:
    """Return the first purchases in words, the new people and what all of them come to."""
    return {
        "rows": [
            PreviewRow(
                row.row, row.external_id, row.phone or row.member_ref, row.occurred_at,
                in_words(row.amount_minor, merchant),
            )
            for row in reading.rows[:SHOWN_ROWS]
        ],
        "new_people": count_new(reading, merchant),
        "total": in_words(sum(row.amount_minor for row in reading.rows), merchant),
    }  # fmt: skip


def start(held: Upload, **whose: Any) -> ImportRun:
    """Store the file with its wishes as a run."""
    return start_import(file=held.path, name=held.name, award=AWARD[held.award], strict=held.strict, **whose)


def in_words(amount_minor: int, merchant: Merchant) -> str:
    """Return an amount in the reader's language."""
    return Money(amount_minor, merchant.currency).format(get_language() or "ar")


def count_new(reading: Reading, merchant: Merchant) -> int:
    """Count the people of the file whom nobody knows yet."""
    phones = {row.phone for row in reading.rows if row.phone}
    known = (
        Member.objects.filter(merchant=merchant).active().filter(phone__in=phones)
        if len(phones) < 900
        else None
    )
    if known is not None:
        return len(phones) - known.count()
    everyone = set(Member.objects.filter(merchant=merchant).active().values_list("phone", flat=True))
    return len(phones - everyone)


DOOR: Final = Door(
    kind=ImportKind.PURCHASES,
    name="import",
    title=_("Import purchases"),
    form=PurchasesForm,
    read=read_file,
    describe=describe,
    start=start,
)
