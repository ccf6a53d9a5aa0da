"""Files that were brought in: the job, its progress, and what was wrong with which row."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant


class ImportState(models.TextChoices):
    """Where the job stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class ImportKind(models.TextChoices):
    """What the file holds."""

    PURCHASES = "purchases", _("Purchases")
    BALANCES = "balances", _("Opening balances")


class ImportRun(models.Model):
    """One file on its way into the ledger. The commands and the back office share it."""

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="import_runs", verbose_name=_("merchant")
    )
    kind = models.CharField(_("content"), max_length=9, choices=ImportKind, default=ImportKind.PURCHASES)
    file = models.FileField(_("file"), upload_to="imports/", max_length=300)
    original_name = models.CharField(_("file name"), max_length=200)
    source = models.CharField(_("source"), max_length=20, default="import")
    award = models.BooleanField(_("old purchases earn too"), null=True)
    strict = models.BooleanField(_("all rows or none"), default=False)
    state = models.CharField(_("state"), max_length=8, choices=ImportState, default=ImportState.WAITING)
    actor = models.CharField(_("actor"), max_length=60, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    created = models.PositiveIntegerField(_("rows added"), default=0)
    repeated = models.PositiveIntegerField(_("already known"), default=0)
    refused = models.PositiveIntegerField(_("rows refused"), default=0)
    members_created = models.PositiveIntegerField(_("members added"), default=0)
    points = models.BigIntegerField(_("points awarded"), default=0)
    refusal = models.JSONField(_("why the file was refused"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"))
    claimed_until = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(state__in=["waiting", "running"]), name="import_open"
            )
        ]

    def __str__(self) -> str:
        return self.original_name


class ImportIssue(models.Model):
    """One row that was refused, and why: a code with parameters, worded in the reader's language."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="issues", verbose_name=_("import"))
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=40, blank=True)
    code = models.CharField(_("code"), max_length=40)
    params = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        ordering = ["row"]

    def __str__(self) -> str:
        return f"{self.row}: {self.code}"
