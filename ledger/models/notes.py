"""Why staff moved points by hand, in their own words: the one part of a movement that can be emptied."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AdjustmentNote(models.Model):
    """The words behind an adjustment, apart from the append-only rows: they may name the member.

    Written by the posting that writes the movement, emptied when the member is erased (RULES 46).
    """

    movement = models.OneToOneField(
        "ledger.Movement",
        models.PROTECT,
        db_constraint=False,
        related_name="note",
        verbose_name=_("movement"),
    )
    text = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("reason of an adjustment")
        verbose_name_plural = _("reasons of adjustments")

    def __str__(self) -> str:
        return f"{self.movement_id}"
