"""The admin site: who enters, where the others are sent, and the pages that compose floors."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from accounts.errors import NotFound
from accounts.reach import current_merchant, reach_of
from loyalty_site.backoffice.dashboard import dashboard
from loyalty_site.backoffice.pages import PAGES
from loyalty_site.backoffice.seals import alarm_of
from loyalty_site.backoffice.webhooks import switched_off


class BackOfficeSite(UnfoldAdminSite):
    """The merchant's back office under /admin/."""

    site_title = site_header = _("Walaa")
    index_title = _("Dashboard")

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in active people with something to see here; being ``is_staff`` alone opens nothing."""
        return request.user.is_authenticated and request.user.is_active and reach_of(request).enters()

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send strangers to the one sign-in page, and cashiers to the till.

        The admin's own login form knows neither second factors nor the lockout.
        """
        if not request.user.is_authenticated:
            asked = request.GET.get("next") or request.get_full_path()
            return redirect_to_login(asked, resolve_url(settings.LOGIN_URL))
        if self.has_permission(request):
            return HttpResponseRedirect(resolve_url("admin:index"))
        if reach_of(request).may("view", "till"):
            return HttpResponseRedirect("/till/")
        raise PermissionDenied

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Let a page tell its times in the merchant's zone; it is rendered before the zone is put back."""
        inner = super().admin_view(view, cacheable)

        def in_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if any("\0" in value for value in request.GET.values()):
                raise Http404  # no text of a database holds that character
            with timezone.override(zone_of(request)):
                response = inner(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                    response.render()
            return response

        return update_wrapper(in_zone, inner)

    def extra_urls(self) -> list[URLPattern]:
        """Add our own pages to the admin's addresses."""
        return [path(route, self.admin_view(view), name=name) for route, view, name in PAGES]

    def get_urls(self) -> list[Any]:
        """Leave out the redirect by content type: it tells absent rows from a rival's."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add to every page whether the books' last proof failed, and which webhooks were switched off."""
        return {
            **super().each_context(request),
            "books_alarm": SimpleLazyObject(lambda: alarm_of(request)),
            "webhooks_off": SimpleLazyObject(lambda: switched_off(request)),
        }

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the dashboard."""
        return dashboard(request)


def zone_of(request: HttpRequest) -> ZoneInfo | None:
    """Return the zone of the merchant whose pages are shown; None keeps the installation's."""
    if not request.user.is_authenticated:
        return None
    try:
        return current_merchant(request).timezone
    except NotFound:
        return None
