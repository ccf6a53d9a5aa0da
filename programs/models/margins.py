"""What a merchant keeps of a sale, how a typical member buys, and who agreed to terms above the ceiling."""

from typing import Any, Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant
from programs.errors import Unchangeable
from programs.models.versions import ProgrammeVersion

ENOUGH_MEMBERS: Final = 50
ENOUGH_DAYS: Final = 60
PERCENT: Final = (MinValueValidator(0), MaxValueValidator(100))


class MarginFigures(models.Model):
    """What is kept of a sale and how much of it may be given back, in percent; said by further rows only.

    ``gross_percent`` is of the price without VAT, ``ceiling_percent`` of the price with it. ``by_category``
    maps a category to its own gross margin as decimal text. The newest row that holds already is in force, so
    a looser one waits for ``holds_from`` and any later one replaces it.
    """

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="margin_figures", verbose_name=_("merchant")
    )
    gross_percent = models.DecimalField(
        _("gross margin, %"), max_digits=5, decimal_places=2, validators=PERCENT
    )
    by_category = models.JSONField(_("gross margin by category"), default=dict, blank=True)
    vat_percent = models.DecimalField(_("VAT, %"), max_digits=5, decimal_places=2, validators=PERCENT)
    ceiling_percent = models.DecimalField(
        _("most a programme may give back, %"), max_digits=5, decimal_places=2, default=10, validators=PERCENT
    )
    holds_from = models.DateTimeField(_("holds from"))
    said_by = models.CharField(_("said by"), max_length=60)
    said_at = models.DateTimeField(_("said"))
    agreed_by = models.CharField(_("agreed by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("margin")
        verbose_name_plural = _("margins")
        constraints = [
            models.CheckConstraint(
                condition=Q(gross_percent__range=(0, 100), vat_percent__range=(0, 100))
                & Q(ceiling_percent__range=(0, 100)),
                name="margins_are_percents",
            )
        ]
        indexes = [models.Index(fields=["merchant", "-id"], name="margins_newest")]

    def __str__(self) -> str:
        return f"{self.merchant_id}: {self.gross_percent}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add a row; what was said is never rewritten."""
        if not self._state.adding:
            raise Unchangeable
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never: what was said stays."""
        raise Unchangeable


class MemberPace(models.Model):
    """How a typical member buys, counted from the merchant's own purchases; filled by analytics.

    Medians over the members whose first purchase is ``ENOUGH_DAYS`` old: spend per month in minor units, and
    orders per month.
    """

    merchant = models.OneToOneField(
        Merchant, models.CASCADE, related_name="member_pace", verbose_name=_("merchant")
    )
    monthly_minor = models.PositiveBigIntegerField(_("typical spend per month"))
    monthly_orders = models.DecimalField(_("typical orders per month"), max_digits=8, decimal_places=3)
    members = models.PositiveIntegerField(_("members counted"))
    days = models.PositiveIntegerField(_("days of history"))
    measured_at = models.DateTimeField(_("measured"))

    class Meta:
        verbose_name = _("pace of members")
        verbose_name_plural = _("paces of members")

    def __str__(self) -> str:
        return f"{self.merchant_id}: {self.monthly_minor}"

    @property
    def is_enough(self) -> bool:
        """Whether there is enough history to judge a programme by."""
        return self.members >= ENOUGH_MEMBERS and self.days >= ENOUGH_DAYS and self.monthly_orders > 0


class PublishState(models.TextChoices):
    """What became of terms above the ceiling."""

    WAITING = "waiting", _("Waiting")
    PUBLISHED = "published", _("Published")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PublishRequest(models.Model):
    """Terms that give back more than the ceiling: somebody asks, somebody else decides (RULES 8).

    Where there is only one person who could decide, that person decides alone: not before ``ripe_at``, and
    with their second factor. ``worst`` holds the combination that gives most, as it was then; ``digest`` is
    of the terms that were asked for, so that no other ones are published by the same yes.
    """

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="publish_requests", verbose_name=_("version")
    )
    digest = models.CharField(max_length=64, editable=False)
    rate_percent = models.DecimalField(_("worst reward rate, %"), max_digits=12, decimal_places=4)
    ceiling_percent = models.DecimalField(_("ceiling, %"), max_digits=5, decimal_places=2)
    worst = models.JSONField(_("worst combination"), default=dict)
    effective_from = models.DateTimeField(_("in force from"), null=True)
    pilot = models.BooleanField(_("only for the pilot group"), default=False)
    state = models.CharField(_("state"), max_length=9, choices=PublishState, default=PublishState.WAITING)
    asked_by = models.CharField(_("asked by"), max_length=60)
    asked_at = models.DateTimeField(_("asked"))
    ripe_at = models.DateTimeField(_("may be decided alone from"))
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    second_factor_at = models.DateTimeField(_("second factor"), null=True)

    class Meta:
        verbose_name = _("terms that wait for approval")
        verbose_name_plural = _("terms that wait for approval")
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(state="waiting"), name="one_publish_request_waits"
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | ~Q(decided_by=F("asked_by"))
                | Q(second_factor_at__isnull=False, decided_at__gte=F("ripe_at")),
                name="publish_by_two_or_proved",
            ),
        ]
        indexes = [models.Index(fields=["version", "-id"], name="publish_requests_newest")]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.rate_percent} ({self.get_state_display()})"
