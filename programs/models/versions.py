"""The terms from one instant on: edited while they are a draft, never after they were published."""

from datetime import datetime
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from programs.errors import VersionPublished
from programs.models.policies import (
    Hold,
    NegativePolicy,
    Rounding,
    Stacking,
    TierBasis,
    TierRenewal,
    TierWindow,
)
from programs.models.programmes import Programme


class VersionQuerySet(models.QuerySet["ProgrammeVersion"]):
    """Questions about versions."""

    def published(self) -> Self:
        """Those that can no longer be edited."""
        return self.filter(published_at__isnull=False)

    def in_force_at(self, moment: datetime) -> Self:
        """Published versions effective at ``moment``, the newest first."""
        return self.published().filter(effective_from__lte=moment).order_by("-effective_from", "-number")


class ProgrammeVersion(models.Model):
    """The terms from one instant on. Immutable once published; every award names its version."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="versions", verbose_name=_("programme")
    )
    number = models.PositiveIntegerField(_("number"), editable=False)
    effective_from = models.DateTimeField(_("effective from"), null=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    published_by = models.CharField(_("published by"), max_length=60, blank=True, editable=False)

    block_points = models.PositiveIntegerField(
        _("points in one block"), default=500, validators=[MinValueValidator(1)]
    )
    block_value_minor = models.PositiveIntegerField(
        _("worth of one block"),
        default=2500,
        validators=[MinValueValidator(1)],
    )
    max_redeem_minor = models.PositiveIntegerField(
        _("most a member may pay with points per order"), null=True, blank=True
    )
    code_minutes = models.PositiveIntegerField(
        _("minutes a redemption code lives"), default=15, validators=[MinValueValidator(1)]
    )
    expiry_months = models.PositiveSmallIntegerField(
        _("months a point lives"),
        null=True,
        blank=True,
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Leave empty for points that never expire."),
    )
    expiry_rounding = models.CharField(_("last day"), max_length=8, choices=Rounding, default=Rounding.MONTH)
    claim_window_days = models.PositiveSmallIntegerField(_("days to claim a late purchase"), default=30)
    stacking = models.CharField(
        _("when bonuses meet"), max_length=8, choices=Stacking, default=Stacking.BEST_OF
    )
    negative_policy = models.CharField(
        _("refund of spent points"),
        max_length=14,
        choices=NegativePolicy,
        default=NegativePolicy.ALLOW_NEGATIVE,
    )
    tier_basis = models.CharField(
        _("tiers are reached by"),
        max_length=6,
        choices=TierBasis,
        default=TierBasis.SPEND,
        db_default=TierBasis.SPEND,
    )
    tier_window = models.CharField(
        _("tiers count over"), max_length=14, choices=TierWindow, default=TierWindow.TRAILING
    )
    tier_renewal = models.CharField(
        _("at the end of a tier's year"), max_length=10, choices=TierRenewal, default=TierRenewal.ONE_DOWN
    )
    grace_days = models.PositiveSmallIntegerField(_("days of grace for returned points"), default=30)
    hold = models.CharField(_("points wait for"), max_length=5, choices=Hold, default=Hold.NONE)
    hold_days = models.PositiveSmallIntegerField(
        _("days that points wait"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_("Counted from the day of the purchase; points open at midnight."),
    )
    hold_event = models.SlugField(
        _("event that points wait for"),
        max_length=20,
        default="delivered",
        help_text=_("The word that your shop sends, such as delivered."),
    )
    notice_days = models.PositiveSmallIntegerField(
        _("days of notice before points are worth less"), default=30, validators=[MaxValueValidator(365)]
    )
    closing_days = models.PositiveSmallIntegerField(
        _("days to spend when the programme closes"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
    )
    expected_use_percent = models.PositiveSmallIntegerField(
        _("share of points expected to be used, %"), default=80, validators=[MaxValueValidator(100)]
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="version_number_per_programme"),
            models.UniqueConstraint(
                fields=["programme"], condition=Q(published_at__isnull=True), name="one_draft_per_programme"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a draft; a published version is never written again."""
        self._refuse_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Throw a draft away; a published version stays."""
        self._refuse_published()
        return super().delete(*args, **kwargs)

    @property
    def is_published(self) -> bool:
        """Whether it can no longer be edited."""
        return self.published_at is not None

    def _refuse_published(self) -> None:
        """Ask the database, because this object may be what publishes it."""
        if ProgrammeVersion.objects.published().filter(pk=self.pk).exists():
            raise VersionPublished
