"""A partner's voucher at our till: what it is for, what we are owed; nothing of whose customer brings it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.errors import Forbidden, NotFound, WalaaError
from ledger.clearing.agreeing import honoured_at
from ledger.clearing.at_partner import Voucher, honour, look
from ledger.queries import code_as_issued
from loyalty_site.till.counter import SOURCE, Counter, at_the_counter, show
from loyalty_site.till.forms import OnceForm, nonce
from programs.models import Partner


def partner_voucher(counter: Counter, code: str) -> Voucher:
    """A voucher of another shop that we honour. Raises ``NotFound``, ``TooMany``."""
    return look(_partners(counter), code, who=counter.actor.label, now=counter.now)


def show_voucher(request: HttpRequest, counter: Counter, voucher: Voucher) -> HttpResponse:
    """What stands behind it, and the press that uses it."""
    shown = {"voucher": voucher, "form": OnceForm(initial={"spare": nonce()})}
    return show(request, counter, "till/voucher.html", shown)


@require_POST
@at_the_counter
def use(request: HttpRequest, counter: Counter, code: str) -> HttpResponse:
    """Honour it, once; a second press of the same button says the same."""
    if not counter.actor.may("change", "till"):
        raise Forbidden
    form = OnceForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.non_field_errors()[0]))
        return redirect("till:code", code_as_issued(code))
    key, who, now = form.cleaned_data["spare"], counter.actor.label, counter.now
    try:
        honour(_partners(counter), code, who=who, key=key, source=SOURCE, now=now)
        messages.success(request, _("Done: the voucher is used, and its shop owes you."))
    except NotFound:
        raise
    except WalaaError as error:
        messages.error(request, str(error))
    return redirect("till:code", code_as_issued(code))


def _partners(counter: Counter) -> list[Partner]:
    return list(honoured_at(counter.merchant))
