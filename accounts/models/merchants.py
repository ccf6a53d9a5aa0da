"""Merchants and their branches."""

import zoneinfo
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.languages import LANGUAGES, in_language


class Sector(models.TextChoices):
    """The trades whose recipes and defaults we know."""

    RESTAURANT = "restaurant", _("Restaurant or café")
    GROCERY = "grocery", _("Grocery")
    RETAIL = "retail", _("Retail")
    BEAUTY = "beauty", _("Salon or spa")
    CLINIC = "clinic", _("Clinic")
    ONLINE = "online", _("Online store")
    APP = "app", _("App or platform")
    OTHER = "other", _("Other")


class Currency(models.TextChoices):
    """Currencies of the Gulf; exponents live in ``accounts.money``."""

    SAR = "SAR", _("Saudi riyal")
    AED = "AED", _("UAE dirham")
    QAR = "QAR", _("Qatari riyal")
    KWD = "KWD", _("Kuwaiti dinar")
    BHD = "BHD", _("Bahraini dinar")
    OMR = "OMR", _("Omani rial")
    JOD = "JOD", _("Jordanian dinar")


def validate_zone(name: str) -> None:
    """Refuse a time zone this machine does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(zone)s” is not a time zone we know."), params={"zone": name})


def validate_logo_size(file: models.fields.files.FieldFile) -> None:
    """Refuse a logo over one megabyte: it is sent to every phone."""
    if file.size > 1_000_000:
        raise ValidationError(_("The logo must be smaller than 1 MB."))


def default_languages() -> list[str]:
    """Arabic first, English beside it."""
    return ["ar", "en"]


class ProfileField(models.TextChoices):
    """What a member may say of themselves beside the phone."""

    GIVEN_NAME = "given_name", _("First name")
    FAMILY_NAME = "family_name", _("Family name")
    EMAIL = "email", _("E-mail")
    BIRTHDAY = "birthday", _("Birthday")
    GENDER = "gender", _("Gender")


def default_profile() -> list[str]:
    """Name, e-mail and birthday."""
    return ["given_name", "family_name", "email", "birthday"]


class MerchantQuerySet(models.QuerySet["Merchant"]):
    """Questions about merchants."""

    def real(self) -> Self:
        """Shops alone, without the practice copies that developers try things on."""
        return self.filter(practice_of__isnull=True)

    def kept(self) -> Self:
        """Shops and the practice copies in use: their books go on. Nobody looks at a copy that is over."""
        return self.filter(practice_ended_at__isnull=True)

    def practice_copy(self, merchant: "Merchant") -> "Merchant | None":
        """The practice copy of a merchant that is in use, if one was ever made."""
        return self.filter(practice_of=merchant, practice_ended_at__isnull=True).first()


class Merchant(models.Model):
    """One tenant: a shop with its own members, programme, books and colours."""

    slug = models.SlugField(_("address"), max_length=50, unique=True)
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    sector = models.CharField(_("sector"), max_length=20, choices=Sector, default=Sector.RETAIL)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.SAR)
    zone = models.CharField(_("time zone"), max_length=64, default="Asia/Riyadh", validators=[validate_zone])
    languages = models.JSONField(_("languages"), default=default_languages)
    profile_asks = models.JSONField(
        _("a complete profile says"),
        default=default_profile,
        db_default=models.Value(default_profile(), models.JSONField()),
    )
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#0f766e",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write a colour as #0f766e."))],
    )
    logo = models.ImageField(
        _("logo"),
        upload_to="logos/",
        blank=True,
        validators=[FileExtensionValidator(["png", "jpg", "jpeg", "webp"]), validate_logo_size],
    )
    host = models.CharField(
        _("own domain"), max_length=253, blank=True, help_text=_("Leave empty to use /m/<address>/.")
    )
    vat_number = models.CharField(
        _("VAT number"),
        max_length=15,
        blank=True,
        default="",
        db_default="",
        validators=[
            RegexValidator(r"^3\d{13}3$", _("A VAT number has 15 digits, and begins and ends with 3."))
        ],
        help_text=_("As on your receipts: then members can claim the points of a sale by its receipt."),
    )
    sender_email = models.EmailField(_("sender's e-mail"), blank=True)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)
    practice_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="practices",
        verbose_name=_("practice copy of"),
    )
    practice_ended_at = models.DateTimeField(_("practice ended"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = MerchantQuerySet.as_manager()

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["host"], condition=~models.Q(host=""), name="merchant_host_unique"
            ),
            models.UniqueConstraint(
                fields=["practice_of"],
                condition=models.Q(practice_ended_at__isnull=True, practice_of__isnull=False),
                name="one_practice_copy_in_use",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")

    @property
    def is_practice(self) -> bool:
        """Whether this is a practice copy: nothing is sent from it, and it counts nowhere."""
        return self.practice_of_id is not None

    @property
    def timezone(self) -> zoneinfo.ZoneInfo:
        """The zone in which this merchant's days begin and end."""
        return zoneinfo.ZoneInfo(self.zone)

    def clean(self) -> None:
        """Check the languages, which no database constraint can."""
        known = {code for code, _name in LANGUAGES}
        if not self.languages or not set(self.languages) <= known:
            raise ValidationError({"languages": _("Choose Arabic, English or both.")})


class Branch(models.Model):
    """A place (or channel) where purchases happen."""

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="branches", verbose_name=_("merchant")
    )
    code = models.CharField(_("code"), max_length=40)
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["merchant", "code"], name="branch_code_per_merchant")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")
