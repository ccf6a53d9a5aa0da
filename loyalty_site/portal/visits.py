"""Who visits which merchant, in which language: what every page of the portal starts from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache

from accounts.access import Actor, member_actor, merchant_from
from accounts.errors import Conflict, NotFound, WalaaError
from accounts.models import Member, Merchant
from campaigns.queries import unread_count
from loyalty_site.portal import sessions

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to the portal: the merchant, who is signed in (or nobody), and the moment."""

    merchant: Merchant
    member: Member | None
    now: datetime

    @property
    def today(self) -> date:
        """The merchant's calendar day."""
        return self.now.astimezone(self.merchant.timezone).date()

    @property
    def signed_in(self) -> Member:
        """The member of a page that is for members only."""
        if self.member is None:
            raise NotFound
        return self.member

    @property
    def actor(self) -> Actor:
        """The member as the gates know them."""
        return member_actor(self.signed_in)


def open_to_all(view: View) -> View:
    """Give ``view`` its ``Visit``; "absent" and "somebody else's" become the same 404."""

    @never_cache
    @wraps(view)
    def page(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            visit = _visit(request, slug)
            _speak(request, visit)
            with timezone.override(visit.merchant.timezone):
                return view(request, visit, **kwargs)
        except NotFound as absent:
            raise Http404 from absent

    return page


def for_members(view: View) -> View:
    """Give ``view`` the ``Visit`` of a signed-in member; anybody else is led to the door."""

    @wraps(view)
    def page(request: HttpRequest, visit: Visit, **kwargs: Any) -> HttpResponse:
        if visit.member is None:
            return redirect("portal:sign-in", slug=visit.merchant.slug)
        return view(request, visit, **kwargs)

    return open_to_all(page)


def show(request: HttpRequest, visit: Visit, page: str, status: int = 200, **context: Any) -> HttpResponse:
    """Render ``templates/portal/<page>.html`` for this visit."""
    context |= {"visit": visit, "merchant": visit.merchant, "member": visit.member}
    if visit.member is not None and "unread" not in context:
        context["unread"] = unread_count(actor=visit.actor)
    return render(request, f"portal/{page}.html", context, status=status)


def status_of(error: WalaaError) -> int:
    """Return the HTTP status of a refusal shown on a page."""
    if isinstance(error, Conflict):
        return 409
    return {"too_many": 429, "undelivered": 503}.get(error.code, 422)


def _visit(request: HttpRequest, slug: str) -> Visit:
    merchant = merchant_from(request.get_host(), request.path)
    if merchant.slug != slug:
        raise NotFound
    return Visit(merchant, sessions.current_member(request, merchant), timezone.now())


def _speak(request: HttpRequest, visit: Visit) -> None:
    """Choose the language: the member's, else the cookie's, else the browser's; one the merchant offers."""
    wanted = visit.member.language if visit.member else (translation.get_language() or "")[:2]
    offered = visit.merchant.languages
    translation.activate(wanted if wanted in offered else offered[0])
    request.LANGUAGE_CODE = translation.get_language()
