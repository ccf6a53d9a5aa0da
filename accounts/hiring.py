"""Staff: giving somebody a post, changing it, and never losing the last owner."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict
from accounts.joining import clean_email
from accounts.models import Merchant, Staff, User
from accounts.models.staff import Role


class LastOwner(Conflict):
    """A merchant keeps at least one active owner."""

    code = "last_owner"
    message = _("A merchant keeps at least one active owner.")


@transaction.atomic
def hire(*, merchant: Merchant, email: str, first_name: str = "", last_name: str = "", **post: Any) -> Staff:
    """Give the account with this e-mail a post, making the account when nobody has it.

    A fresh account has no password: its owner sets one through "forgotten password". Names of an account that
    stands already are its own and stay. Raises ``BadEmail``, ``Conflict``.
    """
    address = clean_email(email)
    user = User.objects.filter(email=address).first() or User.objects.create_user(
        address, first_name=first_name, last_name=last_name
    )
    if Staff.objects.filter(user=user, merchant=merchant).exists():
        raise Conflict
    return Staff.objects.create(user=user, merchant=merchant, **post)


@transaction.atomic
def change_post(*, post: Staff, **changes: Any) -> Staff:
    """Save changes to a post. Raises ``LastOwner``."""
    for name, value in changes.items():
        setattr(post, name, value)
    if post.role != Role.OWNER or not post.is_active:
        keep_an_owner(merchant=post.merchant, besides=post)
    post.save()
    return post


def keep_an_owner(*, merchant: Merchant, besides: Staff) -> None:
    """Refuse to leave ``merchant`` without an active owner. Raises ``LastOwner``."""
    owners = Staff.objects.select_for_update().filter(merchant=merchant, role=Role.OWNER, is_active=True)
    was_owner = owners.filter(pk=besides.pk).exists()
    if was_owner and not owners.exclude(pk=besides.pk).exists():
        raise LastOwner
