"""Events that are no purchase: a review, a check-in, a bag brought back, anything a shop has a name for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, Member, Merchant
from ledger.models.movements import Movement


class Occurrence(models.Model):
    """That something happened with a member, and what it earned. Append-only."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="occurrences", verbose_name=_("member"))
    name = models.CharField(_("event"), max_length=40)
    source = models.CharField(_("source"), max_length=20)
    external_id = models.CharField(_("event number"), max_length=64)
    occurred_at = models.DateTimeField(_("time"))
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    channel = models.CharField(_("channel"), max_length=20, blank=True)
    amount_minor = models.BigIntegerField(_("amount"), default=0)
    points = models.BigIntegerField(_("points awarded"), default=0)
    movement = models.ForeignKey(
        Movement, models.PROTECT, null=True, related_name="+", verbose_name=_("movement")
    )
    version = models.ForeignKey(
        "programs.ProgrammeVersion", models.PROTECT, null=True, related_name="+", verbose_name=_("terms")
    )
    tier_code = models.CharField(_("tier"), max_length=40, blank=True)
    reasons = models.JSONField(_("reasons"), default=list)
    actor = models.CharField(_("actor"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "source", "external_id"], name="one_occurrence_per_number"
            ),
            models.CheckConstraint(
                condition=models.Q(points__gte=0, amount_minor__gte=0), name="occurrence_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["member", "-occurred_at"], name="occurrence_of_member")]

    def __str__(self) -> str:
        return f"{self.name} {self.external_id}"
