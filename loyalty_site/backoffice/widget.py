"""The lines that a shop pastes into its product page, so that it says what a product earns."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.money import Money
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page
from loyalty_site.widget.saying import earned

FILE: Final = "widget/points.js"
SAMPLE: Final = "120"


def snippet(request: HttpRequest) -> HttpResponse:
    """Show what to paste, and what a sample price says now."""
    merchant = actor_in(request, "programme").merchant
    origin = request.build_absolute_uri("/").rstrip("/")
    source = request.build_absolute_uri(f"{settings.STATIC_URL}{FILE}")  # pasted once: no release renames it
    script = f'<script src="{source}" data-shop="{merchant.slug}" async></script>'
    price = f"{Money.parse(SAMPLE, merchant.currency).decimal:f}"
    place = f'<span data-walaa-price="{price}"></span>'
    said = earned(merchant, price, category="", now=timezone.now())
    return page(
        request, "backoffice/widget.html", _("Points on product pages"),
        script=script, place=place, origin=origin, said=said, price=Money.parse(SAMPLE, merchant.currency),
    )  # fmt: skip
