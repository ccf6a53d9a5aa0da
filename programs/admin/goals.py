"""Punch cards, challenges and badges below a version."""

from typing import ClassVar, Final

from django.db.models import ImageField
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminImageFieldWidget

from accounts.tenant_admin import TenantStackedInline
from programs.admin.parts import PartMixin
from programs.forms_of_goals import BadgeForm, CardForm, ChallengeForm
from programs.models import Badge, Card, Challenge

NAMES: Final = (("name_ar", "name_en"), ("description_ar", "description_en"), ("code", "is_active"))
WHEN: Final = (
    _("When"),
    {"fields": ("days_of_week", ("from_time", "to_time"), ("starts_on", "ends_on"), "occasions")},
)
WHERE: Final = (
    _("Where and what"),
    {"fields": ("branches", ("categories", "products"), ("channels", "min_amount_minor"))},
)
FOR_WHOM: Final = (_("For whom"), {"fields": ("tiers", "segments")})


class CardInline(PartMixin, TenantStackedInline):
    """Punch cards."""

    model = Card
    form = CardForm
    collapsible = True
    fieldsets = (
        (None, {"fields": NAMES}),
        (
            _("The card"),
            {
                "fields": (
                    *(("stamps", "counts"), ("most_per_visit", "most_per_day")),
                    ("reward", "reward_days"),
                )
            },
        ),
        *(WHEN, WHERE, FOR_WHOM),
    )


class ChallengeInline(PartMixin, TenantStackedInline):
    """Challenges, milestones and streaks."""

    model = Challenge
    form = ChallengeForm
    collapsible = True
    fieldsets = (
        (None, {"fields": NAMES}),
        (
            _("What is to be reached"),
            {
                "fields": (
                    *(("kind", "period"), ("counts", "repeats"), ("event", "own_event")),
                    *(("target", "amount"), ("most_per_visit", "most_per_day")),
                )
            },
        ),
        (
            _("What it gives"),
            {"fields": (("points", "badge"), ("reward", "reward_days"), ("card", "stamps"))},
        ),
        *(WHEN, WHERE, FOR_WHOM),
    )


class BadgeInline(PartMixin, TenantStackedInline):
    """Badges."""

    model = Badge
    form = BadgeForm
    collapsible = True
    formfield_overrides: ClassVar = {ImageField: {"widget": UnfoldAdminImageFieldWidget}}
    fieldsets = (
        (None, {"fields": NAMES}),
        (_("Picture"), {"fields": (("icon", "picture"), ("picture_alt_ar", "picture_alt_en"))}),
    )
