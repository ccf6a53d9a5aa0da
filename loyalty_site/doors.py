"""Two doors: people come with a browser, machines with a key or a signed message.

What serves browsers alone (sessions, staff's accounts, messages) is passed by at the machines' door.
What protects everybody (hosts, HTTPS, policies, languages, the log) stands before both.
"""

from typing import Any, Final

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.common import CommonMiddleware
from django_htmx.middleware import HtmxMiddleware

MACHINES: Final = ("/api/v1/", "/webhooks/")
"""Where nobody is known by a cookie."""


class _PassedByMachines:
    """A middleware for people."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Go through it, or past it."""
        if request.path_info.startswith(MACHINES):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc] # the middleware's own


class Sessions(_PassedByMachines, SessionMiddleware):
    """Who a browser is."""


class Accounts(_PassedByMachines, AuthenticationMiddleware):
    """Which member of staff."""


class Messages(_PassedByMachines, MessageMiddleware):
    """What the next page says."""


class Htmx(_PassedByMachines, HtmxMiddleware):
    """Whether a page asks for a part of itself."""


class Addresses(CommonMiddleware):
    """Hosts, lengths, and the slash that an address may lack: the API knows every address either way."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        """Look for the other spelling of a page's address only."""
        return not request.path_info.startswith("/api/v1/") and super().should_redirect_with_slash(request)
