"""That the customer is at the counter: their page was scanned, or they read out a one-time code (RULES 19).

Found by phone or number alone, a member can be sold to and not spent for.
"""

from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.cells import isolated
from accounts.errors import Invalid, NotShown, Undelivered, WalaaError
from accounts.models import Member
from accounts.phones import masked
from accounts.presence import check_code, send_code
from ledger.events import RedemptionIssued
from ledger.models.redemptions import RedemptionKind
from ledger.posting import post
from ledger.queries import find_redemption
from loyalty_site.addresses import client_address
from loyalty_site.till.counter import SOURCE, Counter, at_the_counter
from loyalty_site.till.forms import ReadOutForm, SpendForm
from loyalty_site.till.people import found_member, standing_of
from loyalty_site.till.wares import wares

THERE: Final = "till_there"
ASKED: Final = "till_asked"
STAYS: Final = timedelta(minutes=10)
"""How long one proof counts: a customer at the counter, not a day."""


def remember(request: HttpRequest, counter: Counter, member: Member) -> None:
    """Note that the member is there now."""
    request.session[THERE] = {"member": member.pk, "at": counter.now.isoformat()}


def is_there(request: HttpRequest, counter: Counter, member: Member) -> bool:
    """Whether this member was proved to be at this counter a moment ago."""
    noted = request.session.get(THERE) or {}
    if noted.get("member") != member.pk:
        return False
    return counter.now - datetime.fromisoformat(noted["at"]) < STAYS


def was_asked(request: HttpRequest, member: Member) -> bool:
    """Whether a one-time code is on its way to this member."""
    return bool(request.session.get(ASKED) == member.pk)


@require_POST
@at_the_counter
def ask(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """Send the member a code that they read out."""
    member = found_member(counter, number)
    try:
        went = send_code(member, asker=client_address(request), now=counter.now)
    except Undelivered:
        messages.error(request, _("No code can be sent to this customer. They can open their own page."))
    except WalaaError as error:
        messages.error(request, str(error))
    else:
        request.session[ASKED] = member.pk
        shown = isolated(masked(went.value)) if went.kind == "phone" else _("their e-mail")
        messages.success(request, _("A code is on its way to %(where)s.") % {"where": shown})
    return redirect("till:member", member.number)


@require_POST
@at_the_counter
def prove(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """Take the code that the member read out."""
    member, form = found_member(counter, number), ReadOutForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(field="code")
        check_code(member, form.cleaned_data["read_out"], now=counter.now)
    except WalaaError as error:
        messages.error(request, str(error))
    else:
        request.session.pop(ASKED, None)
        remember(request, counter, member)
    return redirect("till:member", member.number)


@require_POST
@at_the_counter
def spend(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """Set points aside for the member who is there, and bring the code to the sale."""
    member, form = found_member(counter, number), SpendForm(request.POST)
    try:
        if not is_there(request, counter, member):
            raise NotShown
        form.choose_from(wares(member, standing_of(counter, member), counter.now))
        if not form.is_valid():
            raise Invalid(field="what")
        kind, _colon, value = form.cleaned_data["what"].partition(":")
        receipt = post(
            RedemptionIssued(
                merchant_id=counter.merchant.pk,
                member_id=member.pk,
                occurred_at=counter.now,
                source=SOURCE,
                key=form.cleaned_data["spare"],
                actor=counter.actor.label,
                points=int(value) if kind == "points" else None,
                reward_code=value if kind == "reward" else "",
                branch_id=counter.post.branch_id,
            ),
            now=counter.now,
        )
    except WalaaError as error:
        messages.error(request, str(error))
        return redirect("till:member", member.number)
    issued = find_redemption(counter.merchant, receipt.code)
    if issued.kind == RedemptionKind.REWARD:
        return redirect("till:code", issued.code)
    answer = redirect("till:member", member.number)
    answer["Location"] += f"?code={issued.code}"
    return answer
