"""An apology in points: small, with a reason, within the cashier's budget of the day."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.digits import latin_digits
from accounts.errors import WalaaError
from accounts.models import Member
from ledger.make_goods import left_today, make_good
from ledger.validating import LONGEST_REASON
from loyalty_site.till.counter import Counter, at_the_counter, show
from loyalty_site.till.forms import OnceForm, nonce
from loyalty_site.till.people import found_member, person_of, standing_of
from programs.sentences import points_text


class WholeField(forms.IntegerField):
    """A whole number above zero, in any digits."""

    def to_python(self, value: object) -> int | None:
        """Bring the digits into one spelling."""
        return super().to_python(latin_digits(str(value or "")).strip())


class ApologyForm(OnceForm):
    """How many points, and why."""

    points = WholeField(
        label=gettext_lazy("Points"),
        min_value=1,
        max_value=10**7,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("What went wrong?"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@at_the_counter
def apology(request: HttpRequest, counter: Counter, number: str) -> HttpResponse:
    """Ask for points and a reason, and give them once."""
    found = found_member(counter, number)
    form = ApologyForm(request.POST or None, initial={"spare": nonce()})
    if request.method == "POST" and form.is_valid() and _given(request, counter, found, form):
        return redirect("till:member", found.number)
    person = person_of(found, standing_of(counter, found))
    left = left_today(counter.actor, now=counter.now)
    shown = {"member": found, "person": person, "form": form, "left": left}
    return show(request, counter, "till/apology.html", shown, status=422 if form.errors else 200)


def _given(request: HttpRequest, counter: Counter, found: Member, form: ApologyForm) -> bool:
    said = form.cleaned_data
    try:
        receipt = make_good(
            actor=counter.actor, member=found, points=said["points"], reason=said["reason"],
            key=said["spare"], now=counter.now,
        )  # fmt: skip
    except WalaaError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    messages.success(request, _("Given: %(points)s.") % {"points": points_text(receipt.points)})
    return True
