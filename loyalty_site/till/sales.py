"""A sale: the amount, what it would earn, the press that counts once, the receipt, a refund."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_read, for_write
from accounts.errors import NotFound, TooMany, WalaaError
from accounts.guessing import CODES
from accounts.languages import in_language
from accounts.models import Member
from accounts.money import Money, plain
from accounts.own_card import refuse_own_card
from ledger.errors import KeyConflict
from ledger.event import LineItem
from ledger.events import PurchaseMade, RefundMade
from ledger.models import Purchase
from ledger.posting import answer_of, post, quote
from ledger.queries import Account, code_as_issued, receipt_of
from ledger.receipt import Receipt
from ledger.slips import slip
from loyalty_site.till.counter import SOURCE, Counter, at_the_counter, show
from loyalty_site.till.forms import ReadOutForm, RefundForm, SaleForm, SpendForm, nonce
from loyalty_site.till.gift_cards import gifts_of
from loyalty_site.till.people import found_member, person_of, standing_of
from loyalty_site.till.perks import given_perks, tier_perks
from loyalty_site.till.presence import is_there, was_asked
from loyalty_site.till.visits import offered
from loyalty_site.till.wares import wares
from programs.sentences import points_text, sentences
from programs.terms import TierTerms
from programs.tier_wording import count_text


@require_safe
@at_the_counter
def member(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """The member, and an empty sale; a code or a gift card that was scanned first comes along."""
    brought = {name: code_as_issued(request.GET.get(name, "")[:20]) for name in ("code", "gift")}
    form = SaleForm(counter.merchant, initial={"spare": nonce(), **brought})
    return _counter_page(request, counter, found_member(counter, number), form)


def _counter_page(request: HttpRequest, counter: Counter, found: Member, form: SaleForm) -> HttpResponse:
    standing = standing_of(counter, found)
    person = person_of(found, standing)
    step = standing.way.to_reach if standing.way else None
    context = {"member": found, "person": person, "account": standing, "offer": standing.offer, "form": form}
    context |= _spending(request, counter, found, standing) | offered(counter, standing)
    return show(
        request,
        counter,
        "till/member.html",
        context
        | {
            "next_tier": _name(step.tier) if step else "",
            "missing": _missing(standing),
            "perks": tier_perks(standing),
            "sells_plans": bool(standing.terms and standing.terms.plans),
        },
        status=422 if form.errors else 200,
    )


def _spending(request: HttpRequest, counter: Counter, found: Member, standing: Account) -> dict[str, Any]:
    """What the customer's points can buy, if they proved to be there; else the way to prove it."""
    if not is_there(request, counter, found):
        return {"read_out": ReadOutForm(), "asked": was_asked(request, found)}
    spend = SpendForm(initial={"spare": nonce()})
    return {"there": True, "spend": spend, "wares": wares(found, standing, counter.now)}


def _name(tier: TierTerms) -> str:
    return in_language(tier, "name")


def _missing(standing: Account) -> str:
    """What is missing to the next tier, with its unit."""
    step = standing.way.to_reach if standing.way else None
    if step is None or standing.way is None:
        return ""
    return count_text(step.missing, standing.way.basis, standing.currency, get_language() or "ar")


