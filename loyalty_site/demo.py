"""The demo merchant: «واحة المذاق», a grocer with a year of real baskets, loaded once.

Every step looks first whether it was done, so an interrupted load is taken up where it stopped. All of
it goes through the doors that merchants use: publishing, the import job, posting, training, recipes.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pandas as pd
from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.joining import new_member
from accounts.models import Branch, Consent, Member, Merchant, Staff, User
from accounts.models.consent import Channel, Purpose
from accounts.models.staff import Role
from analytics.pace import measure_pace
from analytics.scoring import refresh_dormancy
from analytics.snapshots import refresh_snapshot
from campaigns.planning import plan_due
from campaigns.recipes import install_recipes
from ledger.errors import NothingToRedeem
from ledger.events import RedemptionClosed, RedemptionIssued
from ledger.imports.purchases import run_import, start_import
from ledger.models import Balance, ImportRun
from ledger.models.imports import ImportState
from ledger.posting import post
from ledger.queries import redeemable_points
from loyalty_site import demo_people
from loyalty_site.demo_history import BRANCHES, History, history
from programs.publishing import create_blueprint, publish
from programs.queries import programme_of

SLUG: Final = "oasis"
STAFF: Final = {
    Role.OWNER: ("لطيفة", "العتيبي"),
    Role.MANAGER: ("ماجد", "الحربي"),
    Role.ANALYST: ("دانة", "الغامدي"),
    Role.CASHIER: ("ناصر", "الشمري"),
}
BRANCH_NAMES: Final = [
    ("العليا", "Olaya"), ("النخيل", "Nakheel"), ("الملقا", "Malqa"),
    ("الروضة", "Rawdah"), ("السليمانية", "Sulaymaniyah"), ("قرطبة", "Qurtubah"),
]  # fmt: skip
AGREED: Final = [
    (Channel.EMAIL, Purpose.SERVICE), (Channel.EMAIL, Purpose.MARKETING), (Channel.INBOX, Purpose.MARKETING),
]  # fmt: skip

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SignIn:
    """An address of the demo and how to get in."""

    who: str
    path: str
    login: str
    secret: str


def load(*, now: datetime, say: Say) -> None:
    """Load what is not loaded yet; a second call changes nothing and takes no time."""
    merchant = _merchant(now)
    today = now.astimezone(merchant.timezone).date()
    if not Balance.objects.filter(merchant=merchant).exists() or _unfinished_months(merchant):
        past = history(today=merchant.created_at.astimezone(merchant.timezone).date())
        _programme(merchant, past.baskets["occurred_at"].min().date(), now)
        _members(merchant, past, today)
        _year(merchant, past, say)
    install_recipes(merchant=merchant, now=now)
    if not merchant.dormancy_models.filter(is_current=True).exists():
        say("Learning who is drifting away …")
        refresh_dormancy(merchant=merchant, now=datetime.now(UTC))
    if not merchant.snapshots.exists():
        refresh_snapshot(merchant=merchant, now=datetime.now(UTC))
        measure_pace(merchant=merchant, now=datetime.now(UTC))
        plan_due(now=datetime.now(UTC))  # what beat would do within the minute


def open_shop(*, now: datetime) -> Merchant:
    """Make the merchant, its staff and its programme of a year ago, without members or purchases."""
    merchant = _merchant(now)
    _programme(merchant, now.astimezone(merchant.timezone).date() - timedelta(days=366), now)
    return merchant


def sign_ins() -> list[SignIn]:
    """Return the demo's ways in; nothing when the demo is not loaded."""
    merchant = Merchant.objects.filter(slug=SLUG, is_demo=True).first()
    if merchant is None:
        return []
    password = _secret("staff_password")
    staff = [SignIn(role.value.capitalize(), _workplace(role), _email(role), password) for role in STAFF]
    star = _star(merchant)
    member = [SignIn("Member", f"/m/{SLUG}/", star.phone or "", "the page shows the code")] if star else []
    return staff + member


def _star(merchant: Merchant) -> Member | None:
    """Return a member worth looking at: points to spend, a tier reached, another one ahead."""
    return (
        Member.objects.for_merchant(merchant)
        .active()
        .filter(balance__tier_code="silver", language="ar", phone__isnull=False)
        .order_by(F("balance__available").desc(), "id")
        .first()
    )


def _secret(name: str) -> str:
    """Return a secret of this installation's demo, made at first use and readable by its user only."""
    path = Path(settings.VAR_DIR) / "demo.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if name not in known:
        known[name] = "-".join(secrets.token_hex(2) for _part in range(4))
        path.touch(mode=0o600)
        path.write_text(json.dumps(known))
    return known[name]


def _workplace(role: Role) -> str:
    return "/till/" if role is Role.CASHIER else "/admin/"


def _email(role: Role) -> str:
    return f"{role.value}@oasis.example"


