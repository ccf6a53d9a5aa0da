"""The seals of the books: the nightly proofs, the heads as a file, and the alarm when a proof failed."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import NotFound
from accounts.reach import current_merchant, reach_of
from ledger.bulk.sharing import newest_runs
from ledger.models import Verification
from ledger.proving.heads import as_csv, head_of
from ledger.proving.nightly import latest
from ledger.seals.sealing import is_late
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page

SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class Alarm:
    """That the last proof found a difference: when, and where."""

    night: date
    what: str
    row: str


def overview(request: HttpRequest) -> HttpResponse:
    """Show the newest seal, whether sealing keeps up, the proofs of the last nights and the work."""
    merchant = actor_in(request, "facts").merchant
    proofs = Verification.objects.filter(merchant=merchant).order_by("-night")[:SHOWN]
    now = timezone.now()
    return page(
        request, "backoffice/seals.html", _("Seals of the books"),
        merchant=merchant, head=head_of(merchant), proofs=list(proofs), latest=latest(merchant),
        sealing_is_late=is_late(now), runs=newest_runs(merchant, now),
    )  # fmt: skip


def heads_file(request: HttpRequest) -> HttpResponse:
    """The last seal of every day, as the file that ``verify_ledger --expected-head`` takes."""
    merchant = actor_in(request, "facts").merchant
    today = timezone.now().astimezone(merchant.timezone).date()
    name = f"seals-{merchant.slug}-{today}.csv"
    return HttpResponse(
        as_csv(merchant),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def alarm_of(request: HttpRequest) -> Alarm | None:
    """The alarm for an owner or a manager whose books did not add up last night; nothing for the others."""
    if not request.user.is_authenticated:
        return None
    try:
        merchant = current_merchant(request, room="controls")
    except NotFound:
        return None
    proof = latest(merchant) if reach_of(request).may("view", "controls", merchant.pk) else None
    if proof is None or proof.is_right:
        return None
    return Alarm(proof.night, proof.difference.get("what", ""), proof.difference.get("row", ""))
