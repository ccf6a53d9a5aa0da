"""What the launch plan knows of a merchant: every answer is a query, none is a tick somebody set."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings

from accounts.models import ApiKey, Branch, Member, Merchant, Staff
from accounts.models.consent import Channel
from accounts.models.keys import Scope
from accounts.models.staff import Role
from analytics.pilots import orders_in_pilot, pilot_span
from campaigns.models import Recipe
from programs import blueprint
from programs.margin_figures import in_force
from programs.margin_guard import assess
from programs.models import Programme, ProgrammeState, ProgrammeVersion
from programs.pilots import Pilot, pilot_of
from programs.queries import programme_of, terms_of

STAYS_IN_THE_HOUSE: Final = (
    "loyalty_site.mail.ShowingBackend",
    "django.core.mail.backends.dummy.EmailBackend",
)
"""Mail backends by which no letter leaves."""
LAUNCHED: Final = (ProgrammeState.LIVE, ProgrammeState.PAUSED, ProgrammeState.CLOSING, ProgrammeState.CLOSED)


@dataclass(frozen=True, slots=True)
class Facts:
    """A merchant on its way to a launch."""

    merchant: Merchant
    programme: Programme | None
    version: ProgrammeVersion | None
    is_named: bool
    has_base_rule: bool
    has_reward: bool
    has_margin: bool
    has_logo: bool
    has_branch: bool
    has_till: bool
    has_recipe: bool
    has_mail_recipe: bool
    mail_leaves: bool
    is_published: bool
    pilot: Pilot
    pilot_days: int
    pilot_orders: int
    launched_at: datetime | None
    has_joined_since: bool

    @property
    def state(self) -> str:
        """The programme's state; a merchant without one is still drafting."""
        return self.programme.state if self.programme else ProgrammeState.DRAFT

    @property
    def is_launched(self) -> bool:
        """Whether every member earns, or once did."""
        return self.state in LAUNCHED

    @property
    def skipped_pilot(self) -> bool:
        """Whether the programme was opened to everybody at once."""
        return self.is_launched and not self.pilot.ever


def facts_of(merchant: Merchant, *, now: datetime) -> Facts:
    """Ask everything the plan wants to know: a fixed number of questions."""
    programme = programme_of(merchant)
    version = programme.versions.select_related("programme__merchant").first() if programme else None
    recipes = list(Recipe.objects.filter(merchant=merchant, is_enabled=True))
    pilot = pilot_of(merchant)
    span = pilot_span(merchant, now=now)
    launched_at = _launched_at(programme, pilot)
    return Facts(
        merchant=merchant, programme=programme, version=version,
        is_named=_is_named(programme),
        has_base_rule=bool(version and terms_of(version).base_rules),
        has_reward=_has_reward(version, now),
        has_margin=in_force(merchant, now) is not None,
        has_logo=bool(merchant.logo),
        has_branch=Branch.objects.filter(merchant=merchant, is_active=True).exists(),
        has_till=_has_till(merchant),
        has_recipe=bool(recipes),
        has_mail_recipe=any(Channel.EMAIL in recipe.channels for recipe in recipes),
        mail_leaves=settings.EMAIL_BACKEND not in STAYS_IN_THE_HOUSE,
        is_published=programme is not None and programme.versions.published().exists(),
        pilot=pilot,
        pilot_days=(span[1] - span[0]).days if span else 0,
        pilot_orders=orders_in_pilot(merchant, *span) if span else 0,
        launched_at=launched_at,
        has_joined_since=_has_joined_since(merchant, launched_at),
    )  # fmt: skip


def _is_named(programme: Programme | None) -> bool:
    """Whether the programme has a name of its own in both languages."""
    if programme is None:
        return False
    own = (programme.name_ar not in ("", blueprint.NAME_AR), programme.name_en not in ("", blueprint.NAME_EN))
    return all(own)


def _has_reward(version: ProgrammeVersion | None, now: datetime) -> bool:
    """Whether a reward is open to every tier, and what a typical member spends reaches something in time."""
    if version is None:
        return False
    rewards = version.rewards.filter(is_active=True).values_list("tiers", flat=True)
    if all(rewards):  # each asks for a tier, or there is none
        return False
    assessed = assess(version, now=now)
    return assessed is not None and (assessed.reach is None or assessed.reach.is_reached)


def _has_till(merchant: Merchant) -> bool:
    """Whether a person or a machine can post a purchase."""
    posts = Staff.objects.filter(merchant=merchant, is_active=True, role=Role.CASHIER)
    keys = ApiKey.objects.filter(
        merchant=merchant, revoked=False, is_sandbox=False, scope__in=(Scope.TILL, Scope.SHOP)
    )
    return posts.exists() or keys.exists()


def _launched_at(programme: Programme | None, pilot: Pilot) -> datetime | None:
    """When every member began to earn: the pilot's end, or without one the first publishing."""
    if programme is None or programme.state not in LAUNCHED:
        return None
    if pilot.until is not None:
        return pilot.until
    first = programme.versions.published().order_by("published_at").first()
    return first.published_at if first else None


def _has_joined_since(merchant: Merchant, launched_at: datetime | None) -> bool:
    """Whether anybody became a member after the launch."""
    if launched_at is None:
        return False
    return Member.objects.for_merchant(merchant).active().filter(joined_at__gte=launched_at).exists()
