"""What a merchant keeps of a sale, and terms above the ceiling that wait for a second person (RULES 8)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.access import Actor, for_read
from accounts.actors import names_of_actors
from accounts.digits import latin_digits
from accounts.errors import NotFound, WalaaError
from accounts.models import User
from accounts.second_factor import has_second_factor
from accounts.two_people import is_same_person
from loyalty_site.backoffice.adjustments import CodeForm
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page
from programs.margin_figures import Said, agree, coming, default_figures, in_force, said_by, say
from programs.margin_panel import panel_of
from programs.models import PublishRequest, PublishState
from programs.problem_wording import told
from programs.publish_requests import MERCHANT, approve, decides_alone, decline, requests

PER_PAGE: Final = 25
MOST_CATEGORIES: Final = 50
LONGEST_CATEGORY: Final = 80
COLOURS: Final = {
    PublishState.WAITING: "warning",
    PublishState.PUBLISHED: "success",
    PublishState.REFUSED: "danger",
    PublishState.WITHDRAWN: "default",
}


class PercentField(forms.DecimalField):
    """A percentage from 0 to 100 as people type it: Arabic digits, a percent sign behind it."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminTextInputWidget(
            attrs={"dir": "ltr", "inputmode": "decimal", "autocomplete": "off"}
        )
        super().__init__(min_value=0, max_value=100, max_digits=5, decimal_places=2, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        """Show 10.00 as "10"."""
        return plain_percent(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        """Bring the digits into one spelling."""
        return super().to_python(latin_digits(str(value or "")).replace("%", "").replace("٪", "").strip())


class CategoriesField(forms.CharField):
    """One category per line with its margin: "coffee = 70"."""

    def prepare_value(self, value: Any) -> Any:
        """Show each on a line."""
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{code} = {plain_percent(percent)}" for code, percent in value.items())

    def clean(self, value: Any) -> Any:
        """Read the lines; a line that cannot be read is named."""
        lines = [line.strip() for line in str(super().clean(value) or "").splitlines() if line.strip()]
        if len(lines) > MOST_CATEGORIES:
            raise ValidationError(_("At most %(most)s entries."), params={"most": MOST_CATEGORIES})
        return dict(_category(line) for line in lines)


def _category(line: str) -> tuple[str, Decimal]:
    code, _sign, percent = line.replace(":", "=").rpartition("=")
    try:
        margin = PercentField().clean(percent)
    except ValidationError:
        margin = None
    if not code.strip() or margin is None or len(code.strip()) > LONGEST_CATEGORY:
        raise ValidationError(
            _("Write a category and its margin, such as coffee = 70: “%(line)s”"),
            params={"line": line[:LONGEST_CATEGORY]},
        )
    return code.strip(), margin


def plain_percent(percent: Decimal) -> str:
    """12.50 as "12.5"."""
    return f"{percent.normalize():f}"


class MarginForm(forms.Form):
    """What is kept of a sale, and how much of it may be given back."""

    gross = PercentField(
        label=gettext_lazy("Gross margin, % of the price without VAT"),
        help_text=gettext_lazy(
            "What is left of a sale after the goods themselves are paid for. The figure shown first is only"
            " our cautious guess for your sector: put your own in its place."
        ),
    )
    by_category = CategoriesField(
        label=gettext_lazy("Categories with another margin"),
        required=False,
        help_text=gettext_lazy("One per line, by the name your till sends: coffee = 70."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "dir": "auto"}),
    )
    vat = PercentField(
        label=gettext_lazy("VAT, %"), help_text=gettext_lazy("The rate of your country is filled in.")
    )
    ceiling = PercentField(
        label=gettext_lazy("Ceiling: the most a programme may give back, % of the price with VAT"),
        help_text=gettext_lazy("Above it a second owner or manager must approve."),
    )

    @property
    def said(self) -> Said:
        """The figures as they were typed."""
        said = self.cleaned_data
        return Said(said["gross"], said["vat"], said["ceiling"], said["by_category"])


@dataclass(frozen=True, slots=True)
class Line:
    """A request in words."""

    request: PublishRequest
    colour: str
    asked_by: str
    decided_by: str
    worst: str


def margin(request: HttpRequest) -> HttpResponse:
    """Show what the merchant said about its margin; take other figures from an owner."""
    actor, now = actor_in(request, "controls"), timezone.now()
    may_change = actor.may("change", "controls")
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    if request.method == "POST" and "agree" in request.POST:
        return _agreed(request, actor)
    held, waits = in_force(actor.merchant, now), coming(actor.merchant, now)
    shown = said_by(waits or held) if waits or held else default_figures(actor.merchant)  # type: ignore[arg-type]
    form = MarginForm(request.POST or None, initial=_initial(shown))
    if request.method == "POST" and form.is_valid():
        return _said(request, actor, form)
    return page(
        request, "backoffice/margin.html", _("Margin"),
        form=form, may_change=may_change, is_asked=held is not None, held=held, waits=waits,
        may_agree=waits is not None and may_change and not is_same_person(
            actor.merchant, waits.said_by, actor.label),
        version=_version_of(request),
    )  # fmt: skip


def _initial(said: Said) -> dict[str, Any]:
    return {
        "gross": said.gross, "vat": said.vat, "ceiling": said.ceiling, "by_category": dict(said.by_category)
    }  # fmt: skip


def _version_of(request: HttpRequest) -> str:
    """The draft that somebody was about to publish."""
    asked = request.GET.get("version", "")
    return asked if asked.isascii() and asked.isdecimal() and len(asked) < 19 else ""


def _said(request: HttpRequest, actor: Actor, form: MarginForm) -> HttpResponse:
    waits = say(actor=actor, said=form.said, now=timezone.now())
    if waits is None:
        messages.success(request, _("Saved."))
    else:
        messages.info(
            request, _("Stricter figures hold now; looser ones in 24 hours, or when another owner agrees.")
        )
    version = _version_of(request)
    if version:
        return redirect("admin:programs_programmeversion_publish", version)
    return redirect("admin:margin")


def _agreed(request: HttpRequest, actor: Actor) -> HttpResponse:
    try:
        agree(actor=actor, now=timezone.now())
        messages.success(request, _("Agreed: these figures hold from now on."))
    except WalaaError as error:
        messages.error(request, str(error))
    return redirect("admin:margin")


def listing(request: HttpRequest) -> HttpResponse:
    """Show the terms that wait for a second person, and what was decided."""
    actor = actor_in(request, "programme")
    rows = Paginator(requests(actor), PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request, "backoffice/publish_requests.html", _("Terms above the ceiling"),
        lines=_in_words(list(rows)), rows=rows,
    )  # fmt: skip


def detail(request: HttpRequest, asked_id: int) -> HttpResponse:
    """Show one request: what it gives back, who asked, and who may decide it how."""
    actor, now = actor_in(request, "programme"), timezone.now()
    asked = _request(actor, asked_id)
    (line,) = _in_words([asked])
    is_waiting = asked.state == PublishState.WAITING
    is_alone = is_waiting and decides_alone(asked, actor)
    return page(
        request, "backoffice/publish_request.html", _("Terms above the ceiling"),
        line=line, asked=asked, form=CodeForm(),
        guard=panel_of(asked.version, now=now) if is_waiting else None,
        may_decide=is_waiting and actor.may("change", "programme"),
        is_own=asked.asked_by == actor.label, is_alone=is_alone, is_ripe=now >= asked.ripe_at,
        is_mine=is_same_person(actor.merchant, asked.asked_by, actor.label),
        has_factor=has_second_factor(cast(User, request.user)) if is_alone else True,
    )  # fmt: skip


def decide(request: HttpRequest, asked_id: int) -> HttpResponse:
    """Approve, refuse or withdraw a request."""
    if request.method != "POST":
        return redirect("admin:publish_request", asked_id)
    actor, now = actor_in(request, "programme", "change"), timezone.now()
    try:
        if "approve" in request.POST:
            approve(actor=actor, request_id=asked_id, now=now, code=request.POST.get("code", "")[:20])
            messages.success(request, _("Published."))
        else:
            gone = decline(actor=actor, request_id=asked_id, now=now)
            is_refused = gone.state == PublishState.REFUSED
            messages.success(request, _("Refused.") if is_refused else _("Withdrawn."))
    except NotFound:
        raise Http404 from None
    except WalaaError as error:
        messages.error(request, f"{error} {_listed(actor, asked_id, error)}".strip())
    return redirect("admin:publish_request", asked_id)


def _listed(actor: Actor, asked_id: int, error: WalaaError) -> str:
    """What is to be mended, each with the name of its thing."""
    problems = error.params.get("problems", ())
    found = told(_request(actor, asked_id).version, problems) if problems else []
    return " ".join(f"{one.where}: {one.message}" for one in found)


def _request(actor: Actor, asked_id: int) -> PublishRequest:
    try:
        return for_read(actor, requests(actor), room="programme", path=MERCHANT, pk=asked_id)
    except NotFound:
        raise Http404 from None


def _in_words(rows: list[PublishRequest]) -> list[Line]:
    names = names_of_actors({label for row in rows for label in (row.asked_by, row.decided_by)})
    language = (get_language() or "ar")[:2]
    return [
        Line(
            row,
            COLOURS[PublishState(row.state)],
            names.get(row.asked_by, ""),
            names.get(row.decided_by, ""),
            str(row.worst.get(language) or row.worst.get("en", "")),
        )
        for row in rows
    ]