def _merchant(now: datetime) -> Merchant:
    """Return the demo merchant with its branches and staff."""
    with transaction.atomic():
        merchant, _made = Merchant.objects.get_or_create(
            slug=SLUG,
            defaults={
                "name_ar": "واحة المذاق", "name_en": "Taste Oasis", "sector": "grocery", "is_demo": True,
                "sender_email": "hello@oasis.example",
            },
        )  # fmt: skip
        for number, (name_ar, name_en) in enumerate(BRANCH_NAMES[:BRANCHES], start=1):
            Branch.objects.get_or_create(
                merchant=merchant, code=str(number), defaults={"name_ar": name_ar, "name_en": name_en}
            )
        for role, (given, family) in STAFF.items():
            _hire(merchant, role, given, family)
    return merchant


def _hire(merchant: Merchant, role: Role, given: str, family: str) -> None:
    user = User.objects.filter(email=_email(role)).first()
    if user is None:
        user = User.objects.create_user(
            _email(role), _secret("staff_password"), first_name=given, last_name=family,
            is_staff=role != Role.CASHIER,
        )  # fmt: skip
    branch = merchant.branches.first() if role == Role.CASHIER else None
    Staff.objects.get_or_create(user=user, merchant=merchant, defaults={"role": role, "branch": branch})


def _programme(merchant: Merchant, first: date, now: datetime) -> None:
    """Publish the blueprint as of the first basket's day."""
    if programme_of(merchant) is not None:
        return
    opening = datetime.combine(first, time.min, merchant.timezone).astimezone(UTC)
    with transaction.atomic():
        publish(version=create_blueprint(merchant=merchant), actor="demo", effective_from=opening, now=now)


def _members(merchant: Merchant, past: History, today: date) -> None:
    """Make the households' people, joined on the day of their first basket."""
    firsts = past.baskets.groupby("household")["occurred_at"].min()
    known = set(Member.objects.for_merchant(merchant).values_list("external_id", flat=True))
    fresh = [
        (_new_person(merchant, str(household), position, first, today))
        for position, (household, first) in enumerate(firsts.items())
        if str(household) not in known
    ]
    with transaction.atomic():
        Member.objects.bulk_create([member for member, _person in fresh], batch_size=500)
        Consent.objects.bulk_create(
            [
                Consent(
                    member=member, channel=channel, purpose=purpose, granted=True, source="till",
                    actor="demo", language=member.language, at=member.joined_at,
                )
                for member, person in fresh
                if person.agrees
                for channel, purpose in AGREED
            ],
            batch_size=1000,
        )  # fmt: skip


def _new_person(
    merchant: Merchant, household: str, position: int, first: datetime, today: date
) -> tuple[Member, demo_people.Person]:
    person = demo_people.person(household, today=today)
    joined = first.replace(tzinfo=merchant.timezone).astimezone(UTC) - timedelta(minutes=2)
    member = new_member(
        merchant=merchant,
        now=joined,
        source="till",
        external_id=household,
        phone=demo_people.phone(position),
        email=person.email,
        given_name=person.given_name,
        family_name=person.family_name,
        gender=person.gender,
        birthday=person.birthday,
        language=person.language,
    )
    return member, person


def _unfinished_months(merchant: Merchant) -> bool:
    return ImportRun.objects.filter(merchant=merchant).exclude(state=ImportState.DONE).exists()


def _year(merchant: Merchant, past: History, say: Say) -> None:
    """Import month by month; at each month's end members redeem as often as they redeemed coupons.

    The books write each month down at its last sale: what was owed then is what would have been.
    """
    members = dict(Member.objects.for_merchant(merchant).values_list("external_id", "pk"))
    for month, baskets in _months(past.baskets):
        name = f"{month}.csv"
        end = baskets["occurred_at"].max().to_pydatetime().replace(tzinfo=merchant.timezone).astimezone(UTC)
        run = ImportRun.objects.filter(merchant=merchant, original_name=name).first()
        if run is None:
            say(f"Importing {len(baskets):,} purchases of {month} …")
            run = _stored(merchant, name, baskets, end)
        run_import(run_id=run.pk, clock=partial(_stands, end))
        coupons = past.coupons[past.coupons["day"].dt.strftime("%Y-%m") == month]
        for household in coupons["household"].unique():
            _redeem(merchant, members[str(household)], month, end)


def _stands(moment: datetime) -> datetime:
    """Read a clock that stands still."""
    return moment


def _months(baskets: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for month, rows in baskets.groupby(baskets["occurred_at"].dt.strftime("%Y-%m"), sort=True):
        yield str(month), rows


def _stored(merchant: Merchant, name: str, baskets: pd.DataFrame, now: datetime) -> ImportRun:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        baskets.rename(columns={"household": "member_id"}).to_csv(path, index=False)
        return start_import(merchant=merchant, file=path, name=name, actor="demo", now=now, award=True)


def _redeem(merchant: Merchant, member_id: int, month: str, at: datetime) -> None:
    """Spend what whole blocks the member has, at a till, at the month's last sale."""
    points = redeemable_points(member_id, now=at)
    key = f"demo-{member_id}-{month}"
    said: dict[str, Any] = {
        "merchant_id": merchant.pk,
        "member_id": member_id,
        "occurred_at": at,
        "source": "demo",
        "actor": "demo",
    }
    if not points:
        return
    try:
        issued = post(RedemptionIssued(key=key, points=points, **said), now=at)
    except NothingToRedeem:
        return
    post(RedemptionClosed(key=issued.code, code=issued.code, outcome="used", **said), now=at)
