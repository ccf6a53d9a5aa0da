"""The four weeks of a launch as a checklist: what each step is, whether it is done, and where to do it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.pilots import ENOUGH_DAYS, ENOUGH_ORDERS
from loyalty_site.backoffice.launch_facts import Facts
from programs.models import ProgrammeState

EDIT_DRAFT: Final = "admin:programs_programmeversion_edit_draft"
VERSIONS: Final = "admin:programs_programmeversion_changelist"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: done by what the data says. ``hint`` is one sentence on what to do, or what was found."""

    title: str
    hint: str
    link: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the blueprint."""

    number: int
    title: str
    steps: list[Step]

    @property
    def done(self) -> int:
        """How many of its steps are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left."""
        return self.done == len(self.steps)


@dataclass(frozen=True, slots=True)
class Plan:
    """The weeks in order, and the one to work on."""

    weeks: list[Week]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(week.done for week in self.weeks)

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return sum(len(week.steps) for week in self.weeks)

    @property
    def percent(self) -> int:
        """Progress, rounded down: 100 means all of it."""
        return 100 * self.done // self.steps

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.done == self.steps

    @property
    def next(self) -> Step | None:
        """The first open step."""
        return next((step for week in self.weeks for step in week.steps if not step.is_done), None)

    @property
    def current(self) -> int:
        """The number of the first week with an open step; 0 when all is done."""
        return next((week.number for week in self.weeks if not week.is_done), 0)


def plan_of(facts: Facts) -> Plan:
    """The plan of a merchant, in the active language. No queries."""
    return Plan(
        [
            Week(1, _("Choose and configure"), list(_configure(facts))),
            Week(2, _("Messages and terms"), list(_messages(facts))),
            Week(3, _("Pilot on a small audience"), list(_pilot(facts))),
            Week(4, _("Official launch"), list(_launch(facts))),
        ]
    )


def _configure(facts: Facts) -> Iterator[Step]:
    programme = facts.programme
    names = (
        reverse("admin:programs_programme_change", args=[programme.pk])
        if programme
        else reverse("admin:sectors")
    )
    yield Step(
        _("A programme with a name of its own"),
        _("Name it in Arabic and in English: a name of your own is remembered.")
        if programme
        else _("Start from a ready-made programme of your sector; nothing is promised until you publish it."),
        names,
        facts.is_named,
    )
    yield Step(
        _("A rule by which purchases earn"),
        _("Say how many points a purchase earns, for every customer and every day."),
        reverse(EDIT_DRAFT),
        facts.has_base_rule,
    )
    yield Step(
        _("A reward within reach"),
        _("Offer at least one reward to every tier that a usual customer reaches before points expire."),
        reverse(EDIT_DRAFT),
        facts.has_reward,
    )
    yield Step(
        _("What you keep of a sale"),
        _("Say your margin once: every promise is measured against it before it is made."),
        reverse("admin:margin"),
        facts.has_margin,
    )
    merchant = reverse("admin:accounts_merchant_change", args=[facts.merchant.pk])
    yield Step(
        _("Your logo and colour"),
        _("Upload your logo and choose your colour: cards, messages and posters wear them."),
        merchant,
        facts.has_logo,
    )
    yield Step(
        _("A branch"),
        _("Add the place where purchases happen."),
        reverse("admin:accounts_branch_changelist"),
        facts.has_branch,
    )
    yield Step(
        _("Somebody or something at the till"),
        _("Invite a cashier, or make a key for your till or online shop."),
        reverse("admin:accounts_staff_changelist"),
        facts.has_till,
    )


def _messages(facts: Facts) -> Iterator[Step]:
    recipes = reverse("admin:campaigns_recipe_changelist")
    yield Step(
        _("A message that speaks by itself"),
        _("Switch on at least one recipe, such as the welcome."),
        recipes,
        facts.has_recipe,
    )
    yield Step(
        _("A channel that reaches out"),
        _("Ask whoever runs the server to connect e-mail (EMAIL_URL): today no letter leaves.")
        if not facts.mail_leaves
        else _("Let a recipe also write by e-mail: the members' page alone waits to be opened."),
        recipes,
        facts.mail_leaves and facts.has_mail_recipe,
    )
    yield Step(
        _("Terms that everybody can read"),
        _("Publish the terms, for the pilot group first; members read them in both languages."),
        f"/m/{facts.merchant.slug}/terms/" if facts.is_published else reverse(VERSIONS),
        facts.is_published,
    )


def _pilot(facts: Facts) -> Iterator[Step]:
    skipped = _("Left out: the programme was opened to everybody at once.")
    yield Step(
        _("A pilot group"),
        skipped
        if facts.skipped_pilot
        else _("Choose a share of your members, a branch or a segment: only they earn."),
        reverse("admin:pilot"),
        bool(facts.pilot.ever) or facts.skipped_pilot,
    )
    is_open = facts.state == ProgrammeState.PILOT or facts.is_launched
    yield Step(
        _("The programme is open to the pilot group"),
        skipped if facts.skipped_pilot else _("Publish the draft and tick “Only for the pilot group”."),
        reverse(VERSIONS),
        is_open,
    )
    enough = facts.pilot_days >= ENOUGH_DAYS and facts.pilot_orders >= ENOUGH_ORDERS
    yield Step(
        _("A week with enough purchases to learn from"),
        skipped if facts.skipped_pilot else _so_far(facts),
        reverse("admin:pilot_review"),
        enough or facts.skipped_pilot,
    )


def _so_far(facts: Facts) -> str:
    days = ngettext("%(days)s day", "%(days)s days", facts.pilot_days) % {"days": facts.pilot_days}
    orders = ngettext("%(orders)s purchase", "%(orders)s purchases", facts.pilot_orders) % {
        "orders": f"{facts.pilot_orders:,}"
    }
    said = _("So far %(days)s and %(orders)s; %(least_days)s days and %(least)s purchases are worth reading.")
    return said % {
        "days": days, "orders": orders, "least_days": ENOUGH_DAYS, "least": ENOUGH_ORDERS,
    }  # fmt: skip


def _launch(facts: Facts) -> Iterator[Step]:
    yield Step(
        _("Open to every member"),
        _("Read the review, then open the programme to everybody from there."),
        reverse("admin:pilot_review"),
        facts.is_launched,
    )
    yield Step(
        _("The first members of the launch"),
        _("Hang the poster at your counter and post the announcement from the launch kit."),
        reverse("admin:kit"),
        facts.has_joined_since,
    )
