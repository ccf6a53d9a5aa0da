"""Bringing opening balances in: what only their pages ask and show."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant
from ledger.imports.balances import Reading, read_balances, start_balances
from ledger.models import ImportRun
from ledger.models.imports import ImportKind
from loyalty_site.backoffice.file_pages import SHOWN_ROWS, Door, UploadForm, file_field
from loyalty_site.backoffice.uploads import Upload


class BalancesForm(UploadForm):
    """The file of balances."""

    file = file_field(
        _("File of balances"),
        _("CSV or XLSX with the columns phone or member_id, points, expires_on, and more below."),
    )


def describe(reading: Reading, _merchant: Merchant) -> dict[str, Any]:
    """Return the first rows, the people, and what they bring."""
    return {
        "rows": reading.rows[:SHOWN_ROWS],
        "people": len({row.member_ref or row.phone for row in reading.rows}),
        "points": sum(row.points for row in reading.rows),
        "stamps": sum(row.stamps for row in reading.rows),
    }


def start(held: Upload, **whose: Any) -> ImportRun:
    """Store the file as a run."""
    return start_balances(file=held.path, name=held.name, strict=held.strict, **whose)


DOOR: Final = Door(
    kind=ImportKind.BALANCES,
    name="balances",
    title=_("Import balances"),
    form=BalancesForm,
    read=read_balances,
    describe=describe,
    start=start,
)
