"""The liability and its journal as tables, and as CSV and XLSX in the reader's language.

Numbers leave as numbers: points as whole ones, amounts in major units with the currency's decimals. An
Arabic workbook reads from right to left; a CSV begins with a byte order mark, so that Excel reads its Arabic.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from accounts.languages import in_language
from accounts.money import Money, exponent_of
from accounts.spreadsheets import harmless
from ledger.liability.figures import Liability, Period
from ledger.liability.journals import ESTIMATE, GRANTED, LAPSED, REDEEMED, Account, Line

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Cell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; ``places`` are the decimals of its amounts."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    places: int


def report_tables(found: Liability) -> list[Table]:
    """The report: its figures, the points by month of expiry, and their movement month by month."""
    places = exponent_of(found.currency)
    return [
        Table(_("Liability"), (_("Figure"), _("Value")), _figures(found), places),
        Table(_("By month of expiry"), _bucket_headers(found), _buckets(found), places),
        Table(_("Movement by month"), flow_headers(), [flow_row(period) for period in found.periods], places),
        *_gift_cards(found, places),
    ]


def _gift_cards(found: Liability, places: int) -> list[Table]:
    """What gift cards owe by month of expiry, where there are any: apart from points."""
    if not found.gift_cards:
        return []
    rows = [(month_name(row.month), _major(row.owed_minor, found)) for row in found.gift_cards]
    headers = (_("Month of expiry"), _("Owed (%(currency)s)") % {"currency": found.currency})
    return [Table(_("Gift cards"), headers, rows, places)]


def journal_table(lines: Sequence[Line], accounts: Mapping[str, Account], found: Liability) -> Table:
    """The journal, a row per line, with both names of every account."""
    headers = (
        *(_("Date"), _("Entry"), _("Account"), _("Name in Arabic"), _("Name in English")),
        *(_("Debit"), _("Credit"), _("Currency"), _("Points"), _("Description")),
    )
    rows = [
        (
            *(found.as_of, line.entry, accounts[line.account].code),
            *(accounts[line.account].name_ar, accounts[line.account].name_en),
            *(_major(line.debit_minor, found), _major(line.credit_minor, found), found.currency),
            *(abs(line.points), describe(line, found)),
        )
        for line in lines
    ]
    return Table(_("Journal"), headers, rows, exponent_of(found.currency))


def describe(line: Line, found: Liability) -> str:
    """What a journal entry is for."""
    what = {
        GRANTED: _("Points granted, less those taken back"),
        REDEEMED: _("Points redeemed"),
        LAPSED: _("Points expired"),
        ESTIMATE: _("Change of the estimate and rounding"),
    }[line.why]
    month = date_format(found.period.first, "YEAR_MONTH_FORMAT")
    return _("%(what)s, %(month)s") % {"what": what, "month": month}


def percent(share: Fraction) -> str:
    """A share in tenths of a percent: "74.5%"."""
    tenths = int(share * 1_000)
    return f"{tenths // 10}.{tenths % 10}%" if tenths % 10 else f"{tenths // 10}%"


def flow_headers() -> tuple[str, ...]:
    """The columns of the movement by month."""
    return (
        *(_("Month"), _("Opening"), _("Earned"), _("Brought in"), _("By hand"), _("Redeemed")),
        *(_("Taken back"), _("Transferred"), _("Expired"), _("Closing"), _("Owed by members")),
        _("Outstanding"),
    )


def flow_row(period: Period) -> tuple[Cell, ...]:
    """One month's movement, in the order of ``flow_headers``."""
    flows = period.flows
    return (
        *(date_format(period.first, "YEAR_MONTH_FORMAT"), period.opening, flows.earned, flows.brought_in),
        *(flows.by_hand, flows.redeemed, flows.taken_back, flows.transferred, flows.lapsed),
        *(period.closing, period.owed, period.outstanding),
    )


def as_csv(tables: Sequence[Table]) -> bytes:
    """Tables one below the other, each after its title when there are several."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for place, table in enumerate(tables):
        if len(tables) > 1:
            writer.writerows([*([[]] if place else []), [table.title]])
        writer.writerow(table.headers)
        writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_xlsx(tables: Sequence[Table]) -> bytes:
    """A workbook with a sheet per table."""
    from openpyxl import Workbook  # here: it brings NumPy, which every process would load for these files

    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        _fill(book.create_sheet(table.title[:31]), table)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: "Worksheet", table: Table) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet.sheet_view.rightToLeft = get_language_bidi()
    sheet.append([str(header) for header in table.headers])
    sheet.freeze_panes = "A2"
    for row in table.rows:
        sheet.append([harmless(cell) for cell in row])
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for column in sheet.iter_cols(min_row=2):
        for cell in column:
            if isinstance(cell.value, Decimal):
                cell.number_format = f"#,##0.{'0' * table.places}"
            elif isinstance(cell.value, int):
                cell.number_format = "#,##0"
            elif isinstance(cell.value, date):
                cell.number_format = "yyyy-mm-dd"
    for place, header in enumerate(table.headers, start=1):
        widest = max([len(str(header)), *(len(str(row[place - 1] or "")) for row in table.rows)])
        sheet.column_dimensions[get_column_letter(place)].width = min(48, max(12, widest + 2))


def _figures(found: Liability) -> list[tuple[Cell, Cell]]:
    use, waiting = found.use, found.waiting
    rows: list[tuple[Cell, Cell]] = [
        (_("As of"), found.as_of),
        (_("Currency"), found.currency),
        (_("Points outstanding"), found.outstanding),
        (_("Worth if all are used"), _major(found.worth_minor, found)),
        (_("Expected use"), percent(use.share)),
        (_("Liability"), _major(found.expected_minor, found)),
        (_("Worth expected to expire unused"), _major(found.breakage_minor, found)),
        (_("Owed by members, points"), found.period.owed),
        (_("Waiting to open, points (in no sum)"), waiting.points),
        (_("Waiting to open, expected (in no sum)"), _major(waiting.expected_minor, found)),
    ]
    if found.low_minor is not None and found.high_minor is not None:
        rows[6:6] = [
            (_("Liability, lower bound (95%)"), _major(found.low_minor, found)),
            (_("Liability, upper bound (95%)"), _major(found.high_minor, found)),
        ]
    return rows


def _bucket_headers(found: Liability) -> tuple[str, ...]:
    return (_("Month of expiry"), _("Points"), _("Worth"), _("Expected use"), _("Liability"))


def _buckets(found: Liability) -> list[tuple[Cell, ...]]:
    share = percent(found.use.share)
    rows: list[tuple[Cell, ...]] = [
        (
            month_name(bucket.month),
            bucket.points,
            _major(bucket.worth_minor, found),
            share,
            _major(bucket.expected_minor, found),
        )
        for bucket in found.buckets
    ]
    total = (_major(found.worth_minor, found), share, _major(found.expected_minor, found))
    return [*rows, (_("Total"), found.outstanding, *total)]


def month_name(month: date | None) -> str:
    """The month as people read it ("March 2027"), or that these points never expire."""
    return date_format(month, "YEAR_MONTH_FORMAT") if month else _("Never")


def _major(amount_minor: int, found: Liability) -> Decimal:
    return Money(amount_minor, found.currency).decimal


def _plain(cell: Cell) -> str:
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(harmless(cell))


def account_name(account: Account) -> str:
    """The account's name in the reader's language."""
    return in_language(account, "name")
