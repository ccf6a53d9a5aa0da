"""What a member's profile still lacks, and what completing it brings: said only where the terms reward it."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.languages import in_language
from accounts.models import Member
from accounts.models.merchants import ProfileField
from ledger.joining import Completing, profile_of
from ledger.receipt import Receipt
from loyalty_site.portal.visits import Visit
from programs.sentences import points_text

ADD: Final = {
    ProfileField.GIVEN_NAME: gettext_lazy("Add your first name"),
    ProfileField.FAMILY_NAME: gettext_lazy("Add your family name"),
    ProfileField.EMAIL: gettext_lazy("Add your e-mail"),
    ProfileField.BIRTHDAY: gettext_lazy("Add your birthday"),
    ProfileField.GENDER: gettext_lazy("Say how we should address you"),
}
FIELDS: Final = {ProfileField.EMAIL: "email", ProfileField.GENDER: "gender"}
"""Where each is said on the account's page; the others by the field's own id."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is missing, and the way to where it is said."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class ProfileSection:
    """How much is said of what the shop asks, what is missing, and what it brings in words."""

    said: int
    asked: int
    steps: tuple[Step, ...]
    brings: str


def profile_section(visit: Visit) -> ProfileSection | None:
    """The section of a member's page; None where nothing is missing, or nothing would be given."""
    member: Member = visit.signed_in
    found = profile_of(member, now=visit.now)
    brings = brings_text(found.receipt) if found else ""
    if found is None or not brings:
        return None
    page = reverse("portal:profile", kwargs={"slug": visit.merchant.slug})
    steps = tuple(Step(str(ADD[ProfileField(name)]), f"{page}#{_anchor(name)}") for name in found.missing)
    return ProfileSection(_said(found), found.asked, steps, brings)


def brings_text(receipt: Receipt) -> str:
    """What an event would give, in the reader's language: points, stamps, badges and vouchers."""
    language = get_language() or "ar"
    parts = [points_text(receipt.points)] if receipt.points else []
    named = [*receipt.badges, *receipt.vouchers, *(one for one in receipt.stamps if one.get("got"))]
    parts += [_("“%(name)s”") % {"name": in_language(_Named(row), "name", language)} for row in named]
    return " + ".join(parts)


class _Named:
    """A row of a receipt with its names as attributes."""

    def __init__(self, row: dict[str, str]) -> None:
        self.name_ar, self.name_en = row.get("name_ar", ""), row.get("name_en", "")


def _said(found: Completing) -> int:
    return found.asked - len(found.missing)


def _anchor(name: str) -> str:
    return FIELDS.get(ProfileField(name), f"id_{name}")
