"""Work on many members that several workers share: who does which range, how far it is, what came of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant


class Work(models.TextChoices):
    """What time asks of the books."""

    ACTIVATION = "activation", _("Opening points that waited")
    EXPIRY = "expiry", _("Expiry of points")
    TIERS = "tiers", _("Renewal of tiers")
    CODES = "codes", _("Codes that ran out")
    PAUSES = "pauses", _("Last days after a pause or a closing")
    PROOF = "proof", _("Proof of the books")
    REFERRALS = "referrals", _("Rewards for friends")
    OCCASIONS = "occasions", _("Birthdays and anniversaries")


class WorkShard(models.Model):
    """The members ``first`` to ``last`` of one merchant, and one work to do for them.

    The shards of one cutting are a run. Without a range it is what belongs to no single member. ``size`` is
    how much there was to do when it was cut, ``done`` how much of it is done; a worker that holds the shard
    says so until ``claimed_until`` and goes on saying so while it works.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+", verbose_name=_("merchant"))
    work = models.CharField("work", max_length=10, choices=Work)
    run = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    first = models.BigIntegerField(null=True)
    last = models.BigIntegerField(null=True)
    size = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    result = models.BigIntegerField("result", default=0)
    found = models.JSONField(default=dict, blank=True)
    cut_at = models.DateTimeField(_("started"))
    claimed_by = models.CharField(max_length=80, blank=True)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField("attempts", default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = "shard of work"
        verbose_name_plural = "shards of work"
        constraints = [
            models.UniqueConstraint(fields=["merchant", "work", "run", "place"], name="one_shard_per_place")
        ]
        indexes = [
            models.Index(fields=["work"], condition=Q(finished_at__isnull=True), name="work_shard_open")
        ]

    def __str__(self) -> str:
        return f"{self.work} {self.run}/{self.place}"

    def members(self, path: str = "member_id") -> Q:
        """Rows of its members, whose id stands at ``path``."""
        return Q(**{f"{path}__gte": self.first, f"{path}__lte": self.last})
