"""What the points that are out will cost: the page, its files, and the journal an accountant posts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.languages import in_language
from accounts.models import Merchant
from accounts.money import Money
from ledger.liability.figures import Liability, liability
from ledger.liability.files import (
    Cell,
    Table,
    as_csv,
    as_xlsx,
    describe,
    flow_headers,
    flow_row,
    journal_table,
    month_name,
    percent,
    report_tables,
)
from ledger.liability.journal_reports import Journal, journal_of
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page
from programs.calendars import add_months
from programs.sentences import points_text

SHOWN_COHORTS: Final = 12
WRITERS: Final[dict[str, tuple[Callable[[Sequence[Table]], bytes], str]]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@dataclass(frozen=True, slots=True)
class BucketRow:
    """Points of one month of expiry, in words."""

    month: str
    points: int
    worth: str
    expected: str


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A line of the journal, in words; one side is empty."""

    entry: int
    account: str
    code: str
    debit: str
    credit: str
    why: str


def overview(request: HttpRequest) -> HttpResponse:
    """Show the liability at the end of a day, month by month, with the journal of that month."""
    merchant, as_of, now = _asked(request)
    found = liability(merchant, as_of=as_of, now=now)
    month = journal_of(merchant, as_of=as_of, now=now, closing=found)
    return page(
        request, "backoffice/liability.html", _("Points liability"),
        found=found, share=percent(found.use.share), range=_range(found),
        money={
            "worth": _money(found, found.worth_minor), "expected": _money(found, found.expected_minor),
            "breakage": _money(found, found.breakage_minor),
        },
        waiting=_money(found, found.waiting.expected_minor),
        one_block=_money(found, found.block_value_minor),
        gift_cards=[(month_name(row.month), _money(found, row.owed_minor)) for row in found.gift_cards],
        gift_cards_owed=_money(found, found.gift_cards_minor),
        buckets=_buckets(found), cohorts=_cohorts(found), flows=_flows(found),
        journal=_journal(month), total=_money(found, month.debit_minor),
        carried=(_money(found, month.opening.expected_minor), _money(found, found.expected_minor)),
        days=_days(merchant, now), is_now=as_of == _today(merchant, now),
    )  # fmt: skip


def report_file(request: HttpRequest) -> HttpResponse:
    """The report as CSV, or XLSX (``?format=``)."""
    merchant, as_of, now = _asked(request)
    return table_file(request, f"liability-{as_of}", report_tables(liability(merchant, as_of=as_of, now=now)))


def journal_file(request: HttpRequest) -> HttpResponse:
    """The month's journal as CSV, or XLSX (``?format=``)."""
    merchant, as_of, now = _asked(request)
    month = journal_of(merchant, as_of=as_of, now=now)
    table = journal_table(month.lines, month.accounts, month.closing)
    return table_file(request, f"journal-{as_of}", [table])


def _asked(request: HttpRequest) -> tuple[Merchant, date, datetime]:
    """The merchant, the day and the moment; a day that is none, or has not come, is not there."""
    merchant, now = actor_in(request, "facts").merchant, timezone.now()
    today = _today(merchant, now)
    try:
        as_of = date.fromisoformat(request.GET.get("as_of") or today.isoformat())
    except ValueError:
        raise Http404 from None
    if not date(2000, 1, 1) <= as_of <= today:
        raise Http404
    return merchant, as_of, now


def _today(merchant: Merchant, now: datetime) -> date:
    return now.astimezone(merchant.timezone).date()


def _days(merchant: Merchant, now: datetime) -> list[tuple[str, str]]:
    """Now, and the ends of the last twelve months."""
    first = _today(merchant, now).replace(day=1)
    ends = [add_months(first, -step) - timedelta(days=1) for step in range(12)]
    return [("", _("Now")), *((end.isoformat(), date_format(end, "DATE_FORMAT")) for end in ends)]


def _money(found: Liability, amount_minor: int) -> str:
    return Money(amount_minor, found.currency).format(get_language() or "ar")


def _range(found: Liability) -> tuple[str, str, str, str] | None:
    """The bounds of the liability and of the share, where history proves them."""
    use = found.use
    if use.low is None or use.high is None or found.low_minor is None or found.high_minor is None:
        return None
    return (
        *(_money(found, found.low_minor), _money(found, found.high_minor)),
        *(percent(use.low), percent(use.high)),
    )


def _flows(found: Liability) -> tuple[list[str], list[list[Cell]]]:
    """The movement by month, the newest first, without the columns in which nothing ever moved."""
    rows = [flow_row(period) for period in reversed(found.periods)]
    shown = [place for place in range(len(rows[0])) if any(row[place] for row in rows)]
    headers = flow_headers()
    return [headers[place] for place in shown], [[row[place] for place in shown] for row in rows]


def _cohorts(found: Liability) -> list[tuple[str, str, int]]:
    """The newest months of issue that are over: name, points, and the whole percent that was used."""
    return [
        (month_name(row.month), points_text(row.points), round(100 * row.used / row.points))
        for row in found.cohorts[-SHOWN_COHORTS:]
        if row.points
    ]


def _buckets(found: Liability) -> list[BucketRow]:
    return [
        BucketRow(
            month_name(row.month),
            row.points,
            _money(found, row.worth_minor),
            _money(found, row.expected_minor),
        )
        for row in found.buckets
    ]


def _journal(month: Journal) -> list[JournalRow]:
    found = month.closing
    return [
        JournalRow(
            entry=line.entry,
            account=in_language(month.accounts[line.account], "name"),
            code=month.accounts[line.account].code,
            debit=_money(found, line.debit_minor) if line.debit_minor else "",
            credit=_money(found, line.credit_minor) if line.credit_minor else "",
            why=describe(line, found),
        )
        for line in month.lines
    ]


def table_file(request: HttpRequest, name: str, tables: Sequence[Table]) -> HttpResponse:
    """Tables as a file to keep: CSV, or XLSX (``?format=``)."""
    kind = request.GET.get("format", "csv")
    if kind not in WRITERS:
        raise Http404
    write, content_type = WRITERS[kind]
    answer = HttpResponse(write(tables), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer
