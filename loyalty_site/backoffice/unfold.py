"""How the admin theme is dressed: names, colours, languages, and where the navigation comes from."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

# Teal, as Tailwind measures it; 700 on white passes 4.5:1.
TEAL = {
    "50": "oklch(98.4% .014 180.72)",
    "100": "oklch(95.3% .051 180.801)",
    "200": "oklch(91% .096 180.426)",
    "300": "oklch(85.5% .138 181.071)",
    "400": "oklch(77.7% .152 181.912)",
    "500": "oklch(60% .118 184.704)",
    "600": "oklch(51.1% .096 186.391)",
    "700": "oklch(43.7% .078 188.216)",
    "800": "oklch(38.6% .063 188.416)",
    "900": "oklch(33% .053 188.4)",
    "950": "oklch(27.7% .046 192.524)",
}


SHEETS = ("fonts/fonts.css", "backoffice/backoffice.css", "backoffice/touch.css")


def _static(path: str) -> Any:
    return lambda _request: static(path)


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Walaa"),
    "SITE_HEADER": "loyalty_site.backoffice.navigation.merchant_name",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_SYMBOL": "loyalty",
    "SITE_URL": None,
    "SITE_DROPDOWN": "loyalty_site.backoffice.navigation.merchant_choices",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "loyalty_site.backoffice.navigation.environment",
    "BORDER_RADIUS": "8px",
    "COLORS": {"primary": TEAL},
    "STYLES": [_static(sheet) for sheet in SHEETS],
    "SCRIPTS": [_static("backoffice/mirror.js")],
    "SIDEBAR": {
        "show_search": False,
        "command_search": False,
        "show_all_applications": False,
        "navigation": "loyalty_site.backoffice.navigation.sidebar",
    },
    "ACCOUNT": {
        "navigation": [
            {"title": _("Two-step sign-in"), "link": reverse_lazy("mfa_index")},
        ]
    },
}
