"""Everything held about a member, as JSON for machines and as CSV for a spreadsheet (PDPL: a copy)."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from accounts.access import Actor, own
from accounts.models import Consent, Member
from accounts.money import plain
from accounts.privacy import PERSONAL_FIELDS
from campaigns.queries import in_inbox
from ledger.models import (
    Achievement,
    CauseChoice,
    CauseEntry,
    Contender,
    ContestStanding,
    GiftCard,
    GiftCardEntry,
    GoalEntry,
    Lot,
    Membership,
    MembershipPayment,
    Movement,
    Place,
    Purchase,
    Redemption,
    Referral,
    Refund,
    TierPeriod,
    Upgrade,
)
from ledger.models.goals import GoalKind
from programs.editions import agreed_by

ABOUT = (*PERSONAL_FIELDS["accounts.Member"], "number", "language", "referral_code", "joined_at")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = tuple[str, Any, str, str, str]


def gather(actor: Actor, member: Member) -> dict[str, Any]:
    """Return every row about the member by section; the number of queries is fixed."""
    purchases = own(actor, Purchase.objects.order_by("occurred_at", "id"))
    refunds = own(actor, Refund.objects.order_by("occurred_at", "id"), path="purchase__member_id")
    return {
        "about": {name: getattr(member, name) for name in ABOUT},
        "consents": _rows(
            own(actor, Consent.objects.order_by("at", "id")), "channel purpose granted language at"
        ),
        "terms": [
            {"edition": row.edition.number, "agreed": row.agreed, "language": row.language, "at": row.at}
            for row in agreed_by(member)
        ],
        "tiers": _rows(
            own(actor, TierPeriod.objects.order_by("starts_at", "id")), "tier_code starts_at ends_at"
        ),
        "purchases": _rows(purchases, "external_id occurred_at total_minor currency points branch__name_en"),
        "refunds": _rows(refunds, "external_id occurred_at amount_minor purchase__currency clawback_points"),
        "movements": _rows(
            own(actor, Movement.objects.order_by("occurred_at", "id")),
            "kind points occurred_at reasons note__text",
        ),
        "points": _rows(own(actor, Lot.objects.order_by("id")), "points remaining earned_at expires_on"),
        "redemptions": _rows(
            own(actor, Redemption.objects.order_by("issued_at", "id")),
            "name_ar name_en state points value_minor currency issued_at expires_at closed_at",
        ),
        "memberships": _rows(
            own(actor, Membership.objects.order_by("started_at", "id")),
            "plan price_minor currency period started_at trial_until paid_through cancelled_at ended_at",
        ),
        "fees": _rows(
            own(actor, MembershipPayment.objects.order_by("occurred_at", "id")),
            "kind amount_minor currency method from_day to_day occurred_at membership__plan",
        ),
        "gifts": _rows(
            own(actor, CauseEntry.objects.order_by("id")),
            "kind number name_ar name_en points amount_minor currency recorded_at",
        ),
        "causes": _rows(
            own(actor, CauseChoice.objects.order_by("chosen_at", "id")), "cause__name_en chosen_at"
        ),
        "events": _rows(
            own(actor, Place.objects.order_by("id")), "event__name_ar event__name_en state signed_at"
        ),
        "gift_cards": _rows(
            own(actor, GiftCard.objects.order_by("id")),
            "code why value_minor balance_minor currency issued_at expires_on closed_at",
        ),
        "gift_card_entries": _rows(
            own(actor, GiftCardEntry.objects.order_by("id"), path="card__member_id"),
            "act amount_minor card__currency business_date",
        ),
        "upgrades": _rows(own(actor, Upgrade.objects.order_by("id")), "feature starts_at until"),
        "collected": _rows(own(actor, GoalEntry.objects.order_by("id")), "kind code delta business_date"),
        "achievements": _rows(
            own(actor, Achievement.objects.order_by("id")),
            "kind code number points badge business_date revoked_at",
        ),
        "contests": _rows(
            own(actor, Contender.objects.order_by("joined_at", "id")), "code starts_on joined_at left_at"
        ),
        "contest_places": _rows(
            own(actor, ContestStanding.objects.order_by("id")),
            "closing__code closing__starts_on place count closing__closed_at",
        ),
        "friends": _rows(
            own(actor, Referral.objects.order_by("joined_at", "id"), path="bringer_id"),
            "joined_at state due_on",
        ),
        "messages": _rows(own(actor, in_inbox()), "subject body language sent_at read_at"),
    }


def as_json(actor: Actor, member: Member) -> bytes:
    """Return everything as JSON, with amounts in minor units as they are kept."""
    text = json.dumps(gather(actor, member), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return text.encode()


def as_csv(actor: Actor, member: Member) -> bytes:
    """Return everything as one table that spreadsheets open with its Arabic intact."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([_("What"), _("When"), _("Text"), _("Amount"), _("Points")])
    for row in _table(gather(actor, member)):
        table.writerow([harmless(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def harmless(cell: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) and not text.lstrip("+-").isdigit() else text


def _table(data: dict[str, Any]) -> Iterator[Row]:
    """Yield (what, when, text, amount, points)."""
    for name, value in data["about"].items():
        yield name, "", str(value or ""), "", ""
    for row in data["consents"]:
        said = _("yes") if row["granted"] else _("no")
        yield _("Consent"), row["at"], f"{row['channel']} {row['purpose']}: {said}", "", ""
    for row in data["terms"]:
        said = _("yes") if row["agreed"] else _("no")
        yield _("Terms, version %(number)s") % {"number": row["edition"]}, row["at"], said, "", ""
    for row in data["purchases"]:
        amount = f"{plain(row['total_minor'], row['currency'])} {row['currency']}"
        yield _("Purchase"), row["occurred_at"], row["external_id"], amount, str(row["points"])
    for row in data["refunds"]:
        currency = row["purchase__currency"]
        amount = f"{plain(row['amount_minor'], currency)} {currency}"
        yield _("Refund"), row["occurred_at"], row["external_id"], amount, str(-row["clawback_points"])
    for row in data["movements"]:
        yield _("Points"), row["occurred_at"], row["kind"], "", str(row["points"])
    for row in data["redemptions"]:
        yield _("Redemption"), row["issued_at"], f"{row['name_en']}: {row['state']}", "", str(row["points"])
    yield from _money_rows(data)
    for row in data["events"]:
        yield _("Event"), row["signed_at"], f"{row['event__name_en']}: {row['state']}", "", ""
    yield from _collected_rows(data)
    for row in data["friends"]:
        yield _("Friend"), row["joined_at"], row["state"], "", ""
    for row in data["messages"]:
        yield _("Message"), row["sent_at"], f"{row['subject']}\n{row['body']}", "", ""


def _rows(rows: Any, fields: str) -> list[dict[str, Any]]:
    return list(rows.values(*fields.split()))


def _collected_rows(data: dict[str, Any]) -> Iterator[Row]:
    """Yield what moved cards and challenges on, then what was reached."""
    for row in data["collected"]:
        said = f"{row['code']}: {row['delta']:+d}"
        yield str(GoalKind(row["kind"]).label), row["business_date"], said, "", ""
    for row in data["achievements"]:
        said = f"{row['code']} {row['number']} {row['badge']}".strip()
        yield str(GoalKind(row["kind"]).label), row["business_date"], said, "", str(row["points"])
    for row in data["contests"]:
        yield _("Contest joined"), row["joined_at"], row["code"], "", ""
        if row["left_at"]:
            yield _("Contest left"), row["left_at"], row["code"], "", ""
    for row in data["contest_places"]:
        said = f"{row['closing__code']} {row['closing__starts_on']}: {row['place']}"
        yield _("Place in a contest"), row["closing__closed_at"], said, "", ""


def _money_rows(data: dict[str, Any]) -> Iterator[Row]:
    """Yield what was paid, given and is kept in money."""
    for row in data["fees"]:
        amount = f"{plain(row['amount_minor'], row['currency'])} {row['currency']}"
        said = f"{row['membership__plan']} {row['from_day']}–{row['to_day']} ({row['kind']})"
        yield _("Membership fee"), row["occurred_at"], said, amount, ""
    for row in data["gifts"]:
        amount = f"{plain(row['amount_minor'], row['currency'])} {row['currency']}"
        yield _("Gift"), row["recorded_at"], f"{row['name_en']} {row['number']}", amount, str(-row["points"])
    for row in data["gift_cards"]:
        amount = f"{plain(row['balance_minor'], row['currency'])} {row['currency']}"
        yield _("Gift card"), row["issued_at"], row["code"], amount, ""
