"""Bringing opening balances in: what only their pages ask and show."""

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Merchant
from ledger.imports.balances import Reading, read_balances, start_balances
from ledger.models import ImportRun
from ledger.models.imports import ImportKind
from loyalty_site.backoffice.file_pages import SHOWN_ROWS, Door, UploadForm, file_field
from loyalty_site.backoffice.uploads import Upload
from programs.queries import terms_of, version_at


class BalancesForm(UploadForm):
    """The file of balances."""

    file = file_field(
        _("File of balances"),
        _("CSV or XLSX with the columns phone or member_id, points, expires_on, and more below."),
    )


def describe(reading: Reading, merchant: Merchant) -> dict[str, Any]:
    """Return the first rows, each with its tier's name, the people, and what they bring."""
    version = version_at(merchant, timezone.now())
    names = {tier.code: in_language(tier, "name") for tier in terms_of(version).tiers} if version else {}
    return {
        "rows": [(row, names.get(row.tier_code, row.tier_code)) for row in reading.rows[:SHOWN_ROWS]],
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
