"""What a customer does at the counter beside buying: being there, bringing their own cup."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.errors import Invalid
from accounts.models import Branch, Member
from accounts.own_card import refuse_own_card
from ledger.queries import Account
from ledger.visiting import act_green
from ledger.visiting import check_in as post_check_in
from loyalty_site.till.counter import Counter, at_the_counter
from loyalty_site.till.forms import OnceForm
from loyalty_site.till.people import found_member
from programs.sentences import points_text
from programs.triggers import CHECK_IN, GREEN


def offered(counter: Counter, standing: Account) -> dict[str, bool]:
    """Which of the two the programme has anything for, at a counter that stands in a branch."""
    known = standing.terms.events if standing.terms and counter.branch else frozenset()
    return {"may_check_in": CHECK_IN in known, "may_act_green": GREEN in known}


@require_POST
@at_the_counter
def check_in(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """Note that the member is here; once a day."""
    member, branch = _here(counter, number)
    receipt, is_news = post_check_in(member, branch, actor=counter.actor.label, now=counter.now)
    if is_news:
        messages.success(request, _("Checked in: %(points)s.") % {"points": points_text(receipt.points)})
    else:
        messages.info(request, _("Checked in today already."))
    return redirect("till:member", member.number)


@require_POST
@at_the_counter
def green(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """Note a green action; one press counts once."""
    member, branch = _here(counter, number)
    form = OnceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This page is out of date. Please open it again."))
        return redirect("till:member", member.number)
    receipt = act_green(
        member, branch, nonce=form.cleaned_data["spare"], actor=counter.actor.label, now=counter.now
    )
    messages.success(request, _("Thank you! %(points)s.") % {"points": points_text(receipt.points)})
    return redirect("till:member", member.number)


def _here(counter: Counter, number: str) -> tuple[Member, Branch]:
    """The member and the branch; nobody credits their own card. Raises ``Invalid`` without a branch."""
    member = found_member(counter, number)
    refuse_own_card(counter.actor, member)
    if counter.branch is None:
        raise Invalid(field="branch")
    return member, counter.branch
