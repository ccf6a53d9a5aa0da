"""A new key is shown once, on the page that follows."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _


def show_once(request: HttpRequest, key: str) -> None:
    """Show the text of a new key; it is kept nowhere."""
    said = _("Copy this key now; it cannot be shown again:")
    messages.warning(request, format_html('{} <bdi dir="ltr"><code>{}</code></bdi>', said, key))
