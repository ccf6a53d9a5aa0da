"""Coming in and going out: ask for a code, give it back, join, sign out, choose a language.

Between the steps the visitor's own browser keeps where the code went, in a signed cookie that only these
pages read: nothing personal is stored on the server for somebody who may never come back.
"""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_http_methods, require_POST

from accounts import signing_in
from accounts.access import member_actor
from accounts.carriers import phone_codes_travel
from accounts.detaching import detach
from accounts.errors import Conflict, WalaaError
from accounts.joining import change_member, join, record_consent
from accounts.models import Member
from accounts.models.consent import Channel, Purpose
from accounts.signing_in import Destination
from ledger.families import last_purchase_of
from loyalty_site.addresses import client_address
from loyalty_site.portal import sessions
from loyalty_site.portal.forms import CodeForm, JoinForm, SignInForm
from loyalty_site.portal.visits import Visit, open_to_all, show, status_of
from programs.editions import agree_on_joining, edition_at

COOKIE: Final = "walaa_door"
COOKIE_LIFE: Final = 15 * 60


@dataclass(frozen=True, slots=True)
class Step:
    """How far a visitor came: where the code went, and whether it came back. ``shown`` is a demo's code."""

    kind: Literal["phone", "email"]
    value: str
    proved: bool = False
    shown: str = ""
    referral: str = ""

    @property
    def destination(self) -> Destination:
        """Where the code went."""
        return Destination(self.kind, self.value)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def sign_in(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for a phone or an e-mail address and send it a code."""
    if visit.member is not None:
        return redirect("portal:home", slug=visit.merchant.slug)
    form = SignInForm(
        request.POST or None, merchant=visit.merchant, initial={"referral": request.GET.get("ref", "")[:10]}
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _send(request, visit, **form.cleaned_data)
            except WalaaError as refusal:
                form.add_error("destination", str(refusal))
                status = status_of(refusal)
    return show(request, visit, "sign_in", status, form=form, by_phone=phone_codes_travel())


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def code(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take the code back: a member is signed in, anybody else may join."""
    step = _step(request, visit)
    if step is None or visit.member is not None:
        return redirect("portal:sign-in", slug=visit.merchant.slug)
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _came_back(request, visit, step, form.cleaned_data["code"])
            except WalaaError as refusal:
                form.add_error("code", str(refusal))
    return show(request, visit, "code", status, form=form, step=step)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def is_this_you(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask whose number it is, when it was silent for so long that it may have a new owner (RULES 41).

    The old record is shown masked and opened only on a yes; on a no it is detached and kept, and the visitor
    joins as a new member.
    """
    step = _step(request, visit)
    if step is None or not step.proved or visit.member is not None:
        return redirect("portal:sign-in", slug=visit.merchant.slug)
    member = signing_in.member_at(merchant=visit.merchant, destination=step.destination)
    if member is None:
        return redirect("portal:join", slug=visit.merchant.slug)
    answer = request.POST.get("answer")
    if answer == "yes":
        return _enter(request, visit, member)
    if answer == "no" and step.kind == "phone":
        detach(member=member, phone=step.value, source="portal", actor="visitor", now=visit.now)
        return redirect("portal:join", slug=visit.merchant.slug)
    return show(request, visit, "is_this_you", 422 if answer else 200, step=step, known=_masked(member))


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def join_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Let somebody whose destination is proved, and who is not a member yet, become one."""
    step = _step(request, visit)
    if step is None or not step.proved or visit.member is not None:
        return _to_the_door(request, visit)
    standing = edition_at(visit.merchant, visit.now)
    spoken = {
        "language": request.LANGUAGE_CODE,
        "referral": step.referral,
        "terms": standing.number if standing else None,
    }
    form = JoinForm(request.POST or None, visit=visit, initial=spoken)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _joined(request, visit, step, form)
            except WalaaError as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    return show(request, visit, "join", status, form=form, step=step, edition=standing)


@require_POST
@open_to_all
def sign_out(request: HttpRequest, visit: Visit) -> HttpResponse:
    """End the member's session."""
    sessions.sign_out(request, visit.merchant)
    return _forget(redirect("portal:sign-in", slug=visit.merchant.slug), visit)


@require_POST
@open_to_all
def language(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Remember the chosen language: in a cookie, and on the member who is signed in."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = _home(visit)
    response = HttpResponseRedirect(back)  # an address, never the name of one
    chosen = request.POST.get("language", "")
    if chosen in visit.merchant.languages and check_for_language(chosen):
        if visit.member is not None and visit.member.language != chosen:
            change_member(member=visit.member, now=visit.now, changes={"language": chosen})
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 86_400,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


def _to_the_door(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Lead to the first step; a friend's code in the address comes along."""
    door = reverse("portal:sign-in", kwargs={"slug": visit.merchant.slug})
    code = request.GET.get("ref", "")[:10]
    return HttpResponseRedirect(f"{door}?{urlencode({'ref': code})}" if code else door)


def _send(request: HttpRequest, visit: Visit, destination: Destination, referral: str = "") -> HttpResponse:
    """Send the code and lead to the page that takes it back."""
    sent = signing_in.request_code(
        merchant=visit.merchant, destination=destination, asker=client_address(request), now=visit.now
    )
    shown = sent if visit.merchant.is_demo else ""
    step = Step(destination.kind, destination.value, shown=shown, referral=referral)
    return _keep(redirect("portal:code", slug=visit.merchant.slug), visit, step)


def _came_back(request: HttpRequest, visit: Visit, step: Step, typed: str) -> HttpResponse:
    """Check the code; sign the member in or lead to joining. Raises ``WrongCode`` or ``CodeOver``."""
    signing_in.verify_code(merchant=visit.merchant, destination=step.destination, code=typed, now=visit.now)
    member = signing_in.member_at(merchant=visit.merchant, destination=step.destination)
    if member is not None and not _in_doubt(visit, step, member):
        return _enter(request, visit, member)
    next_door = "portal:join" if member is None else "portal:is-this-you"
    proved = replace(step, proved=True, shown="")
    return _keep(redirect(next_door, slug=visit.merchant.slug), visit, proved)


def _joined(request: HttpRequest, visit: Visit, step: Step, form: JoinForm) -> HttpResponse:
    """Make the member, record what they agreed to, sign them in. Raises ``Invalid``."""
    said: dict[str, Any] = {step.kind: step.value} | form.answers()
    try:
        member, is_new = join(
            merchant=visit.merchant, now=visit.now, source="portal", actor="visitor", **said
        )
    except Conflict:  # joined through another tab or till a moment ago: the proof of the address is theirs
        found = signing_in.member_at(merchant=visit.merchant, destination=step.destination)
        if found is None:
            raise
        member, is_new = found, False
    if not is_new and _in_doubt(visit, step, member):
        return redirect("portal:is-this-you", slug=visit.merchant.slug)
    if is_new:
        agree_on_joining(
            member=member,
            source="portal",
            actor=member_actor(member).label,
            now=visit.now,
            number=form.cleaned_data["terms"],
        )
    if is_new and form.cleaned_data["offers"]:
        for channel in (Channel.INBOX, Channel.EMAIL):
            record_consent(
                member=member,
                channel=channel,
                purpose=Purpose.MARKETING,
                granted=True,
                source="portal",
                actor=member_actor(member).label,
                now=visit.now,
            )
    return _enter(request, visit, member)


def _enter(request: HttpRequest, visit: Visit, member: Member) -> HttpResponse:
    """Open the member's session; a language chosen on the way in becomes theirs."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in visit.merchant.languages and chosen != member.language:
        change_member(member=member, now=visit.now, changes={"language": chosen})
    signing_in.note_visit(member=member, now=visit.now)
    sessions.sign_in(request, member, now=visit.now)
    return _forget(redirect("portal:home", slug=visit.merchant.slug), visit)


def _in_doubt(visit: Visit, step: Step, member: Member) -> bool:
    """Say whether the member was silent for so long that the number may be somebody else's by now."""
    heard = (member.joined_at, member.seen_at, last_purchase_of(member.pk))
    heard_at = max(moment for moment in heard if moment is not None)
    return signing_in.may_have_a_new_owner(step.destination, heard_at=heard_at, now=visit.now)


def _masked(member: Member) -> str:
    """Return a name that its owner knows and a stranger cannot read: "N••• A•••"."""
    parts = [part.removeprefix("ال") or part for part in member.name.split()[:3]]
    return " ".join(f"{part[0]}•••" for part in parts)


def _keep(response: HttpResponse, visit: Visit, step: Step) -> HttpResponse:
    """Let the browser keep the step, signed, for this merchant's pages only."""
    response.set_signed_cookie(
        COOKIE,
        json.dumps(asdict(step)),
        salt=_salt(visit),
        max_age=COOKIE_LIFE,
        path=_home(visit),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def _step(request: HttpRequest, visit: Visit) -> Step | None:
    """Read the step back; one that is too old or not ours is none."""
    try:
        kept = request.get_signed_cookie(COOKIE, salt=_salt(visit), max_age=COOKIE_LIFE)
    except (KeyError, signing.BadSignature):
        return None
    return Step(**json.loads(kept or "{}"))


def _forget(response: HttpResponse, visit: Visit) -> HttpResponse:
    """Drop the step: it was used, or the visitor left."""
    response.delete_cookie(COOKIE, path=_home(visit), samesite="Lax")
    return response


def _salt(visit: Visit) -> str:
    """Return what makes one merchant's step worthless at another's."""
    return f"portal.doors:{visit.merchant.pk}"


def _home(visit: Visit) -> str:
    """Return the path under which this merchant's pages live."""
    return reverse("portal:home", kwargs={"slug": visit.merchant.slug})
