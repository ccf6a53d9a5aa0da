"""Two records of one person made one (RULES 42): what was moved, by whom, and whether it was undone."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant


class Merge(models.Model):
    """``absorbed`` was merged into ``survivor``; facts stayed where they were, points were transferred.

    Everything an undo needs is here by id: the two movements (none when nothing moved), the survivor's
    balance version just after, the members that were ``repointed`` to the survivor (records absorbed
    earlier), those whose referral moved (``referred``), the fields the survivor took over (``filled``, names
    only), and the consents that became stricter (channel, purpose, what was in force before).
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    survivor = models.ForeignKey(
        Member, models.PROTECT, related_name="merges_taken_in", verbose_name=_("record that stays")
    )
    absorbed = models.ForeignKey(
        Member, models.PROTECT, related_name="merges_into", verbose_name=_("record that was merged")
    )
    merged_at = models.DateTimeField(_("merged"))
    merged_by = models.CharField(_("by"), max_length=60)
    survivor_movement = models.ForeignKey("ledger.Movement", models.PROTECT, null=True, related_name="+")
    absorbed_movement = models.ForeignKey("ledger.Movement", models.PROTECT, null=True, related_name="+")
    survivor_version = models.BigIntegerField()
    points = models.BigIntegerField(_("points"), default=0)
    filled = models.JSONField(default=list)
    repointed = models.JSONField(default=list)
    referred = models.JSONField(default=list)
    tightened = models.JSONField(default=list)
    tier_before = models.CharField(max_length=40, blank=True)
    tier_until = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.CharField(_("undone by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="merged_into_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(survivor=F("absorbed")), name="nobody_merges_with_themselves"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-merged_at"], name="merge_of_merchant")]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"


class MergedLot(models.Model):
    """A lot that went over: ``copy`` at the survivor holds what was left of ``source``. Append-only.

    ``root`` is the lot the points first came in with, however many merges ago: it knows its purchase.
    """

    merge = models.ForeignKey(Merge, models.PROTECT, related_name="lots")
    source = models.ForeignKey("ledger.Lot", models.PROTECT, related_name="merged_away")
    copy = models.OneToOneField("ledger.Lot", models.PROTECT, related_name="merged_from")
    root = models.ForeignKey("ledger.Lot", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("lot that went over")
        verbose_name_plural = _("lots that went over")

    def __str__(self) -> str:
        return f"{self.source_id} → {self.copy_id}"
