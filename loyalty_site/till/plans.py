"""Selling a paid membership at the till: the fee is taken like any money, and recorded here once."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.errors import WalaaError
from accounts.languages import in_language
from accounts.models import Member
from accounts.own_card import refuse_own_card
from ledger.events_of_fees import MembershipPaid
from ledger.membership_queries import current, membership_by_id
from ledger.models import Membership
from ledger.models.memberships import PaymentMethod
from ledger.posting import post
from loyalty_site.till.counter import Counter, at_the_counter, show
from loyalty_site.till.forms import OnceForm, nonce
from loyalty_site.till.people import found_member, person_of, standing_of
from programs.plan_wording import fee_text
from programs.queries import terms_of, version_at
from programs.terms import PlanTerms

BY_HAND = [choice for choice in PaymentMethod.choices if choice[0] in {"cash", "card", "transfer"}]
SOURCE = "till"


class FeeForm(OnceForm):
    """Which plan, and how it was paid."""

    plan = forms.ChoiceField(label=gettext_lazy("Membership"))
    method = forms.ChoiceField(label=gettext_lazy("Paid by"), choices=BY_HAND)

    def __init__(self, data: Any, plans: list[PlanTerms], currency: str, **options: Any) -> None:
        super().__init__(data, **options)
        language = get_language() or "ar"
        self.plans = {plan.code: plan for plan in plans}
        self.fields["plan"].choices = [  # type: ignore[attr-defined]
            (
                plan.code,
                f"{in_language(plan, 'name', language)}: "
                + fee_text(plan.price_minor, plan.period, currency, language),
            )
            for plan in plans
        ]


@at_the_counter
def membership(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """Show what is held and what is sold, and record one fee."""
    found = found_member(counter, number)
    held, plans = current(found, counter.now), _offered(counter, found)
    initial = {"spare": nonce(), "method": PaymentMethod.CASH}
    form = FeeForm(request.POST or None, plans, counter.merchant.currency, initial=initial)
    if request.method == "POST" and form.is_valid() and _paid(request, counter, found, form, held):
        return redirect("till:member", found.number)
    person = person_of(found, standing_of(counter, found))
    shown = {"member": found, "person": person, "form": form, "held": held, "plans": plans}
    return show(request, counter, "till/membership.html", shown, status=422 if form.errors else 200)


def _offered(counter: Counter, found: Member) -> list[PlanTerms]:
    version = version_at(counter.merchant, counter.now)
    return list(terms_of(version).plans) if version else []


def _paid(
    request: HttpRequest, counter: Counter, found: Member, form: FeeForm, held: Membership | None
) -> bool:
    said = form.cleaned_data
    plan = form.plans[said["plan"]]
    event = MembershipPaid(
        merchant_id=counter.merchant.pk,
        member_id=found.pk,
        occurred_at=counter.now,
        stamped=True,
        source=SOURCE,
        key=said["spare"],
        actor=counter.actor.label,
        plan=plan.code,
        amount_minor=held.price_minor if held and held.plan == plan.code else plan.price_minor,
        currency=counter.merchant.currency,
        method=said["method"],
    )
    try:
        refuse_own_card(counter.actor, found)
        receipt = post(event, now=counter.now)
    except WalaaError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    row = membership_by_id(receipt.membership_id)
    day = date_format(row.paid_through) if row else ""
    messages.success(request, _("Recorded. The membership is paid until %(day)s.") % {"day": day})
    return True
