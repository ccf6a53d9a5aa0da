"""How the members' pages write money, points, days, codes and pictures."""

from datetime import date, datetime

import segno
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from hijridate import Gregorian

from accounts import phones
from accounts.languages import in_language
from ledger.shops.sources import sources
from programs.having_wording import why_not_text
from programs.reasons import Reason
from programs.sentences import event_text, points_text, sentences
from programs.terms import TierTerms
from programs.wording import amount_text

register = template.Library()


def _language() -> str:
    return (get_language() or "ar")[:2]


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw a symbol of the sprite; decoration only, the words beside it say the same."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static("portal/icons.svg"),
        name,
    )


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """Draw ``text`` as a QR code."""
    drawn = segno.make(text, micro=False, error="m").svg_inline(
        omitsize=True, border=2, svgclass="qr", lineclass=None, dark="#10201d", light="#fff"
    )
    return format_html('<div class="qr-tile" role="img" aria-label="{}">{}</div>', label, mark_safe(drawn))  # noqa: S308 - segno's own


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """Write an amount: "150 SAR", "1,234.50 ر.س"; whole amounts without decimals."""
    return amount_text(amount_minor, currency, _language())


@register.filter
def why_not(reason: Reason) -> str:
    """Word why a reward cannot be had now."""
    return why_not_text(reason, _language())


@register.filter
def happening(event: str) -> str:
    """Word what points wait for."""
    return event_text(event)


@register.filter
def points(count: int) -> str:
    """Write "1,240 points", with its plural."""
    return points_text(count)


@register.filter
def number(value: int) -> str:
    """Write "1,240"."""
    return f"{value:,}"


@register.filter
def signed(value: int) -> SafeString:
    """Write "+45", "−250": the sign stands left of the number in both languages."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return format_html('<bdi dir="ltr">{}{}</bdi>', sign, f"{abs(value):,}")


@register.filter
def ltr(text: str) -> SafeString:
    """Keep a phone, a code or an order number in its own direction."""
    return format_html('<bdi dir="ltr">{}</bdi>', text)


@register.filter
def phone(value: str | None) -> str:
    """Space a phone for reading."""
    return phones.readable(value) if value else ""


@register.filter
def grouped(code: str) -> str:
    """Break a code into groups of four, for reading aloud."""
    plain = code.replace("-", "").replace(" ", "")
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


@register.filter
def shop_title(source: str) -> str:
    """What an online shop's platform is called; its code where nobody knows it any more."""
    kind = sources().get(source)
    return str(kind.title) if kind else source


@register.filter
def hijri(day: date) -> str:
    """The Umm al-Qura day beside the Gregorian one; empty outside of its tables."""
    try:
        converted = Gregorian.fromdate(day).to_hijri()
    except OverflowError:
        return ""
    if _language() == "ar":
        return f"{converted.day} {converted.month_name('ar')} {converted.year} هـ"
    return f"{converted.day} {converted.month_name('en')} {converted.year} AH"


@register.filter
def day(value: date | datetime, today: date) -> str:
    """Write "today", "yesterday", "18 November", with the year when it is another one."""
    when = timezone.localtime(value).date() if isinstance(value, datetime) else value
    near = {0: _("today"), 1: _("yesterday"), -1: _("tomorrow")}.get((today - when).days)
    return near or date_format(when, "MONTH_DAY_FORMAT" if when.year == today.year else "DATE_FORMAT")


@register.filter
def moment(value: datetime, today: date) -> str:
    """Write "today, 9:12 PM"."""
    clock = time_format(timezone.localtime(value), "TIME_FORMAT")
    return _("%(day)s, %(time)s") % {"day": day(value, today), "time": clock}


@register.simple_tag(takes_context=True)
def look(context: template.Context) -> str:
    """Return the version of the merchant's look, for the addresses of the theme and the icons."""
    from loyalty_site.portal.theme import version_of

    return version_of(context["merchant"])


@register.filter
def reasons(stored: list[dict[str, object]]) -> list[str]:
    """Word the stored reasons of a row in the reader's language."""
    return sentences(stored, _language())


@register.filter
def tier_name(tier: TierTerms) -> str:
    """Name a tier in the reader's language."""
    return in_language(tier, "name")


@register.filter
def days_left(day: date, today: date) -> int:
    """Return how many days remain until ``day``."""
    return (day - today).days


@register.filter
def points_word(count: int) -> str:
    """Return "point" or "points" alone, for a number that is written apart and larger."""
    return ngettext("point", "points", abs(count))


@register.filter
def absolute(value: int) -> int:
    """Return the size of a number."""
    return abs(value)


@register.filter
def unlocal(value: int) -> str:
    """Write a number for a form: digits alone."""
    return str(value)


@register.filter
def opposite(value: int) -> int:
    """Return a number with its sign turned: what was taken of a lot, as the lot feels it."""
    return -value
