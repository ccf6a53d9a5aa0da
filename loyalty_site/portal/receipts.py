"""Claiming the points of a sale by its receipt: a photo of the square code, or the text that is in it.

A photo is read first and shown: who sold, when and for how much. The press after that claims the points.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import zxingcpp
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import AmountError, NotFound, WalaaError
from accounts.models import Merchant
from accounts.money import Money
from ledger.claims.claiming import claim, printed_on, takes_receipts
from ledger.claims.zatca import Printed
from ledger.errors import ReceiptUnreadable
from loyalty_site.portal.forms import ReceiptForm
from loyalty_site.portal.visits import Visit, for_members, show, status_of
from programs.calendars import business_date
from programs.pictures import opened
from programs.sentences import points_text

SQUARE: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
MOST_BYTES: Final = 12_000_000
"""A photo as phones take them."""
ENOUGH: Final = (1600, 1600)
"""Points at which a code that is held close is read; the whole picture is tried when it is not."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a photo says, to be looked at before it is claimed: ``text`` is the code's own.

    No hour: of a clock with a Z behind it only the till knows whether it means UTC.
    """

    text: str
    seller: str
    on: date
    total_minor: int


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for the receipt, show what a photo of it says, and give its points once."""
    if not takes_receipts(visit.merchant):
        raise NotFound
    is_sent = request.method == "POST"
    form = ReceiptForm(request.POST, request.FILES) if is_sent else ReceiptForm()
    refusal: str | None = None
    read: Read | None = None
    status = 200
    if is_sent:
        try:
            form.is_valid()
            if text := form.cleaned_data.get("text"):
                return _claimed(request, visit, text)
            read = _read(form.cleaned_data.get("photo"), visit.merchant)
        except ValidationError as error:
            refusal, status = " ".join(error.messages), 422
        except WalaaError as error:
            refusal, status = str(error), 404 if isinstance(error, NotFound) else status_of(error)
    return show(request, visit, "receipt", status, tab="history", form=form, refusal=refusal, read=read)


def _claimed(request: HttpRequest, visit: Visit, text: str) -> HttpResponse:
    """Raises the refusals of ``claim``."""
    _order, receipt = claim(member=visit.signed_in, text=text, actor=visit.actor.label, now=visit.now)
    if receipt.points:
        messages.success(request, _("Yours now: %(points)s.") % {"points": points_text(receipt.points)})
    else:
        messages.info(request, _("The purchase is noted. It earned no points."))
    return redirect("portal:history", slug=visit.merchant.slug)


def _read(photo: UploadedFile[Any] | None, merchant: Merchant) -> Read:
    """Raises ``ValidationError`` for no picture, ``ReceiptUnreadable`` and ``ReceiptUnknown``."""
    text = _scanned(photo) if photo else ""
    if not text:
        raise ReceiptUnreadable
    printed = printed_on(text, merchant)
    try:
        total = Money.parse(f"{printed.total:f}", merchant.currency)
    except AmountError as error:
        raise ReceiptUnreadable from error
    return Read(text, printed.seller, _day(printed, merchant), total.amount_minor)


def _day(printed: Printed, merchant: Merchant) -> date:
    return business_date(printed.moments[0], merchant.zone)


def _scanned(photo: UploadedFile[Any]) -> str:
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
