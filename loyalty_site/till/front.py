"""The front of the till: find a customer, join a new one, choose the shop and the language."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import member_for, visible
from accounts.errors import NotFound, NotShown
from accounts.guessing import CODES, PAGES
from accounts.joining import join
from accounts.languages import LANGUAGES
from accounts.models import Member
from accounts.presence import member_shown
from ledger.models import Purchase, Redemption
from ledger.queries import code_as_issued
from loyalty_site.till.counter import CHOSEN, SOURCE, Counter, at_the_counter, show
from loyalty_site.till.finding import Sought, sought
from loyalty_site.till.forms import FindForm, JoinForm
from loyalty_site.till.gift_cards import is_gift_card
from loyalty_site.till.people import short_name
from loyalty_site.till.presence import remember
from loyalty_site.till.vouchers import partner_voucher
from programs.editions import agree_on_joining

SHOWN_SALES = 12


@require_safe
@at_the_counter
def home(request: HttpRequest, counter: Counter) -> HttpResponse:
    """The search, and this cashier's last sales of today."""
    return _front(request, counter, FindForm())


@require_POST
@at_the_counter
def find(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Go to the member or the code that was typed; offer a stranger's phone to be joined."""
    form = FindForm(request.POST)
    if not form.is_valid():
        return _front(request, counter, form)
    wanted = sought(form.cleaned_data["q"], counter.merchant.currency)
    try:
        if wanted.kind == "shown":
            return _to(_shown(request, counter, wanted.value), request)
        if wanted.kind == "code":
            rows = Redemption.objects.all()
            with counter.guessing(CODES, NotFound):
                if not rows.filter(merchant=counter.merchant, code=wanted.value).exists():
                    if is_gift_card(counter, wanted.value):
                        return redirect("till:gift-card", wanted.value)
                    partner_voucher(counter, wanted.value)
            return redirect("till:code", wanted.value)
        return _to(_member(counter, wanted), request)
    except NotShown as error:
        form.add_error("q", str(error))
        return _front(request, counter, form)
    except NotFound:
        if wanted.kind == "phone":
            joining = JoinForm(counter.merchant, initial={"phone": wanted.value})
            return show(request, counter, "till/join.html", {"form": joining, "unknown": True})
    form.add_error("q", _("Nobody was found. Check the number, or join a new member."))
    return _front(request, counter, form)


def _shown(request: HttpRequest, counter: Counter, token: str) -> Member:
    """The member whose page was scanned; they are there, so their points may be spent."""
    taker = f"{counter.actor.label}:{request.session.session_key}"
    with counter.guessing(PAGES, NotShown):
        member = member_shown(counter.merchant, token, taker=taker, now=counter.now)
    remember(request, counter, member)
    return member


def _to(member: Member, request: HttpRequest) -> HttpResponse:
    """Go to the member, and bring the gift card along that is to pay."""
    gift = code_as_issued(request.POST.get("gift", "")[:20])
    answer = redirect("till:member", member.number)
    if gift:
        answer["Location"] += "?" + urlencode({"gift": gift})
    return answer


def _member(counter: Counter, wanted: Sought) -> Member:
    if wanted.kind == "nothing":
        raise NotFound
    if wanted.kind == "phone":
        return member_for(counter.actor, right="change", phone=wanted.value)
    return member_for(counter.actor, right="change", number=wanted.value)


def _front(request: HttpRequest, counter: Counter, form: FindForm) -> HttpResponse:
    mine = visible(counter.actor, Purchase.objects.all(), room="till").filter(
        actor=counter.actor.label, source=SOURCE, business_date=counter.today
    )
    sales = list(mine.select_related("member").order_by("-occurred_at", "-pk")[:SHOWN_SALES])
    for sale in sales:
        sale.shown_name = short_name(sale.member)  # type: ignore[attr-defined]
    shown = {"form": form, "sales": sales, "count": mine.count()}
    return show(request, counter, "till/home.html", shown, status=422 if form.errors else 200)


@at_the_counter
def join_page(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Take a new member in; one who is here already is simply found."""
    form = JoinForm(counter.merchant, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        shown = {"form": form, "unknown": False}
        return show(request, counter, "till/join.html", shown, status=422 if form.errors else 200)
    said = form.cleaned_data
    member, is_new = join(
        merchant=counter.merchant,
        now=counter.now,
        source=SOURCE,
        actor=counter.actor.label,
        phone=said["phone"],
        given_name=said["given_name"],
        referred_by=said["referral"],
    )
    if is_new:
        agree_on_joining(member=member, source=SOURCE, actor=counter.actor.label, now=counter.now)
        messages.success(request, _("Welcome! The membership is open."))
    return redirect("till:member", member.number)


@require_POST
@at_the_counter
def shop(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Stand behind the counter of another shop one works for."""
    slug = request.POST.get("merchant", "")
    if slug in {post.merchant.slug for post in counter.others}:
        request.session[CHOSEN] = slug
    return redirect("till:home")


@require_POST
@at_the_counter
def language(request: HttpRequest, counter: Counter) -> HttpResponse:
    """Remember the cashier's language, and go back to where they were."""
    wanted = request.POST.get("language", "")
    if wanted in dict(LANGUAGES):
        counter.user.language = wanted
        counter.user.save(update_fields=["language"])
    back = request.POST.get("next", "")
    safe = back.startswith("/till/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if safe else "till:home")
