"""Secrets by which machines and members prove who they are; only hashes are stored."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey, APIKeyManager

from accounts.models.members import Member
from accounts.models.merchants import Branch, Merchant

SANDBOX_MARK: Final = "sandbox_"
"""What a practice key's text begins with."""


class Scope(models.TextChoices):
    """What a key may do."""

    TILL = "till", _("Till")
    SHOP = "shop", _("Online shop")
    READ = "read", _("Read only")
    MANAGE = "manage", _("Manage")


class KeyManager(APIKeyManager):
    """Makes keys whose id says nothing of the secret: the library's own id holds its hash."""

    def assign_key(self, obj: AbstractAPIKey) -> str:
        """Give the row a new key and return its text. The id, which stands in addresses, is the prefix."""
        key = str(super().assign_key(obj))
        obj.id = obj.prefix
        return f"{SANDBOX_MARK}{key}" if getattr(obj, "is_sandbox", False) else key


class ApiKey(AbstractAPIKey):
    """A merchant's key, hashed at rest and shown once."""

    objects: ClassVar[KeyManager] = KeyManager()

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="api_keys", verbose_name=_("merchant")
    )
    branch = models.ForeignKey(
        Branch, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
    scope = models.CharField(_("scope"), max_length=10, choices=Scope, default=Scope.TILL)
    is_sandbox = models.BooleanField(
        _("practice"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Works on the practice copy of the shop."),
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    @property
    def shown_prefix(self) -> str:
        """What the key's text begins with: by it people recognise a key."""
        return f"{SANDBOX_MARK}{self.prefix}" if self.is_sandbox else self.prefix

    class Meta(AbstractAPIKey.Meta):
        verbose_name = _("API key")  # type: ignore[assignment]
        verbose_name_plural = _("API keys")  # type: ignore[assignment]


class CallKey(models.Model):
    """The ``Idempotency-Key`` of a call to the API, and what was said under it: hashes alone."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    key_hash = models.CharField(max_length=64)
    said_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key_hash"], name="one_call_per_key")]
        indexes = [models.Index(fields=["at"], name="call_key_age")]

    def __str__(self) -> str:
        return self.key_hash[:8]


class LoginCode(models.Model):
    """A one-time code sent to a phone or an e-mail address: 6 digits, 10 minutes, 5 tries."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, null=True, related_name="login_codes")
    destination_hash = models.CharField(max_length=64)
    asker_hash = models.CharField(max_length=64, blank=True)
    code_hash = models.CharField(max_length=128)
    purpose = models.CharField(max_length=10, default="signin")
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["merchant", "destination_hash", "-created_at"],
                condition=Q(used_at__isnull=True),
                name="login_code_open",
            ),
            models.Index(fields=["destination_hash", "created_at"], name="login_code_asked_for"),
            models.Index(fields=["asker_hash", "created_at"], name="login_code_asked_by"),
            models.Index(fields=["created_at"], name="login_code_age"),
        ]

    def __str__(self) -> str:
        return f"code {self.pk}"
