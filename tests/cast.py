"""The people of the tests: a shop with its staff and a member, a rival shop with its own, and a stranger.

Everybody is made through the doors the site uses; the programme is the blueprint of RULES' examples, with
exact days of expiry.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accounts.joining import join
from accounts.models import ApiKey, Branch, Member, Merchant, Staff, User
from accounts.models.keys import Scope
from accounts.models.staff import Role
from programs.models import MarginFigures, ProgrammeVersion, Rounding
from programs.publishing import create_blueprint, publish

PASSWORD = "open-sesame-1001"
FOUNDED = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 15, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Shop:
    """One merchant, its branch, its people and its keys."""

    merchant: Merchant
    branch: Branch
    version: ProgrammeVersion
    staff: dict[str, User]
    member: Member
    keys: dict[str, str]

    def key(self, scope: str = Scope.MANAGE) -> str:
        """Return the text of a key with this scope."""
        return self.keys[scope]


@dataclass(frozen=True)
class Cast:
    """Ours, theirs, and somebody who works for nobody."""

    shop: Shop
    rival: Shop
    stranger: User


def open_shop(slug: str, phone: str, *, live: bool = True, **terms: Any) -> Shop:
    """Open a shop whose programme has run since 2024; ``terms`` change the blueprint's version."""
    merchant = Merchant.objects.create(slug=slug, name_ar=f"متجر {slug}", name_en=f"{slug.title()} shop")
    branch = Branch.objects.create(merchant=merchant, code="olaya", name_ar="العليا", name_en="Olaya")
    staff = {}
    for role in Role.values:
        user = User.objects.create_user(
            f"{role}@{slug}.example", PASSWORD, first_name=role.title(), language="en"
        )
        Staff.objects.create(user=user, merchant=merchant, role=role, branch=branch)
        staff[role] = user
    member, _new = join(
        merchant=merchant, now=FOUNDED, source="test", actor="test", quiet=True,
        phone=phone, given_name="نورة", family_name="العتيبي", email=f"noura@{slug}.example", language="ar",
    )  # fmt: skip
    keys = {scope: make_key(merchant, scope) for scope in Scope.values}
    return Shop(merchant, branch, promise(merchant, live=live, **terms), staff, member, keys)


def promise(merchant: Merchant, *, live: bool = True, **terms: Any) -> ProgrammeVersion:
    """Publish the blueprint with exact days of expiry, and with ``terms`` on its version."""
    generous(merchant)
    version = create_blueprint(merchant=merchant)
    for name, value in ({"expiry_rounding": Rounding.NONE} | terms).items():
        setattr(version, name, value)
    version.save()
    return publish(version=version, actor="test", effective_from=FOUNDED, now=FOUNDED) if live else version


def generous(merchant: Merchant) -> None:
    """Let a shop give nearly everything away: most tests are of other things than its margin (RULES 8)."""
    MarginFigures.objects.create(
        merchant=merchant, gross_percent=100, vat_percent=0, ceiling_percent=100,
        holds_from=FOUNDED, said_by="test", said_at=FOUNDED,
    )  # fmt: skip


def make_key(merchant: Merchant, scope: str, **fields: Any) -> str:
    """Return the text of a new key; only its hash is stored."""
    _row, text = ApiKey.objects.create_key(merchant=merchant, scope=scope, name=f"{scope} key", **fields)
    return str(text)


def the_cast() -> Cast:
    """Bring everybody on stage."""
    stranger = User.objects.create_user("stranger@example.com", PASSWORD, language="en")
    return Cast(open_shop("oasis", "0501234567"), open_shop("mirage", "0507654321"), stranger)
