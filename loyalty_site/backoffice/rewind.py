"""What a programme would have cost on the last months' purchases: the form, the answer, its people."""

import csv
from collections.abc import Iterator
from typing import Any, Final, cast, get_args

from django import forms
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.access import Actor
from accounts.digits import latin_digits
from accounts.errors import Forbidden, NotFound, WalaaError
from accounts.money import Money
from analytics.models import RewindDifference, RewindRun, RewindScenario, RewindState
from analytics.rewind import asking
from analytics.rewind.queries import (
    ROOM,
    Who,
    differences,
    percent_done,
    report_of,
    run_of,
    runs_of,
    scenario_of,
)
from analytics.tasks import run_rewinds
from loyalty_site.backoffice import rewind_figures
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page
from programs.models import ProgrammeVersion

PER_PAGE: Final = 25
MONTHS: Final = (3, 6, 12, 18, 24, 36)
BOM: Final = "\ufeff"


class RewindForm(forms.Form):
    """Which months, which programmes, and what to assume."""

    months = forms.TypedChoiceField(
        label=gettext_lazy("Months to look back over"),
        coerce=int,
        initial=12,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("This month so far is the last of them."),
    )
    versions = forms.MultipleChoiceField(
        label=gettext_lazy("Beside today's programme"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Your draft, or any version you published: at most three."),
    )
    use_percent = forms.CharField(
        label=gettext_lazy("Share of points that will be used, %"),
        required=False,
        max_length=5,
        widget=UnfoldAdminTextInputWidget(
            attrs={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"}
        ),
        help_text=gettext_lazy("Leave empty to learn it from what your members did."),
    )
    all_earn = forms.BooleanField(
        label=gettext_lazy("Purchases that earned nothing in the books earn too"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=gettext_lazy(
            "Such as history that you brought in, or orders made while the programme was paused."
        ),
    )

    def __init__(self, *args: Any, versions: list[ProgrammeVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = cast(forms.TypedChoiceField, self.fields["months"])
        months.choices = [(number, str(number)) for number in MONTHS]
        chosen = cast(forms.MultipleChoiceField, self.fields["versions"])
        chosen.choices = [(str(version.pk), rewind_figures.name_of(version)) for version in versions]

    def clean_use_percent(self) -> int | None:
        """A whole number in any digits, or nothing."""
        text = latin_digits(self.cleaned_data["use_percent"]).strip().removesuffix("%").strip()
        if not text:
            return None
        if not text.isascii() or not text.isdigit():
            raise forms.ValidationError(_("Write a whole number."))
        return int(text)


def overview(request: HttpRequest) -> HttpResponse:
    """Ask a new question, and see the earlier ones."""
    actor, now = actor_in(request, ROOM), timezone.now()
    versions = asking.versions_to_try(actor.merchant)
    initial = {
        "versions": [str(version.pk) for version in versions if not version.is_published],
        "all_earn": request.method != "POST" and asking.is_mostly_history(actor.merchant, 12, now),
    }
    form = RewindForm(request.POST or None, versions=versions, initial=initial)
    if request.method == "POST" and form.is_valid():
        answer = _asked(actor_in(request, ROOM, "change"), form)
        if answer is not None:
            return redirect("admin:rewind_run", answer.pk)
    rows = Paginator(runs_of(actor), PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request, "backoffice/rewind.html", _("Rewind"),
        form=form, rows=rows, states=rewind_figures.STATE_COLOURS, may_ask=actor.may("change", ROOM),
    )  # fmt: skip


def _asked(actor: Actor, form: RewindForm) -> RewindRun | None:
    """Put the question; a refusal goes to its field."""
    said = form.cleaned_data
    try:
        run = asking.ask(
            actor=actor, version_ids=[int(pk) for pk in said["versions"]], months=said["months"],
            use_percent=said["use_percent"], all_earn=said["all_earn"], now=timezone.now(),
        )  # fmt: skip
    except WalaaError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return None
    transaction.on_commit(run_rewinds.delay)
    return run


def detail(request: HttpRequest, rewind_id: int) -> HttpResponse:
    """How far a Rewind is, or what it found."""
    run = _run(request, rewind_id)
    if run.state != RewindState.DONE:
        return page(
            request, "backoffice/rewind_progress.html", _("Rewind"),
            run=run, percent=percent_done(run), why=rewind_figures.why_failed(run),
            is_open=run.state in {RewindState.WAITING, RewindState.RUNNING},
        )  # fmt: skip
    shown = rewind_figures.shown(report_of(run))
    return page(request, "backoffice/rewind_report.html", _("Rewind"), run=run, shown=shown)


def members(request: HttpRequest, rewind_id: int, place: int) -> HttpResponse:
    """Who wins and who loses under one programme."""
    run = _run(request, rewind_id)
    scenario, who = _scenario(run, place), _who(request, "losers")
    rows = Paginator(differences(scenario, who), PER_PAGE).get_page(request.GET.get("page"))
    today = run.scenarios.get(place=0)
    return page(
        request, "backoffice/rewind_members.html", rewind_figures.title_of(scenario),
        run=run, scenario=scenario, who=who, rows=rows,
        people=[rewind_figures.person(row, run, today) for row in rows],
        counts=(scenario.found.get("won", 0), scenario.found.get("lost", 0)),
    )  # fmt: skip


def members_file(request: HttpRequest, rewind_id: int, place: int) -> HttpResponseBase:
    """Every member's difference, as CSV."""
    run = _run(request, rewind_id)
    scenario = _scenario(run, place)
    answer = StreamingHttpResponse(_lines(scenario, run), content_type="text/csv; charset=utf-8")
    name = f"rewind-{run.pk}-{scenario.place}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


class _Echo:
    """What the writer writes to is what it returns."""

    def write(self, text: str) -> str:
        return text


def _lines(scenario: RewindScenario, run: RewindRun) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow(
        [_("Member"), _("Spend"), _("Points today"), _("Points"), _("Difference"), _("Tier today"), _("Tier")]
    )
    for row in differences(scenario, "all").iterator(chunk_size=2_000):
        yield writer.writerow(_cells(row, run))


def _cells(row: RewindDifference, run: RewindRun) -> list[Any]:
    amounts = (
        str(Money(minor, run.merchant.currency).decimal) for minor in (row.spend_minor, row.gain_minor)
    )
    spend, gain = amounts
    return [row.member.number, spend, row.points_today, row.points, gain, row.tier_today, row.tier]


def _run(request: HttpRequest, rewind_id: int) -> RewindRun:
    """The run; absent and another merchant's look the same."""
    try:
        return run_of(actor_in(request, ROOM), rewind_id)
    except (NotFound, Forbidden):
        raise Http404 from None


def _scenario(run: RewindRun, place: int) -> RewindScenario:
    if run.state != RewindState.DONE:
        raise Http404
    try:
        return scenario_of(run, place)
    except NotFound:
        raise Http404 from None


def _who(request: HttpRequest, otherwise: Who) -> Who:
    asked = request.GET.get("who", otherwise)
    if asked not in get_args(Who):
        raise Http404
    return cast(Who, asked)
