"""Two columns, one property: a text in the reader's language."""

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LANGUAGES = [("ar", _("Arabic")), ("en", _("English"))]


def in_language(row: object, field: str, language: str | None = None) -> str:
    """Return ``row.<field>_<language>``, falling back to the other language when it is empty."""
    wanted = (language or get_language() or "ar")[:2]
    first, second = ("en", "ar") if wanted == "en" else ("ar", "en")
    text = getattr(row, f"{field}_{first}") or getattr(row, f"{field}_{second}")
    return str(text)
