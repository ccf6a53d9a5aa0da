"""What a tier gives beside its multiplier."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from programs.models.parts import VersionPart
from programs.models.versions import ProgrammeVersion


class PerkKind(models.TextChoices):
    """What a perk is; ``programs.perks`` says which of them a till applies."""

    FREE_SHIPPING = "free_shipping", _("Free shipping")
    REDUCED_SHIPPING = "reduced_shipping", _("Reduced shipping")
    EXTRA_DISCOUNT = "extra_discount", _("Extra discount")
    PRIORITY_SUPPORT = "priority_support", _("Priority support")
    EARLY_ACCESS = "early_access", _("Early access")
    BIRTHDAY_GIFT = "birthday_gift", _("Birthday gift")
    TEXT = "text", _("In your own words")


class TierPerk(VersionPart):
    """One perk of one tier; ``tier`` is the tier's code, ``occasions`` a list of codes (empty = any day)."""

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="perks", verbose_name=_("version")
    )
    tier = models.SlugField(_("tier"), max_length=40)
    kind = models.CharField(_("kind"), max_length=16, choices=PerkKind, default=PerkKind.TEXT)
    percent = models.PositiveSmallIntegerField(
        _("percent off"), default=0, blank=True, validators=[MaxValueValidator(100)]
    )
    amount_minor = models.PositiveIntegerField(
        _("amount"),
        default=0,
        blank=True,
        help_text=_("What it takes off, or what a gift or free shipping costs you."),
    )
    min_order_minor = models.PositiveIntegerField(_("from an order of"), default=0, blank=True)
    occasions = models.JSONField(_("only on occasions"), default=list, blank=True)

    class Meta:
        verbose_name = _("perk")
        verbose_name_plural = _("perks")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="perk_code_per_version")]

    def __str__(self) -> str:
        return f"{self.name} · {self.tier}"
