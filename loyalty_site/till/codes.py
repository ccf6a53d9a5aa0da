"""A customer's code: what it is worth, and the press that uses it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_read, for_write
from accounts.errors import NotFound
from accounts.guessing import CODES
from ledger.clearing.errors import ForPartner, ForSignUp
from ledger.errors import CodeSpent
from ledger.events import RedemptionClosed
from ledger.models import Redemption
from ledger.models.redemptions import RedemptionState
from ledger.posting import post
from ledger.queries import code_as_issued
from loyalty_site.till.counter import SOURCE, Counter, at_the_counter, show
from loyalty_site.till.forms import OnceForm, nonce
from loyalty_site.till.people import person_of, standing_of
from loyalty_site.till.vouchers import partner_voucher, show_voucher


@require_safe
@at_the_counter
def code(request: HttpRequest, counter: Counter, code: str) -> HttpResponse:
    """What stands behind a code, and whether it can still be used."""
    rows = Redemption.objects.select_related("member__merchant")
    with counter.guessing(CODES, NotFound):
        try:
            found = for_read(counter.actor, rows, room="till", code=code_as_issued(code))
        except NotFound:
            return show_voucher(request, counter, partner_voucher(counter, code))
    is_over = found.state == RedemptionState.RESERVED and found.expires_at <= counter.now
    state = RedemptionState.EXPIRED if is_over else RedemptionState(found.state)
    context = {
        "code": found,
        "person": person_of(found.member, standing_of(counter, found.member)),
        "state": state.label,
        "is_open": state == RedemptionState.RESERVED,
        "form": OnceForm(initial={"spare": nonce()}),
    }
    return show(request, counter, "till/code.html", context)


@require_POST
@at_the_counter
def use(request: HttpRequest, counter: Counter, code: str) -> HttpResponse:
    """Use a code, once; a second press of the same button changes nothing and says the same."""
    rows = Redemption.objects.all()
    with counter.guessing(CODES, NotFound):
        found = for_write(counter.actor, rows, room="till", code=code_as_issued(code))
    form = OnceForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.non_field_errors()[0]))
        return redirect("till:code", found.code)
    event = RedemptionClosed(
        merchant_id=counter.merchant.pk,
        member_id=found.member_id,
        occurred_at=counter.now,
        source=SOURCE,
        key=form.cleaned_data["spare"],
        actor=counter.actor.label,
        code=found.code,
        outcome=RedemptionState.USED,
        branch_id=counter.post.branch_id,
    )
    try:
        post(event, now=counter.now)
        messages.success(request, _("Done: the code is used."))
    except (CodeSpent, ForPartner, ForSignUp) as error:
        messages.error(request, str(error))
    return redirect("till:code", found.code)
