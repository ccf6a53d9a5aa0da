"""That it is still the member who sits here: a fresh code before their data leaves, or they do.

A session lasts for weeks on a phone that is lent and lost. Whoever came in a moment ago is not asked.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.carriers import phone_codes_travel
from accounts.errors import Invalid, Undelivered, WalaaError
from accounts.models import Member
from accounts.signing_in import Destination, request_code, verify_code
from loyalty_site.addresses import client_address
from loyalty_site.portal import sessions
from loyalty_site.portal.forms import CodeForm
from loyalty_site.portal.visits import Visit, for_members, show, status_of

AFTERWARDS: Final = {"goodbye": "portal:goodbye"}
"""Where the answer leads; to the account, unless another page asked."""


def for_proved_members(view: Callable[..., HttpResponse], *, then: str = "") -> Callable[..., HttpResponse]:
    """Give ``view`` the ``Visit`` of a member whose code came back a moment ago; ask anybody else for one."""

    @wraps(view)
    def page(request: HttpRequest, visit: Visit, **kwargs: Any) -> HttpResponse:
        if sessions.is_proved(request, visit.merchant, now=visit.now):
            return view(request, visit, **kwargs)
        here = reverse("portal:prove", kwargs={"slug": visit.merchant.slug})
        return redirect(f"{here}?next={then}" if then else here)

    return for_members(page)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Send the member a code, and take it back."""
    form, shown, refusal = CodeForm(), "", None
    is_sent = "code" in request.POST
    try:
        if is_sent:
            form = CodeForm(request.POST)
            _check(visit, form)
            sessions.note_proof(request, visit.merchant, now=visit.now)
            return redirect(
                AFTERWARDS.get(request.GET.get("next", ""), "portal:profile"), slug=visit.merchant.slug
            )
        if request.method == "POST":
            shown = _send(request, visit)
            is_sent = True
    except WalaaError as error:
        refusal = error
    status = status_of(refusal) if refusal else 200
    context = {"form": form, "refusal": refusal, "is_sent": is_sent, "shown": shown}
    return show(request, visit, "prove", status, tab="profile", **context)


def _send(request: HttpRequest, visit: Visit) -> str:
    """Send the code; returns it where a demo may show it. Raises ``TooMany``, ``Undelivered``."""
    sent = request_code(
        merchant=visit.merchant,
        destination=_way_to(visit.signed_in),
        asker=client_address(request),
        now=visit.now,
    )
    return sent if visit.merchant.is_demo else ""


def _check(visit: Visit, form: CodeForm) -> None:
    """Take the code back. Raises ``WrongCode``, ``CodeOver``, ``Invalid``."""
    if not form.is_valid():
        raise Invalid(field="code")
    verify_code(
        merchant=visit.merchant,
        destination=_way_to(visit.signed_in),
        code=form.cleaned_data["code"],
        now=visit.now,
    )


def _way_to(member: Member) -> Destination:
    """Return where the member is reached: the phone, or else the mailbox. Raises ``Undelivered``."""
    if member.phone and phone_codes_travel():
        return Destination("phone", member.phone)
    if member.email:
        return Destination("email", member.email.lower())
    raise Undelivered
