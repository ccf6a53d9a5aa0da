"""Why a row of a file, or the whole file, was refused, in words of the reader's language."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.imports.errors import FileRefused

SENTENCES: Final[dict[str, str | Promise]] = {
    "broken_row": _("This row cannot be split into columns; look for an unclosed quotation mark."),
    "empty": _("This is empty."),
    "too_long": _("This is longer than %(longest)s characters."),
    "unprintable": _("This holds characters that cannot be printed."),
    "wrong_currency": _("“%(currency)s” is not your currency (%(expected)s)."),
    "unknown_branch": _("You have no branch “%(branch)s”."),
    "bad_phone": _("This does not look like a phone number."),
    "amount_invalid": _("This is not an amount of money."),
    "amount_negative": _("An amount cannot be negative; record a refund instead."),
    "amount_too_large": _("This amount is too large for one purchase."),
    "amount_too_precise": _("This amount has too many decimals."),
    "amount_zero": _("A purchase of nothing is not a purchase."),
    "bad_time": _("“%(text)s” is not a date we can read. Write 2026-11-20 18:30."),
    "before_time": _("This date is before the year 2000."),
    "in_the_future": _("This date is in the future."),
    "repeated_id": _("Row %(first)s has this order number already."),
    "key_conflict": _("This order number is already recorded with other content."),
    "closed_member": _("This member's record is closed."),
    "nothing_to_open": _("This row brings nothing: no points, stamps, tier or consent."),
    "not_a_number": _("This is not a whole number."),
    "below_zero": _("This cannot be below zero."),
    "too_many": _("This is more than %(most)s."),
    "no_life_known": _("There is no programme yet that says how long points live: write a date or “never”."),
    "before_earning": _("These points would die before they were earned."),
    "dead_already": _("The last day was %(on)s; what is over cannot come in."),
    "unknown_tier": _("You have no tier “%(tier)s”."),
    "neither_yes_nor_no": _("“%(text)s” is neither yes nor no."),
    "repeated_lot": _("Row %(first)s says the same already; lots that are alike need a lot_id each."),
    "lot_conflict": _("This lot is already recorded with other content."),
    "lot_of_another": _("This lot already belongs to another member."),
    "no_programme": _("There is no live programme at that time."),
}


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """Return why a row was refused, in the active language."""
    text = str(SENTENCES.get(code, _("This row was refused.")))
    return text % params if params else text


def file_sentence(refusal: Mapping[str, Any]) -> str:
    """Return why a whole file was refused (``ImportRun.refusal``), or nothing."""
    if not refusal:
        return ""
    kinds = {kind.code: kind for kind in FileRefused.__subclasses__()}
    kind = kinds.get(str(refusal.get("code")), FileRefused)
    return str(kind(**{name: value for name, value in refusal.items() if name != "code"}))
