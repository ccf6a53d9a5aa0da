"""What was learnt: models of dormancy, their scores, snapshots of the KPIs, and touches."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant


class Method(models.TextChoices):
    """How a score came about; the page says which."""

    LIGHTGBM = "lightgbm", _("Learnt from your history")
    PLAIN_RULE = "plain_rule", _("Plain 30–45-day rule")


class DormancyModel(models.Model):
    """One trained model: known before ``cutoff``, asked about the ``horizon`` days after it."""

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="dormancy_models", verbose_name=_("merchant")
    )
    horizon = models.PositiveSmallIntegerField(_("days ahead"))
    cutoff = models.DateTimeField(_("known before"))
    method = models.CharField(_("method"), max_length=10, choices=Method)
    why = models.CharField(_("why this method"), max_length=40, blank=True)
    artefact = models.TextField(blank=True)
    metrics = models.JSONField(_("measured"), default=dict)
    trained_at = models.DateTimeField(_("trained"))
    scored_at = models.DateTimeField(_("scored"), null=True)
    is_current = models.BooleanField(_("in use"), default=False)

    class Meta:
        verbose_name = _("dormancy model")
        verbose_name_plural = _("dormancy models")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(is_current=True), name="one_current_model_per_merchant"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "horizon", "cutoff"], name="model_of_cutoff")]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.cutoff:%Y-%m-%d}"


class DormancyScore(models.Model):
    """The chance that a member buys nothing in the model's horizon, with its three main reasons."""

    model = models.ForeignKey(DormancyModel, models.CASCADE, related_name="scores", verbose_name=_("model"))
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    member = models.ForeignKey(
        Member, models.CASCADE, related_name="dormancy_scores", verbose_name=_("member")
    )
    probability = models.FloatField(_("chance of falling silent"))
    is_slipping = models.BooleanField(_("slipping"), default=False)
    days_silent = models.PositiveSmallIntegerField(_("days since the last purchase"))
    value_minor = models.BigIntegerField(_("expected spend in 90 days"), default=0)
    reasons = models.JSONField(_("reasons"), default=list)

    class Meta:
        verbose_name = _("dormancy score")
        verbose_name_plural = _("dormancy scores")
        constraints = [
            models.UniqueConstraint(fields=["model", "member"], name="one_score_per_model_and_member")
        ]
        indexes = [models.Index(fields=["model", "-probability"], name="score_highest_first")]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.probability:.0%}"


class Snapshot(models.Model):
    """Everything the dashboard shows of one merchant at one moment, counted in the background."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="snapshots")
    as_of = models.DateTimeField(_("as of"))
    values = models.JSONField(_("values"), default=dict)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        indexes = [models.Index(fields=["merchant", "-as_of"], name="snapshot_newest")]
        get_latest_by = "as_of"

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.as_of:%Y-%m-%d %H:%M}"


class TouchKind(models.TextChoices):
    """What happened between a message and a member."""

    SENT = "sent", _("Sent")
    OPENED = "opened", _("Opened")
    CLICKED = "clicked", _("Clicked")
    HELD_OUT = "held_out", _("Held out")


class Touch(models.Model):
    """Something only analytics and campaigns read; written by campaigns downward."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="touches")
    kind = models.CharField(_("kind"), max_length=8, choices=TouchKind)
    source_kind = models.CharField(_("source"), max_length=20)
    source_id = models.BigIntegerField(_("source id"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "source_kind", "source_id"], name="one_touch_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.member_id}"
