"""A merchant's data on their way out: the job, its progress, and the file that waits to be fetched."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.merchants import Merchant


class TakeoutState(models.TextChoices):
    """Where the job stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    GONE = "gone", _("Deleted")


class Takeout(models.Model):
    """One export of everything a merchant has. Its file is deleted at ``expires_at``: it holds people."""

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="takeouts", verbose_name=_("merchant")
    )
    state = models.CharField(_("state"), max_length=8, choices=TakeoutState, default=TakeoutState.WAITING)
    file = models.FileField(_("file"), upload_to="takeout/", max_length=300, blank=True)
    done = models.PositiveIntegerField(_("tables done"), default=0)
    tables = models.PositiveIntegerField(_("tables"), default=0)
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    actor = models.CharField(_("asked for by"), max_length=60)
    requested_at = models.DateTimeField(_("asked for"))
    claimed_until = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("deleted on"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["requested_at"], condition=Q(state__in=["waiting", "running"]), name="takeout_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M}"
