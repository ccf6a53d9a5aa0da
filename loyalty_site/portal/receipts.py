"""Claiming the points of a sale by its receipt: a photo of the square code, or the text that is in it."""

from typing import Any, Final

import zxingcpp
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import NotFound, WalaaError
from ledger.claims.claiming import claim, takes_receipts
from ledger.errors import ReceiptUnreadable
from loyalty_site.portal.forms import ReceiptForm
from loyalty_site.portal.visits import Visit, for_members, show, status_of
from programs.pictures import opened
from programs.sentences import points_text

SQUARE: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
MOST_BYTES: Final = 12_000_000
"""A photo as phones take them."""
ENOUGH: Final = (1600, 1600)
"""Points at which a code that is held close is read; the whole picture is tried when it is not."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for the receipt; give its points once."""
    if not takes_receipts(visit.merchant):
        raise NotFound
    form = ReceiptForm(request.POST or None, request.FILES or None)
    refusal: str | None = None
    status = 200
    if request.method == "POST":
        try:
            form.is_valid()
            return _claimed(request, visit, form.cleaned_data)
        except ValidationError as error:
            refusal, status = " ".join(error.messages), 422
        except WalaaError as error:
            refusal, status = str(error), 404 if isinstance(error, NotFound) else status_of(error)
    return show(request, visit, "receipt", status, tab="history", form=form, refusal=refusal)


def _claimed(request: HttpRequest, visit: Visit, said: dict[str, Any]) -> HttpResponse:
    """Raises the refusals of ``claim``, and ``ValidationError`` for a picture that cannot be read."""
    text = said.get("text") or (_scanned(said["photo"]) if said.get("photo") else "")
    if not text:
        raise ReceiptUnreadable
    _order, receipt = claim(member=visit.signed_in, text=text, actor=visit.actor.label, now=visit.now)
    if receipt.points:
        messages.success(request, _("Yours now: %(points)s.") % {"points": points_text(receipt.points)})
    else:
        messages.info(request, _("The purchase is noted. It earned no points."))
    return redirect("portal:history", slug=visit.merchant.slug)


def _scanned(photo: Any) -> str:
    """The text of the one square code in a picture, or nothing. Raises ``ValidationError``."""
    whole = opened(photo, most_bytes=MOST_BYTES).convert("L")
    small = whole.copy()
    small.thumbnail(ENOUGH)
    for picture in (small, whole):
        codes = zxingcpp.read_barcodes(
            picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        )
        if codes:
            return str(codes[0].text)
    return ""
