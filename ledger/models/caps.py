"""What caps and budgets have given: entries per member, and the sums that members share (RULES 10)."""

from django.db import models
from django.db.models import Q

from accounts.models import Member, Merchant


class CapUse(models.Model):
    """How many points an award or a prize took from a cap, or a refund gave back (negative). Append-only.

    The cap is known by ``scope``, ``rule`` (empty: all rules) and ``period``; ``starts_on`` is the first day
    of its period in the merchant's zone, which holds the day of the award.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    purchase = models.ForeignKey("ledger.Purchase", models.PROTECT, null=True, related_name="cap_uses")
    occurrence = models.ForeignKey("ledger.Occurrence", models.PROTECT, null=True, related_name="cap_uses")
    refund = models.ForeignKey("ledger.Refund", models.PROTECT, null=True, related_name="cap_uses")
    achievement = models.ForeignKey("ledger.Achievement", models.PROTECT, null=True, related_name="cap_uses")
    scope = models.CharField(max_length=6)
    rule = models.CharField(max_length=40, blank=True)
    period = models.CharField(max_length=5)
    starts_on = models.DateField()
    points = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(points=0), name="cap_use_not_zero")]
        indexes = [
            models.Index(fields=["member", "starts_on"], name="cap_use_of_member"),
            models.Index(
                fields=["merchant", "starts_on"], condition=Q(scope="all"), name="cap_use_of_budget"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}/{self.rule}/{self.period} {self.points:+d}"


class Budget(models.Model):
    """How much is given of a cap that all members share: a cache of the entries, which postings queue for."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=40, blank=True)
    period = models.CharField(max_length=5)
    starts_on = models.DateField()
    used = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "rule", "period", "starts_on"], name="one_budget_per_period"
            ),
            models.CheckConstraint(condition=Q(used__gte=0), name="budget_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.rule}/{self.period} {self.used}"
