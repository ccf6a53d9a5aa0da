"""What was learnt (dormancy, its scores, snapshots of KPIs, touches) and what might have been (Rewinds)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from programs.models import ProgrammeVersion


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


class RewindState(models.TextChoices):
    """Where a Rewind stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class RewindRun(models.Model):
    """A question: what would these programmes have cost from ``first_day`` on? Answered in the background.

    ``all_earn``: purchases that earned nothing in the books, being history, earn as if made on time.
    ``use_percent`` is the share of points used as somebody set it, empty to learn it from history. The rest
    is what was found: the shop's months, how points are used (in thousandths), the margins of that day.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="rewinds", verbose_name=_("merchant"))
    months = models.PositiveSmallIntegerField(_("months"))
    first_day = models.DateField(_("first day"))
    as_of = models.DateTimeField(_("as of"))
    all_earn = models.BooleanField(_("history earns too"), default=False)
    use_percent = models.PositiveSmallIntegerField(_("share of points used, %"), null=True)
    state = models.CharField(_("state"), max_length=7, choices=RewindState, default=RewindState.WAITING)
    why = models.CharField(_("why it failed"), max_length=40, blank=True)
    asked_by = models.CharField(_("asked by"), max_length=60)
    finished_at = models.DateTimeField(_("finished"), null=True)
    shop = models.JSONField(default=dict)
    use = models.JSONField(default=dict)
    margins = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("Rewind")
        verbose_name_plural = _("Rewinds")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(state__in=["waiting", "running"]), name="one_open_rewind"
            )
        ]
        indexes = [models.Index(fields=["merchant", "-id"], name="rewind_newest")]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.first_day:%Y-%m}"


class RewindScenario(models.Model):
    """A programme in a Rewind. The first one is today's: the published versions, each in its own time.

    Any other is one version, as it stood when it was asked for (``digest``). ``terms`` keeps what the page
    shows of it once the draft is gone: the worth of a block, and the names of its tiers.
    """

    run = models.ForeignKey(RewindRun, models.CASCADE, related_name="scenarios")
    place = models.PositiveSmallIntegerField()
    version = models.ForeignKey(ProgrammeVersion, models.SET_NULL, null=True, related_name="+")
    number = models.PositiveIntegerField(_("version"), null=True)
    is_draft = models.BooleanField(_("draft"), default=False)
    digest = models.CharField(max_length=64, blank=True)
    terms = models.JSONField(default=dict)
    found = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("programme in a Rewind")
        verbose_name_plural = _("programmes in a Rewind")
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="one_scenario_per_place")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.place}"


class RewindPart(models.Model):
    """The members ``first`` to ``last`` of a run: claimed by one worker, done whole or not at all."""

    run = models.ForeignKey(RewindRun, models.CASCADE, related_name="parts")
    place = models.PositiveIntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    size = models.PositiveIntegerField(default=0)
    found = models.JSONField(default=dict)
    claimed_by = models.CharField(max_length=80, blank=True)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("part of a Rewind")
        verbose_name_plural = _("parts of a Rewind")
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="one_part_per_place")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.place}"


class RewindDifference(models.Model):
    """What one member would have had under a scenario beside today's programme.

    ``gain_minor`` is what their points of those months are worth under it, less what they are worth today.
    """

    scenario = models.ForeignKey(RewindScenario, models.CASCADE, related_name="differences")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("member"))
    spend_minor = models.BigIntegerField(_("spend"))
    points_today = models.BigIntegerField(_("points today"))
    points = models.BigIntegerField(_("points"))
    gain_minor = models.BigIntegerField(_("gain"))
    tier_today = models.CharField(_("tier today"), max_length=40, blank=True)
    tier = models.CharField(_("tier"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("difference to a member")
        verbose_name_plural = _("differences to members")
        constraints = [
            models.UniqueConstraint(fields=["scenario", "member"], name="one_difference_per_member")
        ]
        indexes = [models.Index(fields=["scenario", "gain_minor"], name="rewind_gains")]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.gain_minor}"
