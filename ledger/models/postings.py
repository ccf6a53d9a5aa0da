"""What keeps a posting single: keys, once-only bonuses, notices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant


class PostingKey(models.Model):
    """The key of something that may arrive twice, the hash of what it said, and the first answer."""

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    source = models.CharField(max_length=20)
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=80)
    body_sha256 = models.CharField(max_length=64)
    receipt = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source", "kind", "key"], name="one_posting_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.kind}/{self.key}"


class BonusUse(models.Model):
    """A once-only bonus that was given: (member, rule, occurrence), the birthday's year for one."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    rule_code = models.CharField(max_length=40)
    occurrence = models.CharField(max_length=20)
    used_on = models.DateField()
    purchase = models.ForeignKey("ledger.Purchase", models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "rule_code", "occurrence"], name="once_only_bonus_given_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_code} {self.occurrence}"


class ExpiryNotice(models.Model):
    """That the member was told, or could not be told, that points die on a day. Written by campaigns."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="expiry_notices")
    expires_on = models.DateField(_("last day"))
    points = models.BigIntegerField(_("points"))
    deliverable = models.BooleanField(_("could be delivered"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("expiry notice")
        verbose_name_plural = _("expiry notices")
        constraints = [
            models.UniqueConstraint(fields=["member", "expires_on"], name="one_notice_per_member_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.expires_on}"
