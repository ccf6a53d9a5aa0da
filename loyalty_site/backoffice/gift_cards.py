"""Gift cards: the list, making one by hand, what became of one, and the card to print."""

import secrets
from datetime import datetime
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.access import Actor, for_read, for_write, member_for
from accounts.actors import names_of_actors
from accounts.digits import latin_digits
from accounts.errors import BadPhone, NotFound, WalaaError
from accounts.models import Member
from accounts.money_fields import MinorField
from accounts.phones import e164, region_of
from ledger.errors import NoProgramme
from ledger.events import GiftCardEnded
from ledger.gift_giving import issue_gift_card, most_alone
from ledger.models import GiftCard, GiftCardRequest
from ledger.models.gift_cards import GiftCardWhy
from ledger.posting import post
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.gift_requests import asked_for
from loyalty_site.backoffice.kit.notice_words import gift_card_words
from loyalty_site.backoffice.kit.pieces import CONTENT_TYPES, GIFT_CARD, draw
from loyalty_site.backoffice.rendering import page

PER_PAGE: Final = 50
SOURCE: Final = "backoffice"
BY_HAND: Final = [choice for choice in GiftCardWhy.choices if choice[0] != GiftCardWhy.REWARD]


class GiftForm(forms.Form):
    """A card for a member. ``once`` makes a second press find the first."""

    member = forms.CharField(
        label=gettext_lazy("For whom: phone or membership number"),
        max_length=32,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    amount = MinorField(label=gettext_lazy("Amount"))
    why = forms.ChoiceField(label=gettext_lazy("Reason"), choices=BY_HAND, widget=UnfoldAdminSelectWidget)
    order = forms.CharField(
        label=gettext_lazy("Number of the order it was sold with"),
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Empty: the card has no end."),
        widget=UnfoldAdminSingleDateWidget,
    )
    once = forms.CharField(max_length=32, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        cast(MinorField, self.fields["amount"]).currency = actor.merchant.currency

    def clean_member(self) -> Member:
        """Return whose card it becomes."""
        typed = latin_digits(self.cleaned_data["member"]).strip()
        try:
            known: dict[str, Any] = {"phone": e164(typed, region_of(self.actor.merchant.currency))}
        except BadPhone:
            known = {"number": typed.upper()}
        try:
            return member_for(self.actor, room="facts", right="change", **known)
        except NotFound as error:
            raise forms.ValidationError(_("Nobody has this phone or number here."), code="unknown") from error


def listing(request: HttpRequest) -> HttpResponse:
    """Show the cards, the newest first, and make one. The list shows the last letters of a code."""
    actor, now = actor_in(request, "facts"), timezone.now()
    may_make = actor.may("change", "facts")
    form = None
    if may_make:
        first = {"once": secrets.token_hex(16), "member": request.GET.get("member", "")[:32]}
        form = GiftForm(actor, request.POST or None, initial=first)
    if request.method == "POST":
        actor = actor_in(request, "facts", "change")
        if form is not None and form.is_valid() and (answer := _made(request, actor, form)) is not None:
            return answer
    cards = GiftCard.objects.filter(merchant=actor.merchant).select_related("member").order_by("-pk")
    rows = Paginator(cards, PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request, "backoffice/gift_cards.html", _("Gift cards"), form=form, rows=rows, may_open=may_make,
        limit_minor=_limit(actor, now), currency=actor.merchant.currency, asked_for=asked_for(actor),
    )  # fmt: skip


def _limit(actor: Actor, now: datetime) -> int:
    """What one person may give away; nothing is said of it before anything is promised."""
    try:
        return most_alone(actor.merchant, now)
    except NoProgramme:
        return 0


def _made(request: HttpRequest, actor: Actor, form: GiftForm) -> HttpResponse | None:
    """Make the card, or ask for it, and show it; what stands in the way is told at its field."""
    said = form.cleaned_data
    try:
        made = issue_gift_card(
            actor=actor, member=said["member"], value_minor=said["amount"], why=said["why"], source=SOURCE,
            key=said["once"], now=timezone.now(), expires_on=said["last_day"], order_ref=said["order"],
        )  # fmt: skip
    except WalaaError as error:
        names = {"value_minor": "amount", "expires_on": "last_day", "order_ref": "order"}
        field = names.get(error.field, error.field)
        form.add_error(field if field in form.fields else None, str(error))
        return None
    if isinstance(made, GiftCardRequest):
        messages.info(request, _("This is above the limit: it waits for a second person."))
        return redirect("admin:gift_request", made.pk)
    messages.success(request, _("The gift card is made."))
    return redirect("admin:gift_card", made.gift_card_id)


def detail(request: HttpRequest, card_id: int) -> HttpResponse:
    """Show one card with its code, for those who could have made it; cancel what is left on it."""
    actor = actor_in(request, "facts", "change")
    card = _card(actor, card_id)
    if request.method == "POST":
        return _cancelled(request, actor, card)
    entries = list(card.entries.select_related("purchase").order_by("-pk")[:PER_PAGE])
    names = names_of_actors({entry.actor for entry in entries})
    return page(
        request, "backoffice/gift_card.html", _("Gift card"), card=card, languages=actor.merchant.languages,
        entries=[(entry, names.get(entry.actor, entry.actor)) for entry in entries],
        is_open=bool(card.balance_minor) and card.closed_at is None,
        asked=getattr(card, "request", None),
    )  # fmt: skip


@require_safe
def file(request: HttpRequest, card_id: int, language: str, kind: str) -> HttpResponse:
    """Send the card to print, as PDF or PNG; nothing of it is kept."""
    actor = actor_in(request, "facts", "change")
    card = _card(actor, card_id)
    if kind not in CONTENT_TYPES or language not in actor.merchant.languages:
        raise Http404
    content = draw(actor.merchant, gift_card_words(card, language), GIFT_CARD, kind)
    answer = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    name = f"{actor.merchant.slug}-gift-card-{card.code[-4:]}-{language}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _card(actor: Actor, card_id: int) -> GiftCard:
    rows = GiftCard.objects.select_related("merchant", "member", "request")
    try:
        return for_read(actor, rows, room="facts", pk=card_id)
    except NotFound:
        raise Http404 from None


def _cancelled(request: HttpRequest, actor: Actor, card: GiftCard) -> HttpResponse:
    """Take what is left off the card for good."""
    held = for_write(actor, GiftCard.objects.all(), room="facts", pk=card.pk)
    now = timezone.now()
    event = GiftCardEnded(
        merchant_id=held.merchant_id, member_id=held.member_id, occurred_at=now, source=SOURCE,
        key=f"cancel-{held.pk}-{request.POST.get('once', '')[:32]}", actor=actor.label, code=held.code,
    )  # fmt: skip
    try:
        post(event, now=now)
        messages.success(request, _("The gift card is cancelled."))
    except WalaaError as error:
        messages.error(request, str(error))
    return redirect("admin:gift_card", card.pk)
