"""People who work: the sign-in account and the role it has at a merchant."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.languages import LANGUAGES
from accounts.models.merchants import Branch, Merchant


class UserManager(BaseUserManager["User"]):
    """Create accounts that sign in by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save an account; without a password it cannot sign in until one is set."""
        if not email:
            raise ValueError("An account needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save an operator's account: the person who runs the server."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Sign in whatever the case of the e-mail."""
        return self.get(email=(username or "").lower())


class User(AbstractUser):
    """A sign-in account of a member of staff or an operator. Members of a programme have none."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="ar")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Role(models.TextChoices):
    """What a member of staff may do; the table of rights is ``accounts.access.RIGHTS``."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    CASHIER = "cashier", _("Cashier")
    ANALYST = "analyst", _("Analyst")


class Staff(models.Model):
    """A user's role at one merchant. One user may work for several."""

    user = models.ForeignKey(User, models.CASCADE, related_name="posts", verbose_name=_("user"))
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="staff", verbose_name=_("merchant"))
    role = models.CharField(_("role"), max_length=10, choices=Role)
    branch = models.ForeignKey(
        Branch, models.SET_NULL, null=True, blank=True, related_name="staff", verbose_name=_("branch")
    )
    phone = models.CharField(
        _("phone"),
        max_length=16,
        blank=True,
        help_text=_("Nobody may credit the card of their own phone or e-mail."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        constraints = [
            models.UniqueConstraint(fields=["user", "merchant"], name="one_post_per_user_and_merchant")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
