"""Sales that nobody was named for: kept as they were told, until a member shows the receipt."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, Member, Merchant


class UnclaimedOrder(models.Model):
    """One order without a customer. ``lines`` are the fields of ``ledger.event.LineItem``.

    ``member`` has it reserved from the moment they show the receipt; the purchase is then posted under the
    order's own source and number, so it can be in the books once, whoever else tells it.
    """

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"), db_index=False
    )
    source = models.CharField(_("source"), max_length=20)
    external_id = models.CharField(_("order number"), max_length=64)
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
    channel = models.CharField(_("channel"), max_length=20, default="store")
    occurred_at = models.DateTimeField(_("time"))
    recorded_at = models.DateTimeField(_("recorded"))
    currency = models.CharField(_("currency"), max_length=3)
    total_minor = models.BigIntegerField(_("total"))
    lines = models.JSONField(_("lines"))
    body_sha256 = models.CharField(max_length=64, editable=False)
    actor = models.CharField(_("actor"), max_length=60)
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("claimed by")
    )
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    paper_sha256 = models.CharField(max_length=64, editable=False, default="")
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)

    class Meta:
        verbose_name = _("sale without a customer")
        verbose_name_plural = _("sales without a customer")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "source", "external_id"], name="one_unclaimed_order_per_number"
            ),
            models.UniqueConstraint(
                fields=["merchant", "paper_sha256"],
                condition=~Q(paper_sha256=""),
                name="one_claim_per_receipt",
            ),
            models.CheckConstraint(condition=Q(total_minor__gt=0), name="unclaimed_total_positive"),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "total_minor", "occurred_at"],
                condition=Q(member__isnull=True, cancelled_at__isnull=True),
                name="unclaimed_orders_open",
            )
        ]

    def __str__(self) -> str:
        return self.external_id
