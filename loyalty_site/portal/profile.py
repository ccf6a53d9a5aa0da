"""The member's account: who they are, what may be sent to them, their own data, and the way out."""

from copy import copy
from typing import Final

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import signing_in
from accounts.errors import Conflict, WalaaError
from accounts.joining import change_member, clean_email, record_consent
from accounts.queries import consents_of
from accounts.signing_in import Destination
from loyalty_site.addresses import client_address
from loyalty_site.portal import own_data
from loyalty_site.portal.completing import profile_section
from loyalty_site.portal.forms import CodeForm, ConsentForm, EmailForm, PersonForm
from loyalty_site.portal.friends import invitation_of
from loyalty_site.portal.proving import for_proved_members
from loyalty_site.portal.visits import Visit, for_members, show, status_of

NEW_EMAIL: Final = "portal.new-email"
NEW_EMAIL_LIFE: Final = 15 * 60


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the account, and save what the member says about themselves."""
    form = PersonForm(request.POST or None, instance=copy(visit.signed_in), visit=visit)
    if request.method != "POST":
        return _account(request, visit, form=form)
    if not form.is_valid():
        return _account(request, visit, 422, form=form)
    changes = {name: form.cleaned_data[name] for name in form.changed_data}
    change_member(member=visit.signed_in, now=visit.now, changes=changes)
    messages.success(request, _("Saved."))
    return redirect("portal:profile", slug=visit.merchant.slug)


@require_POST
@for_members
def email(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Send a code to the new address: it becomes the member's only when the code comes back."""
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _account(request, visit, 422, email_form=form)
    address = clean_email(form.cleaned_data["email"])
    try:
        sent = signing_in.request_code(
            merchant=visit.merchant,
            destination=Destination("email", address),
            asker=client_address(request),
            now=visit.now,
            purpose=signing_in.CHANGE_EMAIL,
            member=visit.signed_in,
        )
    except WalaaError as refusal:
        form.add_error("email", str(refusal))
        return _account(request, visit, status_of(refusal), email_form=form)
    shown = sent if visit.merchant.is_demo else ""
    response = redirect("portal:profile-email-confirm", slug=visit.merchant.slug)
    response.set_signed_cookie(
        "walaa_email",
        f"{address} {shown}",
        salt=_salt(visit),
        max_age=NEW_EMAIL_LIFE,
        path=_here(visit),
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
    )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def email_confirm(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take the code of the new address back and save the address."""
    try:
        kept = request.get_signed_cookie("walaa_email", salt=_salt(visit), max_age=NEW_EMAIL_LIFE)
    except (KeyError, signing.BadSignature):
        return redirect("portal:profile", slug=visit.merchant.slug)
    address, _space, shown = (kept or "").partition(" ")
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _confirm(visit, address, form.cleaned_data["code"])
            except Conflict:
                form.add_error("code", _("This address already belongs to another card here."))
            except WalaaError as refusal:
                form.add_error("code", str(refusal))
            else:
                messages.success(request, _("Your e-mail was saved."))
                response = redirect("portal:profile", slug=visit.merchant.slug)
                response.delete_cookie("walaa_email", path=_here(visit), samesite="Lax")
                return response
    return show(
        request, visit, "email_confirm", status, form=form, address=address, shown=shown, tab="profile"
    )


@require_POST
@for_members
def consent(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Record the answers that changed; withdrawing is as easy as giving."""
    form = ConsentForm(request.POST, answers=_answers(visit))
    if form.is_valid():
        for (channel, purpose), granted in form.changed().items():
            record_consent(
                member=visit.signed_in,
                channel=channel,
                purpose=purpose,
                granted=granted,
                source="portal",
                actor=visit.actor.label,
                now=visit.now,
            )
        messages.success(request, _("Saved."))
    return redirect(_here(visit) + "#messages")


@require_safe
@for_proved_members
def export_json(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Hand out everything held about the member, for machines."""
    return _attachment(own_data.as_json(visit.actor, visit.signed_in), "application/json", "json", visit)


@require_safe
@for_proved_members
def export_csv(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Hand out everything held about the member, for a spreadsheet."""
    return _attachment(own_data.as_csv(visit.actor, visit.signed_in), "text/csv; charset=utf-8", "csv", visit)


def _attachment(content: bytes, kind: str, ending: str, visit: Visit) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{visit.signed_in.number}.{ending}"'
    return response


def _confirm(visit: Visit, address: str, typed: str) -> None:
    """Check the code and save the address. Raises ``WrongCode``, ``CodeOver`` or ``Conflict``."""
    member = visit.signed_in
    signing_in.verify_code(
        merchant=visit.merchant,
        destination=Destination("email", address),
        code=typed,
        now=visit.now,
        purpose=signing_in.CHANGE_EMAIL,
        member=member,
    )
    change_member(member=member, now=visit.now, changes={"email": address})


def _account(
    request: HttpRequest,
    visit: Visit,
    status: int = 200,
    form: PersonForm | None = None,
    email_form: EmailForm | None = None,
) -> HttpResponse:
    member = visit.signed_in
    return show(
        request,
        visit,
        "profile",
        status,
        tab="profile",
        form=form or PersonForm(instance=member, visit=visit),
        email_form=email_form or EmailForm(initial={"email": member.email}),
        consent_form=ConsentForm(answers=_answers(visit)),
        invitation=invitation_of(request, visit),
        friends=member.referred.count(),
        profile=profile_section(visit),
    )


def _answers(visit: Visit) -> dict[tuple[str, str], bool]:
    found = consents_of([visit.signed_in.pk])
    return {(channel, purpose): granted for (_member, channel, purpose), granted in found.items()}


def _salt(visit: Visit) -> str:
    return f"{NEW_EMAIL}:{visit.signed_in.pk}"


def _here(visit: Visit) -> str:
    return reverse("portal:profile", kwargs={"slug": visit.merchant.slug})
