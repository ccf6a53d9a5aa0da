"""The two files of an export that another house can bring in as they are: purchases and opening balances.

Columns are those of ``import_purchases`` and ``import_balances``. A member is named by the merchant's own id,
or by the membership number where there is none; a merged record by the one it was merged into.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from accounts.models import Consent, Member, Merchant
from accounts.models.consent import Purpose
from accounts.spreadsheets import harmless
from ledger.imports.balance_rows import CHANNELS
from ledger.models import Balance, Lot, Purchase, PurchaseLine, TierPeriod
from loyalty_site.safekeeping.takeout_tables import money
from programs.calendars import business_date

AT_ONCE: Final = 1_000
PURCHASES: Final = ("external_id", "member_id", "occurred_at", "amount", "currency", "branch", "category")
BALANCES: Final = (
    *("member_id", "phone", "given_name", "family_name", "lot_id", "points", "earned_on", "expires_on"),
    *("tier", "tier_until", *(f"{channel}_consent{on}" for channel in CHANNELS for on in ("", "_on"))),
    "consent_source",
)


def write_imports(folder: Path, merchant: Merchant, now: datetime, alias: str) -> dict[str, int]:
    """Write both files below ``folder``/import; how many rows each has."""
    target = folder / "import"
    target.mkdir(mode=0o700)
    return {
        "purchases": _write(target / "purchases.csv", PURCHASES, _purchases(merchant, alias)),
        "balances": _write(target / "balances.csv", BALANCES, _balances(merchant, now, alias)),
    }


def _write(path: Path, header: Iterable[str], rows: Iterator[dict[str, Any]]) -> int:
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.DictWriter(file, list(header))
        sheet.writeheader()
        count = 0
        for row in rows:
            sheet.writerow({name: harmless(value) for name, value in row.items()})
            count += 1
    return count


def _purchases(merchant: Merchant, alias: str) -> Iterator[dict[str, Any]]:
    """Every purchase at its full amount; two shops that numbered their orders alike are told apart."""
    orders = Purchase.objects.using(alias).filter(merchant=merchant)
    several = orders.order_by().values("source").distinct().count() > 1
    related = orders.select_related("member__merged_into", "branch").order_by("pk")
    for chunk in _slices(related.iterator(chunk_size=AT_ONCE)):
        categories = _categories(chunk, alias)
        for order in chunk:
            number = f"{order.source}-{order.external_id}" if several else order.external_id
            yield {
                "external_id": number[:64],
                "member_id": _name(order.member),
                "occurred_at": order.occurred_at.astimezone(merchant.timezone).isoformat(),
                "amount": money(order.total_minor, order.currency),
                "currency": order.currency,
                "branch": order.branch.code if order.branch else "",
                "category": categories.get(order.pk, ""),
            }


def _categories(orders: list[Purchase], alias: str) -> dict[int, str]:
    """The category of each order's first line."""
    lines = PurchaseLine.objects.using(alias).filter(purchase__in=[order.pk for order in orders], position=0)
    return dict(lines.values_list("purchase_id", "category"))


def _balances(merchant: Merchant, now: datetime, alias: str) -> Iterator[dict[str, Any]]:
    """A row per lot that lives; tier and consent on a member's first row."""
    today = business_date(now, merchant.zone)
    people = Member.objects.using(alias).filter(merchant=merchant).active().order_by("pk")
    for chunk in _slices(people.iterator(chunk_size=AT_ONCE)):
        ids = [member.pk for member in chunk]
        lots: dict[int, list[Lot]] = defaultdict(list)
        for lot in Lot.objects.using(alias).filter(member_id__in=ids, remaining__gt=0).order_by("pk"):
            if lot.expires_on is None or lot.expires_on >= today:
                lots[lot.member_id].append(lot)
        tiers, answers = _tiers(ids, merchant, alias), _answers(ids, merchant, alias)
        for member in chunk:
            once = tiers.get(member.pk, {}) | answers.get(member.pk, {})
            for place, row in enumerate([_lot(lot, merchant) for lot in lots[member.pk]] or [{}]):
                said = row | (once if place == 0 else {})
                if said:
                    yield _named(member) | said


def _named(member: Member) -> dict[str, Any]:
    return {
        "member_id": _name(member),
        "phone": member.phone or "",
        "given_name": member.given_name,
        "family_name": member.family_name,
    }


def _lot(lot: Lot, merchant: Merchant) -> dict[str, Any]:
    return {
        "lot_id": f"lot-{lot.pk}",
        "points": lot.remaining,
        "earned_on": business_date(lot.earned_at, merchant.zone).isoformat(),
        "expires_on": lot.expires_on.isoformat() if lot.expires_on else "never",
    }


def _tiers(ids: list[int], merchant: Merchant, alias: str) -> dict[int, dict[str, Any]]:
    """The tier each member was raised to, and its last day."""
    held = dict(Balance.objects.using(alias).filter(member_id__in=ids).values_list("member_id", "tier_code"))
    found = {}
    for period in TierPeriod.objects.using(alias).filter(member_id__in=ids).order_by("starts_at", "pk"):
        if period.tier_code == held.get(period.member_id) and period.ends_at is not None:
            last = period.ends_at - timedelta(microseconds=1)
            found[period.member_id] = {
                "tier": period.tier_code, "tier_until": business_date(last, merchant.zone).isoformat(),
            }  # fmt: skip
    return found


def _answers(ids: list[int], merchant: Merchant, alias: str) -> dict[int, dict[str, Any]]:
    """Each member's marketing answers in force."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    rows = Consent.objects.using(alias).filter(
        member_id__in=ids, purpose=Purpose.MARKETING, channel__in=CHANNELS
    )
    for answer in rows.order_by("at", "pk"):
        found[answer.member_id] |= {
            f"{answer.channel}_consent": "yes" if answer.granted else "no",
            f"{answer.channel}_consent_on": business_date(answer.at, merchant.zone).isoformat(),
            "consent_source": answer.source,
        }
    return found


def _name(member: Member) -> str:
    """By what the other house will know the member."""
    head = member.merged_into or member
    return head.external_id or head.number


def _slices(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, AT_ONCE)):
        yield chunk
