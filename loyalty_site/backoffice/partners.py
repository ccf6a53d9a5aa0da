"""Partners: who honours our vouchers, whose we honour, what each is owed, and what settled it."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access import Actor
from accounts.errors import NotFound, WalaaError
from accounts.money import Money, exponent_of
from accounts.money_fields import MinorField
from ledger.clearing import agreeing
from ledger.clearing.settling import due_minor, settle, statement
from ledger.liability.files import Cell, Table
from ledger.validating import LONGEST_KEY
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.liability import table_file
from loyalty_site.backoffice.rendering import page
from programs.models import Partner, PartnerState, Reward, RewardKind

TEXT: Final = UnfoldAdminTextInputWidget
COLOURS: Final = {
    PartnerState.ASKED: "warning",
    PartnerState.ACTIVE: "success",
    PartnerState.REFUSED: "danger",
    PartnerState.ENDED: "default",
}


class AskForm(forms.Form):
    """Another shop of this installation, by the address of its members' pages."""

    shop = forms.CharField(
        label=gettext_lazy("Its address here, as in /m/…/"), max_length=50, widget=TEXT(attrs={"dir": "ltr"})
    )


class OutsideForm(forms.Form):
    """A partner from outside."""

    name_ar = forms.CharField(label=gettext_lazy("name in Arabic"), max_length=120, widget=TEXT)
    name_en = forms.CharField(label=gettext_lazy("name in English"), max_length=120, widget=TEXT)
    contact = forms.CharField(label=gettext_lazy("contact"), max_length=120, required=False, widget=TEXT)


class OfferForm(forms.Form):
    """Which reward a partner honours, and what each use is worth to it."""

    reward = forms.ChoiceField(label=gettext_lazy("Reward"), widget=UnfoldAdminSelectWidget)
    owed = MinorField(label=gettext_lazy("Owed to the partner for each use"))

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        rewards = Reward.objects.filter(
            version__programme__merchant=actor.merchant, kind=RewardKind.PARTNER, is_active=True
        )
        self.fields["reward"].choices = list({row.code: row.name for row in rewards}.items())  # type: ignore[attr-defined]


class SettleForm(forms.Form):
    """What was paid to a partner."""

    amount = MinorField(label=gettext_lazy("Amount"))
    reference = forms.CharField(
        label=gettext_lazy("Reference of the payment"),
        max_length=LONGEST_KEY,
        widget=TEXT(attrs={"dir": "ltr"}),
    )


def listing(request: HttpRequest) -> HttpResponse:
    """Show every partner, and ask or enter another."""
    actor = actor_in(request, "programme")
    ask, outside = AskForm(), OutsideForm()
    if request.method == "POST":
        actor = actor_in(request, "programme", "change")
        if "ask" in request.POST:
            ask = AskForm(request.POST)
            answer = _asked(actor, ask) if ask.is_valid() else None
        else:
            outside = OutsideForm(request.POST)
            answer = _entered(request, actor, outside) if outside.is_valid() else None
        if answer is not None:
            return answer
    return page(
        request, "backoffice/partners.html", _("Partners"),
        rows=[(one, _name(one, actor), COLOURS[PartnerState(one.state)], one.merchant_id == actor.merchant.pk)
              for one in agreeing.ours(actor)],
        ask=ask, outside=outside, may_change=actor.may("change", "programme"),
    )  # fmt: skip


def detail(request: HttpRequest, partner_id: int) -> HttpResponse:
    """One partner: the agreement, its offers, what is owed by month."""
    actor = actor_in(request, "programme")
    partner = _partner(actor, partner_id)
    offer, settled = OfferForm(actor=actor), SettleForm()
    if request.method == "POST":
        actor = actor_in(request, "programme", "change")
        act = next((name for name in ACTS if name in request.POST), "")
        try:
            done = ACTS[act](request, actor, partner) if act else None
        except NotFound:
            raise Http404 from None
        except WalaaError as error:
            messages.error(request, str(error))
            done = None
        return done or redirect("admin:partner", partner.pk)
    is_ours = partner.merchant_id == actor.merchant.pk
    offers = partner.offers.order_by("-pk")[:50]
    names = {row.code: row.name for row in Reward.objects.filter(
        version__programme__merchant=partner.merchant_id, kind=RewardKind.PARTNER)}  # fmt: skip
    return page(
        request, "backoffice/partner.html", _name(partner, actor),
        partner=partner, colour=COLOURS[PartnerState(partner.state)], is_ours=is_ours,
        offers=[(one, names.get(one.reward_code, one.reward_code), _money(partner, one.owed_minor),
                 COLOURS[PartnerState(one.state)]) for one in offers],
        months=[(row, *(_money(partner, amount) for amount in (
            row.owed_minor, row.settled_minor, row.left_minor))) for row in statement(partner)],
        due=_money(partner, due_minor(partner)), offer=offer, settle=settled,
        link=_link(request, partner) if is_ours and partner.link_code else "",
        may_change=actor.may("change", "programme"), may_settle=actor.may("change", "facts") and is_ours,
    )  # fmt: skip


