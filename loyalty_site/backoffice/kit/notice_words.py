"""What is said on what is printed one by one: the poster for checking in at a branch, and a gift card."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.languages import in_language
from accounts.models import Branch
from accounts.money import Money
from ledger.models import GiftCard
from ledger.visiting import place_token
from loyalty_site.addresses import address_of

GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class Notice:
    """A sheet in one language: a headline, one code to scan, what to do with it, and what else to know."""

    language: str
    shop: str
    programme: str
    headline: str
    code: str
    call: str
    lines: tuple[str, ...]
    fine_print: str = ""

    @property
    def is_rtl(self) -> bool:
        """Whether it is read from right to left."""
        return self.language == "ar"


def check_in_words(branch: Branch, language: str, *, earns: bool) -> Notice:
    """What hangs at a branch's counter; ``earns`` says whether a visit brings anything by today's terms."""
    with override(language):
        return Notice(
            language=language,
            shop=in_language(branch.merchant, "name", language),
            programme=in_language(branch, "name", language),
            headline=_("Check in and collect for your visit") if earns else _("Tell us that you are here"),
            code=address_of(branch.merchant, "here", token=place_token(branch)),
            call=_("Scan to check in"),
            lines=(_("Open it on your phone and press “I am here”"), _("Once a day")),
        )


def gift_card_words(card: GiftCard, language: str) -> Notice:
    """What a printed gift card says. Whoever holds it may pay with it."""
    groups = [card.code[at : at + GROUP] for at in range(0, len(card.code), GROUP)]
    with override(language):
        return Notice(
            language=language,
            shop=in_language(card.merchant, "name", language),
            programme=_("Gift card"),
            headline=Money(card.value_minor, card.currency).format(language),
            code=card.code,
            call="-".join(groups),
            lines=(_("Show this card when you pay. It may pay in several parts."), _valid(card.expires_on)),
            fine_print=_("Whoever holds the code may pay with it: keep it like money."),
        )


def _valid(until: date | None) -> str:
    if until is None:
        return _("Valid without end")
    return _("Valid until %(day)s") % {"day": date_format(until, "DATE_FORMAT")}
