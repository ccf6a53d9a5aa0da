"""The letter to a merchant's owners after the nightly proof: the head to keep, or that the books differ.

A head in somebody else's mailbox is what the chain is anchored to: without it, who can rewrite this database
could drop the newest blocks unseen.
"""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import formats, translation
from django.utils.translation import gettext as _

from accounts.models import Merchant, OutboxEvent, User
from accounts.models.staff import Role
from ledger.models import Verification

COMMAND: Final = "manage.py verify_ledger --merchant {slug} --expected-head {head}"


def tell_owners(event: OutboxEvent, now: datetime) -> None:
    """Write to every owner in their language. Raises what the mail gateway raises: it is tried again."""
    proof = Verification.objects.select_related("merchant").get(pk=event.payload["verification_id"])
    for owner in owners_of(proof.merchant):
        with translation.override(owner.language):
            letter(proof, owner).send()


def owners_of(merchant: Merchant) -> list[User]:
    """The people who own the merchant and may still sign in."""
    owners = User.objects.filter(
        is_active=True, posts__merchant=merchant, posts__role=Role.OWNER, posts__is_active=True
    )
    return list(owners.order_by("pk").distinct())


def letter(proof: Verification, owner: User) -> EmailMessage:
    """What an owner is told about a night, in the active language."""
    values = {
        "merchant": proof.merchant.name,
        "day": formats.date_format(proof.night),
        "block": proof.block_number,
        "head": proof.head,
        "command": COMMAND.format(slug=proof.merchant.slug, head=proof.head),
        "row": proof.difference.get("row", ""),
        "what": proof.difference.get("what", ""),
    }
    subject, body = _good(values) if proof.is_right else _bad(values)
    return EmailMessage(
        subject=subject,
        body=body,
        from_email=proof.merchant.sender_email or settings.DEFAULT_FROM_EMAIL,
        to=[owner.email],
    )


def _good(values: dict[str, object]) -> tuple[str, str]:
    return (
        _("%(merchant)s: your points books are right, and today's seal") % values,
        _(
            "Every balance, every movement and every seal of %(merchant)s was recomputed on %(day)s, "
            "and all of them agree.\n\n"
            "The seal of today, block %(block)s:\n%(head)s\n\n"
            "Keep this message. Whoever holds this seal can prove later that nothing before it was changed "
            "or removed, not even by us:\n\n%(command)s"
        )
        % values,
    )


def _bad(values: dict[str, object]) -> tuple[str, str]:
    return (
        _("%(merchant)s: your points books do not add up") % values,
        _(
            "On %(day)s the nightly proof of %(merchant)s found a difference: %(what)s, %(row)s.\n\n"
            "Something was changed outside of Walaa, or a fault of ours shows. Members can go on earning and "
            "redeeming. Change nothing by hand; show this message to whoever runs your server: "
            "the back office shows what was found and what to do."
        )
        % values,
    )
