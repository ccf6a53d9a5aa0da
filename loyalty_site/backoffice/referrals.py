"""Friends beyond the cap: somebody looks at them, lets them pass or refuses them with a reason (RULES 38)."""

from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access import visible
from accounts.actors import names_of_actors
from accounts.errors import NotFound, WalaaError
from ledger.befriended import held
from ledger.models import Referral
from ledger.models.referrals import ReferralState
from ledger.referrals import decide as decide_referral
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page

PER_PAGE: Final = 25
MOST_HELD: Final = 100
LONGEST_REASON: Final = 300
COLOURS: Final[dict[str, str]] = {
    ReferralState.WAITING: "default",
    ReferralState.QUALIFIED: "info",
    ReferralState.REWARDED: "success",
    ReferralState.HELD: "warning",
    ReferralState.REFUSED: "danger",
    ReferralState.CLAWED_BACK: "danger",
}


class DecideForm(forms.Form):
    """Why: nobody is refused without a word."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A referral in words."""

    referral: Referral
    colour: str
    decided_by: str


def listing(request: HttpRequest) -> HttpResponse:
    """Show what waits for somebody to look, and everybody who was brought."""
    actor = actor_in(request, "facts")
    rows = visible(actor, Referral.objects.all(), room="facts").select_related("bringer", "friend")
    others = rows.exclude(state=ReferralState.HELD).order_by("-joined_at", "-pk")
    found = Paginator(others, PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request, "backoffice/referrals.html", _("Friends brought"),
        held=_in_words(list(held(rows)[:MOST_HELD])), shown=_in_words(list(found)), rows=found,
        form=DecideForm(), may_decide=actor.may("change", "facts"),
    )  # fmt: skip


def decide(request: HttpRequest, referral_id: int) -> HttpResponse:
    """Let a held referral pass, or refuse it with a reason."""
    if request.method != "POST":
        return redirect("admin:referrals")
    actor = actor_in(request, "facts", "change")
    form, passes = DecideForm(request.POST), "approve" in request.POST
    if not form.is_valid() or (not passes and not form.cleaned_data["note"].strip()):
        messages.error(request, _("Say why, in at most 300 characters: the reason is kept."))
        return redirect("admin:referrals")
    try:
        decide_referral(
            actor=actor, referral_id=referral_id, passes=passes, note=form.cleaned_data["note"],
            now=timezone.now(),
        )  # fmt: skip
    except NotFound:
        raise Http404 from None
    except WalaaError as error:
        messages.error(request, str(error))
    else:
        passed = _("It passes: both are rewarded within the hour.")
        messages.success(request, passed if passes else _("Refused: nobody is rewarded."))
    return redirect("admin:referrals")


def _in_words(rows: list[Referral]) -> list[Row]:
    names = names_of_actors({row.decided_by for row in rows if row.decided_by})
    return [Row(row, COLOURS[row.state], names.get(row.decided_by, "")) for row in rows]
