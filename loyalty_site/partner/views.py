"""An outside partner's page: a link of its own, a PIN, then codes that are meant for it and nothing else."""

import secrets
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.digits import latin_digits
from accounts.errors import NotFound, WalaaError, WrongCode
from accounts.guessing import Limit, guessing
from ledger.clearing.agreeing import is_pin, partner_by_link
from ledger.clearing.at_partner import Voucher, honour, look
from programs.models import Partner

PINS: Final = Limit("partner-pins", 5, 900)
OPEN: Final = "partner"
SOURCE: Final = "partner"


class PinForm(forms.Form):
    """Six digits."""

    pin = forms.CharField(label=gettext_lazy("PIN"), max_length=12)


class CodeForm(forms.Form):
    """A customer's code; ``once`` makes a second press the first."""

    code = forms.CharField(label=gettext_lazy("The customer's code"), max_length=20)
    once = forms.RegexField(r"^[0-9a-f]{32}$", required=False)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest, link: str) -> HttpResponse:
    """Ask for the PIN; whoever said it finds the code page here."""
    partner = _partner(link)
    if request.session.get(OPEN) == _mark(partner):
        return _counter(request, partner)
    return _ask_pin(request, partner)


@require_http_methods(["POST"])
def language(request: HttpRequest, link: str) -> HttpResponse:
    """Change the language of the page."""
    partner = _partner(link)
    wanted = request.POST.get("language", "")
    answer = redirect("partner:door", link=partner.link_code)
    if wanted in ("ar", "en"):
        request.session["partner_language"] = wanted
    return answer


@require_http_methods(["POST"])
def leave(request: HttpRequest, link: str) -> HttpResponse:
    """Ask for the PIN again next time."""
    partner = _partner(link)
    request.session.pop(OPEN, None)
    return redirect("partner:door", link=partner.link_code)


def _ask_pin(request: HttpRequest, partner: Partner) -> HttpResponse:
    form = PinForm(request.POST if "pin" in request.POST else None)
    status = 200
    if form.is_valid():
        try:
            with guessing(PINS, partner.link_code, now=timezone.now(), wrong=WrongCode):
                if not is_pin(partner, latin_digits(form.cleaned_data["pin"]).strip()):
                    raise WrongCode
        except WalaaError as refusal:
            form.add_error("pin", str(refusal))
            status = 429 if refusal.code == "too_many" else 422
        else:
            request.session.cycle_key()
            request.session[OPEN] = _mark(partner)
            return redirect("partner:door", link=partner.link_code)
    return _show(request, partner, "pin", status, form=form)


def _counter(request: HttpRequest, partner: Partner) -> HttpResponse:
    """Look a code up, or use it."""
    form = CodeForm(request.POST if "code" in request.POST else None)
    voucher: Voucher | None = None
    done, status = False, 200
    if form.is_valid():
        code, once, now = form.cleaned_data["code"], form.cleaned_data["once"], timezone.now()
        try:
            if once and "use" in request.POST:
                said: dict[str, Any] = {"who": SOURCE + partner.link_code, "source": SOURCE, "now": now}
                voucher, _again = honour([partner], code, key=once, **said)
                done = True
            else:
                voucher = look([partner], code, who=SOURCE + partner.link_code, now=now)
        except NotFound:
            form.add_error("code", _("This code is not one of yours. Please look at it again."))
            status = 404
        except WalaaError as refusal:
            form.add_error("code", str(refusal))
            status = 429 if refusal.code == "too_many" else 409
    once = secrets.token_hex(16)
    return _show(request, partner, "counter", status, form=form, voucher=voucher, done=done, once=once)


def _partner(link: str) -> Partner:
    """The partner of a link; an agreement that ended still honours what was given out before."""
    partner = partner_by_link(link)
    if partner is None:
        raise Http404
    return partner


def _mark(partner: Partner) -> str:
    """What the session remembers: a new PIN asks everybody again."""
    return f"{partner.pk}:{partner.pin_hash[-16:]}"


def _show(request: HttpRequest, partner: Partner, name: str, status: int, **context: Any) -> HttpResponse:
    wanted = request.session.get("partner_language") or (translation.get_language() or "ar")[:2]
    with translation.override(wanted if wanted in ("ar", "en") else "ar"):
        context |= {"partner": partner, "merchant": partner.merchant}
        answer = render(request, f"partner/{name}.html", context, status=status)
    answer["Referrer-Policy"] = "same-origin"  # "no-referrer" would hide the origin of our own forms
    return answer
