"""Online shops and tills of others: the owner pastes a secret, sees where to paste what, and what arrived."""

from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts.access import Actor, for_write, visible
from accounts.errors import NotFound, WalaaError
from ledger.models import ShopLink, ShopNews
from ledger.models.shops import NewsState
from ledger.shops.coupons import shops_for_coupons
from ledger.shops.links import LONGEST, LONGEST_TOKEN, Pasted, save_link
from ledger.shops.results import words
from ledger.shops.source import Source
from ledger.shops.sources import sources
from ledger.shops.working import replay
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page

PER_PAGE: Final = 25
COLOURS: Final[dict[str, str]] = {
    NewsState.WAITING: "info",
    NewsState.DONE: "success",
    NewsState.UNCLAIMED: "warning",
    NewsState.IGNORED: "default",
    NewsState.REFUSED: "danger",
    NewsState.STUCK: "danger",
}


class ShopForm(forms.Form):
    """What the owner copies from the shop; an empty secret leaves what is kept."""

    secret = forms.CharField(
        label=gettext_lazy("Webhook secret"),
        required=False,
        max_length=LONGEST,
        help_text=gettext_lazy("After a change the old one is accepted for an hour."),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    api_token = forms.CharField(
        label=gettext_lazy("Key to the shop's API"),
        required=False,
        max_length=LONGEST_TOKEN,
        help_text=gettext_lazy(
            "For fetching orders again and for coupons. It is kept encrypted and never shown."
        ),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    api_url = forms.CharField(
        label=gettext_lazy("Shop's address"),
        required=False,
        max_length=LONGEST,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    shop_id = forms.CharField(
        label=gettext_lazy("Shop's number"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("As the shop writes it in its news: then news of another shop are refused."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    joins = forms.BooleanField(
        label=gettext_lazy("Customers become members"),
        required=False,
        help_text=gettext_lazy("Only with a real phone number. Otherwise the order waits until they join."),
        widget=UnfoldBooleanWidget,
    )
    is_on = forms.BooleanField(label=gettext_lazy("On"), required=False, widget=UnfoldBooleanWidget)
    renew = forms.BooleanField(
        label=gettext_lazy("Make a new address"),
        required=False,
        help_text=gettext_lazy("The old address works for another hour."),
        widget=UnfoldBooleanWidget,
    )

    def __init__(self, source: Source, known: ShopLink | None, data: QueryDict | None) -> None:
        """Ask only for what this source needs."""
        kept = known or ShopLink()
        said = {"api_url": kept.api_url, "shop_id": kept.shop_id, "joins": kept.joins, "is_on": kept.is_on}
        super().__init__(data, initial=said)
        if source.makes_secret:
            del self.fields["secret"]
        if not source.makes_secret or known is None:
            del self.fields["renew"]
        if source.api_url:
            del self.fields["api_url"]
        for name, value in (("secret", kept.secret), ("api_token", kept.api_token)):
            if value and name in self.fields:
                said_of = {"placeholder": _("Kept; leave it empty to keep it")}
                self.fields[name].widget.attrs.update(said_of)


@dataclass(frozen=True, slots=True)
class Card:
    """A source on the list: whether it is linked, and how much of its news needs a look."""

    source: Source
    link: ShopLink | None
    open: int


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of news in words."""

    news: ShopNews
    colour: str
    result: str
    is_kept: bool


def listing(request: HttpRequest) -> HttpResponse:
    """Every source, and how it stands."""
    actor = actor_in(request, "keys")
    links = {link.source: link for link in visible(actor, ShopLink.objects.all(), room="keys")}
    open_states = (NewsState.STUCK, NewsState.REFUSED, NewsState.UNCLAIMED)
    rows = visible(actor, ShopNews.objects.filter(state__in=open_states), room="keys")
    counted = dict(rows.values_list("link__source").annotate(Count("pk")).order_by())
    cards = [Card(source, links.get(code), counted.get(code, 0)) for code, source in sources().items()]
    return page(request, "backoffice/shops.html", _("Online shops and tills"), cards=cards)


def detail(request: HttpRequest, source: str) -> HttpResponse:
    """One shop: its secrets, where to paste what, and what arrived."""
    actor, kind = actor_in(request, "keys"), sources().get(source)
    if kind is None:
        raise Http404
    if request.method == "POST" and not actor.may("change", "keys"):
        raise PermissionDenied
    link = visible(actor, ShopLink.objects.filter(source=source), room="keys").first()
    form = ShopForm(kind, link, request.POST or None)
    made = ""
    if request.method == "POST" and form.is_valid():
        saved, made = _saved(request, actor, kind, form)
        if saved is not None and not made:
            return redirect("admin:shop", source)
        link = saved or link
    rows = visible(actor, ShopNews.objects.filter(link__source=source), room="keys").order_by(
        "-received_at", "-pk"
    )
    rows = rows.filter(state=request.GET["state"]) if request.GET.get("state") in NewsState.values else rows
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request, "backoffice/shop.html", str(kind.title),
        form=form, link=link, source=kind, steps=kind.steps, address=_address(request, actor, kind, made),
        made=made, shown=[_in_words(news) for news in found], rows=found, states=NewsState.choices,
        state=request.GET.get("state", ""),
        coupons=kind.makes_coupons, takes_coupons=_takes_coupons(actor, kind),
    )  # fmt: skip


def replay_news(request: HttpRequest, news_id: int) -> HttpResponse:
    """Have something that arrived worked on again."""
    if request.method != "POST":
        return redirect("admin:shops")
    actor = actor_in(request, "keys", "change")
    try:
        news = for_write(actor, ShopNews.objects.select_related("link"), room="keys", pk=news_id)
    except NotFound:
        raise Http404 from None
    if replay(news, now=timezone.now()):
        messages.success(request, _("It is worked on again."))
    else:
        messages.error(request, _("What it said was emptied already."))
    return redirect("admin:shop", news.link.source)


def _takes_coupons(actor: Actor, kind: Source) -> bool:
    """Whether members can turn points into coupons of this shop now."""
    return any(shop.code == kind.code for shop in shops_for_coupons(actor.merchant))


def _saved(request: HttpRequest, actor: Actor, kind: Source, form: ShopForm) -> tuple[ShopLink | None, str]:
    said = {name: value for name, value in form.cleaned_data.items() if name in form.fields}
    try:
        link, made = save_link(actor=actor, source=kind, pasted=Pasted(**said), now=timezone.now())
    except WalaaError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None, ""
    messages.success(request, _("Saved."))
    return link, made


def _address(request: HttpRequest, actor: Actor, kind: Source, made: str) -> str:
    """Where the shop sends its news; one with a secret in it is shown only when it is made."""
    slug = actor.merchant.slug
    if not kind.makes_secret:
        return request.build_absolute_uri(reverse("webhook-shop", args=[kind.code, slug]))
    if not made:
        return ""
    return request.build_absolute_uri(reverse("webhook-shop-secret", args=[kind.code, slug, made]))


def _in_words(news: ShopNews) -> Row:
    return Row(news, COLOURS[news.state], words(news.result), bool(news.body))
