"""Gift cards: money that is owed to whoever holds the code, spent in parts; and upgrades for a while."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant


class GiftCardWhy(models.TextChoices):
    """How a card came about: a choice and no free text, which might name somebody."""

    REWARD = "reward", _("Reward")
    SOLD = "sold", _("Sold")
    GIVEN = "given", _("Given")
    APOLOGY = "apology", _("Apology")


class GiftCardAct(models.TextChoices):
    """What moves a card's balance."""

    ISSUE = "issue", _("Issued")
    SPEND = "spend", _("Paid with")
    REFUND = "refund", _("Money back")
    EXPIRE = "expire", _("Ran out")
    CANCEL = "cancel", _("Cancelled")


class GiftCard(models.Model):
    """A card with a balance in minor units. Whoever holds the code may pay with it, in any number of parts.

    ``balance_minor`` is a cache of the entries, ``expires_on`` its last day (None: without end) and
    ``closed_at`` when it was cancelled or ran out. Money that a refund brings back opens it again.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="gift_cards", verbose_name=_("member"))
    redemption = models.OneToOneField(
        "ledger.Redemption", models.PROTECT, null=True, related_name="gift_card", verbose_name=_("redemption")
    )
    why = models.CharField(_("reason"), max_length=8, choices=GiftCardWhy)
    code = models.CharField(_("code"), max_length=12)
    value_minor = models.BigIntegerField(_("face value"))
    balance_minor = models.BigIntegerField(_("balance"))
    currency = models.CharField(_("currency"), max_length=3)
    issued_at = models.DateTimeField(_("issued"))
    expires_on = models.DateField(_("last day"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    order_ref = models.CharField(_("order number"), max_length=64, blank=True)
    actor = models.CharField(_("by"), max_length=60)

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="gift_card_code_per_merchant"),
            models.CheckConstraint(
                condition=Q(balance_minor__gte=0, balance_minor__lte=F("value_minor")),
                name="gift_card_within_its_value",
            ),
        ]
        indexes = [
            models.Index(fields=["member"], name="gift_card_of_member"),
            models.Index(
                fields=["merchant", "expires_on"],
                condition=Q(balance_minor__gt=0),
                name="gift_card_with_money",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class GiftCardEntry(models.Model):
    """One movement of a card: ``amount_minor`` is signed, what is paid with it negative. Append-only.

    ``purchase`` is the order that was paid, and that money came back of (then with the ``refund``).
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    card = models.ForeignKey(GiftCard, models.PROTECT, related_name="entries", verbose_name=_("gift card"))
    act = models.CharField(_("act"), max_length=6, choices=GiftCardAct)
    amount_minor = models.BigIntegerField(_("amount"))
    purchase = models.ForeignKey(
        "ledger.Purchase", models.PROTECT, null=True, related_name="gift_entries", verbose_name=_("order")
    )
    refund = models.ForeignKey(
        "ledger.Refund", models.PROTECT, null=True, related_name="gift_entries", verbose_name=_("refund")
    )
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    actor = models.CharField(_("by"), max_length=60)

    class Meta:
        verbose_name = _("gift card entry")
        verbose_name_plural = _("gift card entries")
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="gift_card_entry_not_zero"),
            models.UniqueConstraint(
                fields=["purchase", "card"], condition=Q(act="spend"), name="gift_card_once_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.amount_minor:+d}"


class Upgrade(models.Model):
    """Something opened for a member for a while: ``feature`` is the word that the merchant's app knows.

    It runs from ``starts_at`` to ``until`` (not included). Append-only. It is no tier that was earned.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="upgrades", verbose_name=_("member"))
    redemption = models.OneToOneField(
        "ledger.Redemption", models.PROTECT, related_name="upgrade", verbose_name=_("redemption")
    )
    feature = models.CharField(_("what it opens"), max_length=40)
    starts_at = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("upgrade")
        verbose_name_plural = _("upgrades")
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("starts_at")), name="upgrade_ends_after_it_begins")
        ]
        indexes = [models.Index(fields=["member", "until"], name="upgrade_of_member")]

    def __str__(self) -> str:
        return f"{self.feature} – {self.until}"
