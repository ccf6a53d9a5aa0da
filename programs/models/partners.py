"""Partners who honour a merchant's vouchers, and what each such use is worth to them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Merchant


class PartnerState(models.TextChoices):
    """Where an agreement stands; an outside partner's is agreed elsewhere, so it begins active."""

    ASKED = "asked", _("Waits for their yes")
    ACTIVE = "active", _("Agreed")
    REFUSED = "refused", _("Refused")
    ENDED = "ended", _("Ended")


class Partner(models.Model):
    """Who honours vouchers of ``merchant``: another ``shop`` of this installation, or an outside partner.

    The outside one reaches its page by a link with ``link_code`` and a PIN, of which only the hash is kept.
    """

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="partners", verbose_name=_("merchant")
    )
    shop = models.ForeignKey(
        Merchant, models.PROTECT, null=True, blank=True, related_name="honours_for", verbose_name=_("shop")
    )
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    contact = models.CharField(_("contact"), max_length=120, blank=True)
    state = models.CharField(
        _("state"), max_length=7, choices=PartnerState, default=PartnerState.ASKED, editable=False
    )
    asked_by = models.CharField(_("asked by"), max_length=60, editable=False)
    asked_at = models.DateTimeField(_("asked"), editable=False)
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    link_code = models.CharField(max_length=32, blank=True, editable=False)
    pin_hash = models.CharField(max_length=128, blank=True, editable=False)
    key_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "shop"],
                condition=Q(shop__isnull=False, state__in=("asked", "active")),
                name="one_agreement_with_a_shop",
            ),
            models.UniqueConstraint(
                fields=["link_code"], condition=~Q(link_code=""), name="partner_link_is_its_own"
            ),
            models.UniqueConstraint(
                fields=["key_hash"], condition=~Q(key_hash=""), name="partner_key_is_its_own"
            ),
            models.CheckConstraint(condition=~Q(shop=models.F("merchant")), name="partner_is_another"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")


class PartnerOffer(models.Model):
    """The reward ``reward_code`` is honoured by a partner, who is owed ``owed_minor`` for each use.

    Another amount is another offer. A shop's yes is asked for each; what is given out goes by the offer that
    stood when it was given.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="offers", verbose_name=_("partner"))
    reward_code = models.SlugField(_("reward"), max_length=40)
    owed_minor = models.PositiveIntegerField(_("owed to the partner for each use"))
    state = models.CharField(_("state"), max_length=7, choices=PartnerState, default=PartnerState.ASKED)
    asked_by = models.CharField(_("asked by"), max_length=60)
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("partner offer")
        verbose_name_plural = _("partner offers")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "reward_code"],
                condition=Q(state="active"),
                name="one_partner_per_reward",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reward_code}: {self.owed_minor}"
