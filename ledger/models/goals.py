"""What members collected towards cards and challenges, and what they were given for it (RULES 36, 39).

For every member, goal and day it counts from: ``GoalCount.count = Σ GoalEntry.delta``; ``spent``, ``reached``
and ``number`` follow from its achievements. What is in hand is ``count - spent``; below nothing it is owed,
and what comes next pays it first.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from programs.calendars import BEGINNING


class GoalKind(models.TextChoices):
    """What is collected towards; a rule that gives stamps, a badge or a voucher is reached each time."""

    CARD = "card", _("Punch card")
    CHALLENGE = "challenge", _("Challenge")
    RULE = "rule", _("Rule")
    CONTEST = "contest", _("Contest")


class GoalEntry(models.Model):
    """That something moved a member on, or that a refund took it back (negative). Append-only.

    ``starts_on`` is the first day of the challenge's time, ``period`` the first day of the week (or day, or
    month) of a streak; both are ``BEGINNING`` where there is none. ``achievement`` is the one whose prize
    these stamps are; otherwise the goal counted the purchase, the event or what an opening brought.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=GoalKind)
    code = models.CharField(max_length=40)
    starts_on = models.DateField(default=BEGINNING)
    period = models.DateField(default=BEGINNING)
    delta = models.BigIntegerField()
    purchase = models.ForeignKey("ledger.Purchase", models.PROTECT, null=True, related_name="goal_entries")
    occurrence = models.ForeignKey(
        "ledger.Occurrence", models.PROTECT, null=True, related_name="goal_entries"
    )
    refund = models.ForeignKey("ledger.Refund", models.PROTECT, null=True, related_name="goal_entries")
    opening = models.ForeignKey("ledger.Opening", models.PROTECT, null=True, related_name="goal_entries")
    achievement = models.ForeignKey(
        "ledger.Achievement", models.PROTECT, null=True, related_name="goal_entries"
    )
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(delta=0), name="goal_entry_not_zero"),
            models.UniqueConstraint(
                fields=["opening"], condition=Q(opening__isnull=False), name="opening_stamps_counted_once"
            ),
        ]
        indexes = [models.Index(fields=["member", "kind", "code"], name="goal_entry_of_member")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.code} {self.delta:+d}"


class GoalCount(models.Model):
    """Where a member stands with one goal: a cache of its entries and achievements.

    ``spent`` is what the ``reached`` achievements in force cost, ``number`` the last one ever given. A streak
    has a row for every period in which something counted, and one at ``BEGINNING`` for its achievements.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, related_name="goal_counts")
    kind = models.CharField(max_length=9, choices=GoalKind)
    code = models.CharField(max_length=40)
    starts_on = models.DateField(default=BEGINNING)
    period = models.DateField(default=BEGINNING)
    count = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "code", "starts_on", "period"], name="one_count_per_goal"
            ),
            models.CheckConstraint(condition=Q(count__gte=0), name="goal_count_not_negative"),
        ]
        indexes = [models.Index(fields=["merchant", "kind", "code"], name="goal_count_of_merchant")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.code} {self.count}"


class Achievement(models.Model):
    """That a member filled a card, reached a challenge or was given something by a rule, and what it gave.

    ``number`` counts them per member and goal: two sales at once cannot both be the ninth stamp. Once a
    refund took it back (``revoked_at``) its badge is gone, its voucher void, and ``taken`` took its points.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="achievements", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=9, choices=GoalKind)
    code = models.CharField(_("code"), max_length=40)
    starts_on = models.DateField(default=BEGINNING)
    number = models.PositiveIntegerField(_("number"))
    cost = models.BigIntegerField(default=0)
    points = models.BigIntegerField(_("points"), default=0)
    badge = models.CharField(_("badge"), max_length=40, blank=True)
    redemption = models.OneToOneField(
        "ledger.Redemption", models.PROTECT, null=True, related_name="achievement", verbose_name=_("voucher")
    )
    movement = models.ForeignKey("ledger.Movement", models.PROTECT, null=True, related_name="+")
    taken = models.ForeignKey("ledger.Movement", models.PROTECT, null=True, related_name="+")
    purchase = models.ForeignKey("ledger.Purchase", models.PROTECT, null=True, related_name="achievements")
    occurrence = models.ForeignKey(
        "ledger.Occurrence", models.PROTECT, null=True, related_name="achievements"
    )
    merge = models.ForeignKey("ledger.Merge", models.PROTECT, null=True, related_name="achievements")
    refund = models.ForeignKey("ledger.Refund", models.PROTECT, null=True, related_name="+")
    version = models.ForeignKey(
        "programs.ProgrammeVersion", models.PROTECT, related_name="+", verbose_name=_("terms")
    )
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    revoked_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        verbose_name = _("achievement")
        verbose_name_plural = _("achievements")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "code", "starts_on", "number"], name="one_achievement_per_number"
            )
        ]
        indexes = [models.Index(fields=["merchant", "-id"], name="achievement_of_merchant")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.code} {self.number}"