@require_POST
@at_the_counter
def quote_page(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """Say what the sale would earn and what is to be collected; nothing is written."""
    found, form = found_member(counter, number), SaleForm(counter.merchant, request.POST)
    if not form.is_valid():
        return _counter_page(request, counter, found, form)
    event = _event(counter, found, form)
    try:
        refuse_own_card(counter.actor, found)
        known = answer_of(event)
        with counter.guessing(CODES, NotFound):
            receipt = known or quote(event, now=counter.now)
    except TooMany:
        raise
    except WalaaError as error:
        return _refused(request, counter, found, form, error)
    if known is not None:
        return redirect("till:sale", event.key)
    return _quoted(request, counter, found, form, receipt)


def _quoted(
    request: HttpRequest, counter: Counter, found: Member, form: SaleForm, receipt: Receipt
) -> HttpResponse:
    said, gifts = form.cleaned_data, gifts_of(receipt)
    context = {
        "member": found,
        "person": person_of(found, standing_of(counter, found)),
        "receipt": receipt,
        "reasons": sentences(receipt.reasons, get_language() or "ar"),
        "perks": given_perks(receipt, counter.merchant.currency),
        "amount_minor": said["amount"],
        "paid_minor": receipt.value_minor,
        "gifts": gifts,
        "due_minor": said["amount"] - receipt.value_minor - sum(gift.paid_minor for gift in gifts),
        "code": said["code"],
        "kept": [(name, form[name].value() or "") for name in ("amount", "gift_amount")]
        + [(name, said[name]) for name in ("order", "code", "gift", "spare")],
    }
    return show(request, counter, "till/quote.html", context)


@require_POST
@at_the_counter
def record(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """Record the sale, once: a second press with the same number finds the first."""
    found, form = found_member(counter, number), SaleForm(counter.merchant, request.POST)
    if not form.is_valid():
        return _counter_page(request, counter, found, form)
    event = _event(counter, found, form)
    try:
        refuse_own_card(counter.actor, found)
        with counter.guessing(CODES, NotFound):
            post(event, now=counter.now)
    except TooMany:
        raise
    except WalaaError as error:
        return _refused(request, counter, found, form, error)
    return redirect("till:sale", event.key)


def _event(counter: Counter, found: Member, form: SaleForm) -> PurchaseMade:
    said = form.cleaned_data
    return PurchaseMade(
        merchant_id=counter.merchant.pk,
        member_id=found.pk,
        occurred_at=counter.now,
        stamped=True,
        source=SOURCE,
        key=form.number,
        actor=counter.actor.label,
        currency=counter.merchant.currency,
        lines=(LineItem(said["amount"]),),
        branch_id=counter.post.branch_id,
        redemption_codes=(said["code"],) if said["code"] else (),
        gift_cards=((said["gift"], said["gift_amount"] or 0),) if said["gift"] else (),
    )


def _refused(
    request: HttpRequest, counter: Counter, found: Member, form: SaleForm, error: WalaaError
) -> HttpResponse:
    """Show the sale again, with the refusal at the field it is about."""
    if isinstance(error, KeyConflict):
        form.add_error("order", _("This receipt number was already used for another sale."))
    elif error.field == "gift_cards":
        absent = isinstance(error, NotFound)
        form.add_error("gift", _("There is no gift card with this code.") if absent else str(error))
    elif isinstance(error, NotFound) and error.field != "member":
        form.add_error("code", _("This customer has no such code."))
    elif error.field in {"redemption_codes", "code"}:
        form.add_error("code", str(error))
    else:
        form.add_error(None, str(error))
    return _counter_page(request, counter, found, form)


def sale_of(counter: Counter, order: str) -> Purchase:
    """Return one sale rung up at a till of this shop. Raises `NotFound`."""
    rows = Purchase.objects.select_related("member__merchant")
    return for_read(counter.actor, rows, room="till", source=SOURCE, external_id=order)


@require_safe
@at_the_counter
def sale(request: HttpRequest, counter: Counter, order: str) -> HttpResponse:
    """What the sale earned, big and clear, and the lines for the receipt."""
    found = sale_of(counter, order)
    standing = standing_of(counter, found.member)
    receipt = receipt_of(found)
    context = {
        "sale": found,
        "person": person_of(found.member, standing),
        "account": standing,
        "reasons": sentences(found.reasons, get_language() or "ar"),
        "risen": receipt is not None and receipt.tier_code != receipt.tier_before,
        "slip": slip(receipt) if receipt else None,
        "gifts": gifts_of(receipt) if receipt else [],
        "left_minor": found.total_minor - found.refunded_minor,
    }
    return show(request, counter, "till/sale.html", context)


@at_the_counter
def refund(request: HttpRequest, counter: Counter, order: str) -> HttpResponse:
    """Take a sale back, in whole or in part: a manager's and an owner's right."""
    rows = Purchase.objects.select_related("member__merchant")
    found = for_write(counter.actor, rows, room="facts", source=SOURCE, external_id=order)
    left_minor = found.total_minor - found.refunded_minor
    first = {"amount": plain(left_minor, found.currency), "spare": nonce()}
    form = RefundForm(counter.merchant, request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            receipt = post(_refund_event(counter, found, form), now=counter.now)
        except WalaaError as error:
            form.add_error("amount" if error.field == "amount" else None, str(error))
        else:
            messages.success(request, _refunded(receipt))
            return redirect("till:sale", found.external_id)
    context = {
        "sale": found,
        "person": person_of(found.member, standing_of(counter, found.member)),
        "left_minor": left_minor,
        "form": form,
    }
    return show(request, counter, "till/refund.html", context, status=422 if form.errors else 200)


def _refund_event(counter: Counter, found: Purchase, form: RefundForm) -> RefundMade:
    return RefundMade(
        merchant_id=counter.merchant.pk,
        member_id=found.member_id,
        occurred_at=counter.now,
        stamped=True,
        source=SOURCE,
        key=form.cleaned_data["spare"],
        actor=counter.actor.label,
        purchase_source=found.source,
        purchase_key=found.external_id,
        amount_minor=form.cleaned_data["amount"],
    )


def _refunded(receipt: Receipt) -> str:
    if receipt.withheld_minor:
        kept = Money(receipt.withheld_minor, receipt.currency).format(get_language() or "ar")
        return _("Refunded. Keep back %(amount)s for points already spent.") % {"amount": kept}
    return _("Refunded. Points taken back: %(points)s.") % {"points": points_text(-receipt.points)}
