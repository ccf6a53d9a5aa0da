"""How values stand in the back office's tables: isolated from the direction of what surrounds them."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts.actors import names_of_actors
from accounts.models import Member
from accounts.money import Money
from accounts.phones import readable

NOTHING = "—"


def isolated(text: str) -> str:
    """Text with marks around it that keep "8%" from being read "%8" in an Arabic sentence."""
    return f"\u2066{text}\u2069"


def code_cell(text: str) -> str:
    """A code, an order number, an address: left to right."""
    return format_html('<bdi dir="ltr">{}</bdi>', text) if text else NOTHING


def name_cell(text: str) -> SafeString:
    """A person's name in whatever script it is written."""
    return format_html("<bdi>{}</bdi>", text)


def phone_cell(phone: str | None) -> str:
    """A phone number, spaced for reading."""
    return code_cell(readable(phone)) if phone else NOTHING


def money_cell(amount_minor: int | None, currency: str) -> str:
    """An amount with its currency."""
    if amount_minor is None:
        return NOTHING
    return format_html("<bdi>{}</bdi>", Money(amount_minor, currency).format(get_language() or "ar"))


def points_cell(points: int, *, signed: bool = False) -> SafeString:
    """Points, grouped; with a sign where they moved."""
    return format_html('<bdi dir="ltr">{}</bdi>', f"{points:+,}" if signed else f"{points:,}")


def actor_cell(label: str) -> SafeString:
    """Who did it: a person's name or a key's, never the label that the rows keep."""
    return name_cell(names_of_actors([label]).get(label, NOTHING))


def member_cell(member: Member) -> SafeString:
    """A member's name, leading to their page."""
    return format_html(
        '<a class="link" href="{}"><bdi>{}</bdi></a>',
        reverse("admin:accounts_member_change", args=[member.pk]),
        member,
    )


def lines_cell(lines: list[str]) -> str:
    """A few sentences, one below the other."""
    cells = [format_html("<div>{}</div>", line) for line in lines]
    return SafeString("".join(cells)) or NOTHING
