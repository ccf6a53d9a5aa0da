"""What a purchase prints on the customer's receipt: earned, balance, and what is missing to the next tier.

Tills and shops print these lines as they are, so both languages come at once.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.money import Money
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
            _balance(receipt, language),
        ]
        lines += [_on_card(gift, receipt.currency, language) for gift in receipt.gifts]
        if receipt.owed:
            lines.append(_("Owed: %(points)s") % {"points": points_text(receipt.owed)})
        if receipt.ahead:
            lines.append(_missing(receipt, language))
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


def _balance(receipt: Receipt, language: str) -> str:
    worth = Money(receipt.worth_minor, receipt.currency).format(language)
    return _("Your balance: %(points)s, worth %(worth)s") % {
        "points": points_text(receipt.available),
        "worth": worth,
    }


def _missing(receipt: Receipt, language: str) -> str:
    tier, basis = receipt.ahead[f"name_{language}"], receipt.ahead.get("basis", "spend")
    if basis == "spend":
        missing = Money(receipt.ahead["missing_minor"], receipt.currency).format(language)
        return _("Spend %(amount)s more to reach %(tier)s") % {"amount": missing, "tier": tier}
    missing = count_text(receipt.ahead["missing_minor"], basis, receipt.currency, language)
    return _("%(amount)s more to reach %(tier)s") % {"amount": missing, "tier": tier}
