"""Charity: the causes a merchant names, and what the terms promise them (RULES 40)."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Merchant
from programs.models.parts import DraftPart
from programs.models.pictured import Pictured
from programs.models.versions import ProgrammeVersion


class Cause(Pictured):
    """Somebody who is given to: a licensed charity or one of its projects.

    One that is no longer active takes nothing new; what it is owed stays owed.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="causes", verbose_name=_("merchant"))
    code = models.SlugField(_("code"), max_length=40)
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    description_ar = models.CharField(_("description in Arabic"), max_length=240, blank=True)
    description_en = models.CharField(_("description in English"), max_length=240, blank=True)
    licence = models.CharField(
        _("licence number"),
        max_length=40,
        help_text=_(
            "Of the charity, such as its number at the National Centre for Non-Profit Sector (NCNP)."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("cause")
        verbose_name_plural = _("causes")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["merchant", "code"], name="cause_code_per_merchant")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")

    @property
    def description(self) -> str:
        """The description in the reader's language."""
        return in_language(self, "description")


class Giving(DraftPart):
    """What a version promises causes: which gifts of points it takes, and the shop's share of a purchase.

    A share is a percentage of what the order earned on, at most ``share_cap_minor`` of one order, and counts
    for what the customer still keeps after ``keep_days``.
    """

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="givings", verbose_name=_("version")
    )
    takes_points = models.BooleanField(_("members may give points"), default=True)
    min_points = models.PositiveIntegerField(
        _("smallest gift, in points"), default=100, validators=[MinValueValidator(1)]
    )
    step_points = models.PositiveIntegerField(
        _("in steps of, in points"), default=1, validators=[MinValueValidator(1)]
    )
    share_percent = models.DecimalField(
        _("the shop gives of each purchase, %"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    share_cap_minor = models.PositiveIntegerField(_("at most per purchase"), null=True, blank=True)
    keep_days = models.PositiveSmallIntegerField(
        _("days a purchase can be returned"),
        default=14,
        validators=[MaxValueValidator(365)],
        help_text=_("The share is entered when they are over, for what was kept; after that it stays."),
    )

    class Meta:
        verbose_name = _("giving to causes")
        verbose_name_plural = _("giving to causes")
        constraints = [
            models.UniqueConstraint(fields=["version"], name="one_giving_per_version"),
            models.CheckConstraint(
                condition=Q(share_percent__gte=0, share_percent__lte=100), name="giving_share_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.share_percent} %"
