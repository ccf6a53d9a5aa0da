"""What a paid membership promises: its price and rhythm, the trial, and what its holders have of it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from programs.models.parts import VersionPart
from programs.models.versions import ProgrammeVersion

GRACE_DAYS = 7
"""How long a renewal may fail before a membership ends (RULES 37)."""


class PlanPeriod(models.TextChoices):
    """What one fee pays for."""

    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


class Plan(VersionPart):
    """A membership that is paid by the month or by the year.

    The perks are what the shop gives plan holders at the till: they stand in the API and the portal. Rules
    that only plan holders earn by name the plan in their own conditions. ``welcome_reward`` is the code of a
    reward of the same version, given free with the first fee.
    """

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="plans", verbose_name=_("version")
    )
    price_minor = models.PositiveBigIntegerField(_("price"), validators=[MinValueValidator(1)])
    period = models.CharField(_("paid by the"), max_length=5, choices=PlanPeriod, default=PlanPeriod.MONTH)
    trial_days = models.PositiveSmallIntegerField(
        _("days of trial"),
        default=0,
        validators=[MaxValueValidator(366)],
        help_text=_("Free, and once for each person; 0 for none."),
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"),
        default=GRACE_DAYS,
        validators=[MaxValueValidator(60)],
        help_text=_("How long the benefits last while a renewal is not paid."),
    )
    benefits_ar = models.TextField(_("benefits in Arabic"), max_length=600, blank=True)
    benefits_en = models.TextField(_("benefits in English"), max_length=600, blank=True)
    free_shipping = models.BooleanField(_("free shipping"), default=False)
    discount_percent = models.PositiveSmallIntegerField(
        _("extra discount, %"), default=0, validators=[MaxValueValidator(100)]
    )
    fee_earns = models.BooleanField(_("the fee earns points"), default=False)
    welcome_reward = models.SlugField(
        _("welcome voucher"),
        max_length=40,
        blank=True,
        help_text=_("The code of a reward, given free with the first fee."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("membership plan")
        verbose_name_plural = _("membership plans")
        ordering = ["price_minor", "id"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="plan_code_per_version")]

    @property
    def benefits(self) -> str:
        """The benefits in the reader's language, a line each."""
        return in_language(self, "benefits")
