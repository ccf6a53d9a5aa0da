"""Members: the people whose loyalty this is about."""

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.languages import LANGUAGES
from accounts.models.merchants import Merchant


class Gender(models.TextChoices):
    """Which variant of an Arabic sentence addresses the member; unknown means neutral."""

    UNKNOWN = "", _("Not said")
    FEMALE = "f", _("Female")
    MALE = "m", _("Male")


class MemberQuerySet(models.QuerySet["Member"]):
    """Questions about members."""

    def for_merchant(self, merchant: Merchant) -> Self:
        """Only this merchant's."""
        return self.filter(merchant=merchant)

    def active(self) -> Self:
        """Neither merged into another record, nor detached from their number, nor erased."""
        return self.filter(ACTIVE)


ACTIVE = Q(merged_into__isnull=True, detached_at__isnull=True, erased_at__isnull=True)


class Member(models.Model):
    """One person at one merchant.

    The phone is E.164 text and unique among a merchant's active members. Personal values live only
    in the fields that ``accounts.privacy`` registers; the books know a member by ``id``.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="members", verbose_name=_("merchant"))
    number = models.CharField(_("membership number"), max_length=12, editable=False)
    # Null, not "", where unknown: many members may have none, and no two the same.
    external_id = models.CharField(_("your id"), max_length=64, null=True, blank=True)  # noqa: DJ001
    phone = models.CharField(  # noqa: DJ001
        _("phone"),
        max_length=16,
        null=True,
        blank=True,
        validators=[RegexValidator(r"^\+[1-9]\d{6,14}$", _("Write the phone as +9665…"))],
    )
    email = models.EmailField(_("e-mail"), blank=True)
    given_name = models.CharField(_("first name"), max_length=80, blank=True)
    family_name = models.CharField(_("family name"), max_length=80, blank=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, blank=True, default="")
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    birthday_changed_on = models.DateField(_("birthday changed on"), null=True, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="ar")
    referral_code = models.CharField(_("referral code"), max_length=10, editable=False)
    referred_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="referred"
    )
    source = models.CharField(_("joined through"), max_length=20, default="backoffice", editable=False)
    joined_at = models.DateTimeField(_("joined"))
    seen_at = models.DateTimeField(_("last signed in"), null=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="absorbed"
    )
    detached_at = models.DateTimeField(_("detached"), null=True, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "phone"],
                condition=ACTIVE & Q(phone__isnull=False),
                name="one_active_member_per_phone",
                violation_error_message=_("Another member has this phone."),
            ),
            models.UniqueConstraint(
                "merchant",
                Lower("email"),
                condition=ACTIVE & ~Q(email=""),
                name="one_active_member_per_email",
                violation_error_message=_("Another member has this e-mail."),
            ),
            models.UniqueConstraint(
                fields=["merchant", "external_id"],
                condition=Q(external_id__isnull=False),
                name="member_external_id_per_merchant",
                violation_error_message=_("Another member has this id."),
            ),
            models.UniqueConstraint(fields=["merchant", "number"], name="member_number_per_merchant"),
            models.UniqueConstraint(fields=["merchant", "referral_code"], name="referral_code_per_merchant"),
        ]
        indexes = [models.Index(fields=["merchant", "joined_at"], name="member_by_joining")]

    def __str__(self) -> str:
        return self.name or self.number

    @property
    def name(self) -> str:
        """The full name, or nothing when it was never given."""
        return f"{self.given_name} {self.family_name}".strip()
