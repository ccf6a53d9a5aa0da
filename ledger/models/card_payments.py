"""Fees paid by card through Moyasar: the merchant's keys, what was asked of it, and what it told us.

No card is kept here: a card is a token that names one at Moyasar, on the membership it renews.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from ledger.models.memberships import Membership


class MoyasarKeys(models.Model):
    """A merchant's way to Moyasar. Both secrets are encrypted (``accounts.sealed``).

    After the webhook's secret was changed the one before it is honoured until ``old_until``.
    """

    merchant = models.OneToOneField(
        Merchant, models.PROTECT, related_name="moyasar", verbose_name=_("merchant")
    )
    secret_key = models.CharField(_("secret key"), max_length=600)
    webhook_secret = models.CharField(_("webhook secret"), max_length=600)
    old_webhook_secret = models.CharField(max_length=600, blank=True)
    old_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(_("changed"))
    changed_by = models.CharField(_("changed by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("Moyasar keys")
        verbose_name_plural = _("Moyasar keys")

    def __str__(self) -> str:
        return str(self.merchant_id)


class ChargeState(models.TextChoices):
    """What became of a charge."""

    PLANNED = "planned", _("Planned")
    CLAIMED = "claimed", _("Being charged")
    OPEN = "open", _("Waits for the member")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Failed")
    ODD = "odd", _("Needs a look")


class CardCharge(models.Model):
    """One attempt at one fee: a renewal by a kept card, or a page of Moyasar's on which the member pays.

    ``given_id`` is ours and goes with the call: asked twice, Moyasar charges once. The row stands before the
    call is made, so a time-out is looked up by it, never charged again blindly. ``fee_number`` is which fee
    of the membership it is for, ``attempt`` which try; ``act_at`` is when it is looked at next.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    membership = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="charges", verbose_name=_("membership")
    )
    plan = models.CharField(_("plan"), max_length=40)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    given_id = models.UUIDField(default=uuid.uuid4, unique=True)
    invoice_id = models.CharField(max_length=64, blank=True)
    payment_id = models.CharField(_("Moyasar's number"), max_length=64, blank=True)
    url = models.URLField(max_length=500, blank=True)
    fee_number = models.PositiveIntegerField(default=1)
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(_("state"), max_length=7, choices=ChargeState, default=ChargeState.PLANNED)
    said = models.CharField(_("what Moyasar said"), max_length=200, blank=True)
    made_at = models.DateTimeField(_("made"))
    act_at = models.DateTimeField(_("next look"), null=True)

    class Meta:
        verbose_name = _("card charge")
        verbose_name_plural = _("card charges")
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "fee_number", "attempt"],
                condition=Q(membership__isnull=False, invoice_id=""),
                name="one_charge_per_attempt",
            ),
        ]
        indexes = [
            models.Index(fields=["act_at"], condition=Q(act_at__isnull=False), name="charge_to_look_at"),
            models.Index(fields=["member", "-made_at"], name="charge_of_member"),
            models.Index(fields=["merchant", "invoice_id"], name="charge_by_invoice"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.attempt} {self.state}"


class HookEvent(models.Model):
    """What a shop's or provider's webhook brought, as it came, once per event. Append-only but for its work.

    Proved before it is written. ``payload`` is the body without its secret and without the words of the card;
    who works on it asks the provider again and believes only that.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    source = models.CharField(_("source"), max_length=20)
    event_id = models.CharField(_("number"), max_length=64)
    name = models.CharField(_("event"), max_length=40)
    payload = models.JSONField(default=dict)
    received_at = models.DateTimeField(_("received"))
    done_at = models.DateTimeField(_("worked on"), null=True)
    act_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    result = models.CharField(_("result"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source", "event_id"], name="one_hook_event")
        ]
        indexes = [
            models.Index(fields=["act_at"], condition=Q(done_at__isnull=True), name="hook_event_waits")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.name} {self.event_id}"
