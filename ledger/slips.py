"""What is printed on the customer's receipt: earned or spent, balance, what is missing to the next tier.

Tills and shops print these lines as they are, so both languages come at once.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.languages import in_language
from accounts.money import Money
from ledger.models import Redemption
from ledger.models.redemptions import RedemptionState
from ledger.queries import Account
from ledger.receipt import Receipt
from programs.sentences import event_text, points_text
from programs.tier_wording import count_text


@dataclass(frozen=True, slots=True)
class Slip:
    """The lines in both languages."""

    ar: tuple[str, ...]
    en: tuple[str, ...]


def slip(receipt: Receipt) -> Slip:
    """Return the lines of a purchase's receipt."""
    return Slip(ar=_lines(receipt, "ar"), en=_lines(receipt, "en"))


def code_slip(redemption: Redemption, standing: Account) -> Slip:
    """What is printed with a code: what it buys, how it stands, and what is left."""
    return Slip(ar=_of_code(redemption, standing, "ar"), en=_of_code(redemption, standing, "en"))


def _of_code(redemption: Redemption, standing: Account, language: str) -> tuple[str, ...]:
    until = redemption.expires_at.astimezone(redemption.merchant.timezone)
    with override(language):
        lines = [
            in_language(redemption, "name"),
            _("Code %(code)s: %(state)s")
            % {"code": redemption.code, "state": redemption.get_state_display()},
        ]
        if redemption.state == RedemptionState.RESERVED:
            lines.append(_("To be used by %(moment)s") % {"moment": date_format(until, "DATETIME_FORMAT")})
        lines.append(_balance(standing.available, standing.worth_minor, standing.currency, language))
        if (way := standing.way) and (tier := way.progress.next_tier):
            name = in_language(tier, "name", language)
            lines.append(_missing(name, way.progress.missing, way.basis, standing.currency, language))
    return tuple(lines)


def stranger_slip(points: int, address: str) -> Slip:
    """What is printed for somebody nobody knows: what was missed, and where to join and claim it."""
    return Slip(ar=_invitation(points, address, "ar"), en=_invitation(points, address, "en"))


def _invitation(points: int, address: str, language: str) -> tuple[str, ...]:
    with override(language):
        missed = _("This receipt is worth %(points)s") % {"points": points_text(points)}
        return (*((missed,) if points else ()), _("Join and collect: %(address)s") % {"address": address})


def _lines(receipt: Receipt, language: str) -> tuple[str, ...]:
    with override(language):
        lines = [
            _("You earned %(points)s") % {"points": points_text(receipt.points)},
            *_waiting(receipt),
            _balance(receipt.available, receipt.worth_minor, receipt.currency, language),
        ]
        lines += [_on_card(gift, receipt.currency, language) for gift in receipt.gifts]
        if receipt.owed:
            lines.append(_("Owed: %(points)s") % {"points": points_text(receipt.owed)})
        if receipt.ahead:
            ahead = receipt.ahead
            name, basis = ahead[f"name_{language}"], ahead.get("basis", "spend")
            lines.append(_missing(name, ahead["missing_minor"], basis, receipt.currency, language))
    return tuple(lines)


def _on_card(gift: dict[str, Any], currency: str, language: str) -> str:
    """What a gift card paid and still holds, by the last letters of its code."""
    paid, left = (
        Money(amount, currency).format(language) for amount in (-gift["amount_minor"], gift["left_minor"])
    )
    return _("Gift card …%(card)s: paid %(paid)s, %(left)s left") % {
        "card": gift["card"],
        "paid": paid,
        "left": left,
    }


def _waiting(receipt: Receipt) -> list[str]:
    """From when the points of this order can be spent, if they wait."""
    if "opens_on" in receipt.waiting:
        return [
            _("To spend from %(day)s") % {"day": date_format(date.fromisoformat(receipt.waiting["opens_on"]))}
        ]
    if "awaits" in receipt.waiting:
        return [_("To spend once the order is %(event)s") % {"event": event_text(receipt.waiting["awaits"])}]
    return []


def _balance(available: int, worth_minor: int, currency: str, language: str) -> str:
    worth = Money(worth_minor, currency).format(language)
    return _("Your balance: %(points)s, worth %(worth)s") % {"points": points_text(available), "worth": worth}


def _missing(tier: str, missing: int, basis: str, currency: str, language: str) -> str:
    if basis == "spend":
        amount = Money(missing, currency).format(language)
        return _("Spend %(amount)s more to reach %(tier)s") % {"amount": amount, "tier": tier}
    amount = count_text(missing, basis, currency, language)
    return _("%(amount)s more to reach %(tier)s") % {"amount": amount, "tier": tier}
