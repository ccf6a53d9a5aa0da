"""What a browser asks for beside the pages: the merchant's colours, logo, icons and web manifest.

None of it names a member; all of it may be cached for a day under an address that changes with the look.
"""

import hashlib
import io
import math
import mimetypes
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw

from accounts.access import merchant_from
from accounts.errors import NotFound
from accounts.languages import in_language
from accounts.models import Merchant
from loyalty_site.colours import palette

ICON_SIZES = (180, 192, 512)


def version_of(merchant: Merchant) -> str:
    """Return what changes when the merchant's look does; it goes into the addresses of theme and icons."""
    look = f"{merchant.colour}|{merchant.logo.name}|{merchant.name_ar}|{merchant.name_en}"
    return hashlib.sha256(look.encode()).hexdigest()[:10]


def for_merchant(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give ``view`` the merchant; nothing here opens a session."""

    @require_safe
    @cache_control(public=True, max_age=86_400)
    @wraps(view)
    def answer(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, merchant_from(request.get_host(), request.path), **kwargs)
        except NotFound as absent:
            raise Http404 from absent

    return answer


@for_merchant
def stylesheet(request: HttpRequest, merchant: Merchant) -> HttpResponseBase:
    """The merchant's colours as CSS variables: style attributes are blocked by the policy."""
    colours = palette(merchant.colour)
    rules = "".join(f"--{name}:{getattr(colours, name)};" for name in colours.__slots__)
    return HttpResponse(f":root{{{rules}}}\n", content_type="text/css; charset=utf-8")


@for_merchant
def logo(request: HttpRequest, merchant: Merchant) -> HttpResponseBase:
    """The merchant's logo."""
    if not merchant.logo:
        raise NotFound
    kind, _encoding = mimetypes.guess_type(merchant.logo.name or "")
    try:
        return FileResponse(merchant.logo.open("rb"), content_type=kind or "application/octet-stream")
    except FileNotFoundError as missing:
        raise NotFound from missing


@for_merchant
def manifest(request: HttpRequest, merchant: Merchant) -> HttpResponseBase:
    """The web app manifest, in the merchant's first language: it is not one visitor's."""
    language = merchant.languages[0]
    version = version_of(merchant)
    at = {"slug": merchant.slug}
    icons = [
        {
            "src": reverse("portal:icon", kwargs=at | {"size": size}) + f"?v={version}",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in ICON_SIZES
    ]
    with translation.override(language):
        name = in_language(merchant, "name", language)
    home = reverse("portal:home", kwargs=at)
    return JsonResponse(
        {
            "name": name,
            "short_name": name[:30],
            "lang": language,
            "dir": "rtl" if language == "ar" else "ltr",
            "id": home,
            "start_url": home,
            "scope": home,
            "display": "standalone",
            "background_color": "#f7f7f4",
            "theme_color": palette(merchant.colour).brand,
            "icons": icons,
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@for_merchant
def icon(request: HttpRequest, merchant: Merchant, size: int) -> HttpResponseBase:
    """The icon on the phone's home screen: an eight-pointed star in the merchant's colours."""
    if size not in ICON_SIZES:
        raise NotFound
    colours = palette(merchant.colour)
    picture = Image.new("RGB", (size * 2, size * 2), colours.brand)
    ImageDraw.Draw(picture).polygon(star(size), fill=colours.ink)
    out = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return HttpResponse(out.getvalue(), content_type="image/png")


def star(middle: float) -> list[tuple[float, float]]:
    """Return the corners of an eight-pointed star around (``middle``, ``middle``), within the safe zone."""
    tips, dents = middle * 0.62, middle * 0.474
    return [
        (
            middle + (dents if corner % 2 else tips) * math.cos(corner * math.pi / 8),
            middle + (dents if corner % 2 else tips) * math.sin(corner * math.pi / 8),
        )
        for corner in range(16)
    ]