def statement_file(request: HttpRequest, partner_id: int) -> HttpResponse:
    """The clearing statement as CSV, or XLSX (``?format=``): the same for both sides."""
    actor = actor_in(request, "programme")
    partner = _partner(actor, partner_id)
    currency = partner.merchant.currency
    headers = (_("Month"), _("Vouchers"), _("Owed"), _("Settled"), _("Left at the end"), _("Currency"))
    rows: list[tuple[Cell, ...]] = [
        (
            *(row.month.strftime("%Y-%m"), row.uses),
            *(
                Money(amount, currency).decimal
                for amount in (row.owed_minor, row.settled_minor, row.left_minor)
            ),
            currency,
        )
        for row in statement(partner)
    ]
    table = Table(_("Clearing"), headers, rows, exponent_of(currency))
    return table_file(request, f"clearing-{partner.pk}", [table])


def _asked(actor: Actor, form: AskForm) -> HttpResponse | None:
    try:
        partner = agreeing.ask_shop(actor=actor, slug=form.cleaned_data["shop"], now=timezone.now())
    except WalaaError as error:
        form.add_error("shop", str(error))
        return None
    return redirect("admin:partner", partner.pk)


def _entered(request: HttpRequest, actor: Actor, form: OutsideForm) -> HttpResponse | None:
    try:
        partner, pin, key = agreeing.enter_outside(actor=actor, now=timezone.now(), **form.cleaned_data)
    except WalaaError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
    _tell(request, pin, key)
    return redirect("admin:partner", partner.pk)


def _tell(request: HttpRequest, pin: str, key: str) -> None:
    """Show the secrets, once."""
    said = _("PIN %(pin)s, key %(key)s. They are shown this once: write them down for the partner.")
    messages.warning(request, said % {"pin": pin, "key": key})


def _answer(request: HttpRequest, actor: Actor, partner: Partner) -> None:
    agreeing.answer(actor=actor, partner=partner, yes="agree" in request.POST, now=timezone.now())


def _end(request: HttpRequest, actor: Actor, partner: Partner) -> None:
    agreeing.end(actor=actor, partner=partner, now=timezone.now())
    messages.success(request, _("Ended. Vouchers that were given out are still honoured and owed."))


def _renew(request: HttpRequest, actor: Actor, partner: Partner) -> None:
    _tell(request, *agreeing.renew_secrets(actor=actor, partner=partner))


def _offer(request: HttpRequest, actor: Actor, partner: Partner) -> None:
    form = OfferForm(request.POST, actor=actor)
    if not form.is_valid():
        messages.error(request, " ".join(str(one[0]) for one in form.errors.values()))
        return
    said = form.cleaned_data
    agreeing.offer(
        actor=actor, partner=partner, reward_code=said["reward"], owed_minor=said["owed"], now=timezone.now()
    )


def _answer_offer(request: HttpRequest, actor: Actor, partner: Partner) -> None:
    word = "accept" if "accept" in request.POST else "turn_down"
    pk = request.POST.get(word, "")
    made = agreeing.offer_of(partner, int(pk) if pk.isdecimal() and len(pk) < 19 else 0)
    agreeing.answer_offer(actor=actor, made=made, yes=word == "accept", now=timezone.now())


def _settle(request: HttpRequest, actor: Actor, partner: Partner) -> None:
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(one[0]) for one in form.errors.values()))
        return
    said = form.cleaned_data
    amount_minor, reference = said["amount"], said["reference"]
    settle(actor=actor, partner=partner, amount_minor=amount_minor, reference=reference, now=timezone.now())
    messages.success(request, _("Recorded."))


ACTS: Final[dict[str, Any]] = {
    "agree": _answer,
    "refuse": _answer,
    "end": _end,
    "renew": _renew,
    "offer": _offer,
    "accept": _answer_offer,
    "turn_down": _answer_offer,
    "settle": _settle,
}
"""What the buttons of a partner's page do, by their names."""


def _partner(actor: Actor, partner_id: int) -> Partner:
    partner = agreeing.ours(actor).filter(pk=partner_id).first()
    if partner is None:
        raise Http404
    return partner


def _name(partner: Partner, actor: Actor) -> str:
    return partner.name if partner.merchant_id == actor.merchant.pk else partner.merchant.name


def _link(request: HttpRequest, partner: Partner) -> str:
    return request.build_absolute_uri(reverse("partner:door", args=[partner.link_code]))


def _money(partner: Partner, amount_minor: int) -> str:
    return Money(amount_minor, partner.merchant.currency).format(get_language() or "ar")
