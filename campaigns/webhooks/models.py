"""Where a merchant wants to be told, and everything that was told there, as rows."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant


class Topic(models.TextChoices):
    """What can be told."""

    POINTS_EARNED = "points.earned", _("Points earned")
    POINTS_ACTIVATED = "points.activated", _("Points that waited can be spent")
    POINTS_EXPIRED = "points.expired", _("Points expired")
    POINTS_EXPIRING = "points.expiring", _("Points about to expire")
    TIER_CHANGED = "tier.changed", _("Tier changed")
    REWARD_ISSUED = "reward.issued", _("Reward issued")
    REWARD_USED = "reward.used", _("Reward used")
    REWARD_CANCELLED = "reward.cancelled", _("Reward cancelled")
    MEMBER_JOINED = "member.joined", _("Member joined")
    MEMBER_ERASED = "member.erased", _("Member erased")
    RISK_RAISED = "risk.raised", _("Member at risk")


TEST = "test"
"""The kind of a message that a person asked for, to see whether the address listens."""


class OffWhy(models.TextChoices):
    """Why an address is told nothing."""

    BY_HAND = "by_hand", _("Switched off by hand")
    FAILING = "failing", _("It refused or was not there for three days")
    GONE = "gone", _("It answered that it is gone (410)")


class WebhookEndpoint(models.Model):
    """An address of the merchant's that is told what happens.

    ``secret`` is encrypted and was shown once; ``old_secret`` signs too until ``old_until``, so that a
    receiver can change over. ``failing_since`` is the first failure after which nothing got through,
    ``failures`` how many there were; nothing is sent before ``quiet_until``, and then one message first.
    ``served_at`` is its last turn: addresses take turns.
    ``shown_secret`` is there when it was just made, and never again.
    """

    shown_secret: str = ""

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="webhooks", verbose_name=_("merchant")
    )
    code = models.CharField(_("id"), max_length=24, unique=True, editable=False)
    url = models.CharField(_("address"), max_length=500)
    topics = models.JSONField(_("topics"), default=list)
    is_active = models.BooleanField(_("active"), default=True)
    secret = models.CharField(max_length=300, editable=False)
    old_secret = models.CharField(max_length=300, blank=True, editable=False)
    old_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    created_by = models.CharField(_("created by"), max_length=60, editable=False)
    switched_off_at = models.DateTimeField(_("switched off"), null=True, editable=False)
    switched_off_why = models.CharField(_("why"), max_length=8, choices=OffWhy, blank=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    quiet_until = models.DateTimeField(null=True, editable=False)
    served_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "url"],
                name="one_webhook_per_address",
                violation_error_message=_("This address is told already."),
            )
        ]

    def __str__(self) -> str:
        return self.url

    def signs_with_old(self, now: datetime) -> bool:
        """Whether the secret before this one still signs."""
        return self.old_until is not None and now < self.old_until


class DeliveryState(models.TextChoices):
    """Where a message stands."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Delivered")
    FAILED = "failed", _("Given up")
    DROPPED = "dropped", _("Not sent")


class Why(models.TextChoices):
    """Why a message did not get through."""

    REFUSED = "refused", _("It answered with an error")
    REDIRECTED = "redirected", _("It sent us elsewhere; we do not follow")
    UNREACHABLE = "unreachable", _("Nobody answered in time")
    TOO_MUCH = "too_much", _("Its answer was too long")
    UNSAFE = "unsafe", _("The address leads into a private network, or is not https")
    NO_SECRET = "no_secret", _("The secret can no longer be read; make a new one")
    SWITCHED_OFF = "switched_off", _("The webhook was switched off")
    ERASED = "erased", _("The member was erased")


class WebhookDelivery(models.Model):
    """One message to one address. ``message_id`` stays the same however often it is sent.

    ``member_id`` and ``in_order``: of one member's messages a later one waits for an earlier one.
    ``claim`` names the worker that is sending it now. ``why`` is a word for why it did not get through.
    """

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, db_index=False, related_name="+", verbose_name=_("merchant")
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, db_index=False, related_name="deliveries", verbose_name=_("webhook")
    )
    message_id = models.CharField(_("message"), max_length=40, unique=True)
    event_id = models.BigIntegerField(null=True)
    topic = models.CharField(_("topic"), max_length=20)
    member_id = models.BigIntegerField(null=True)
    in_order = models.BooleanField(default=True)
    payload = models.JSONField(_("content"), default=dict)
    state = models.CharField(_("state"), max_length=7, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    occurred_at = models.DateTimeField(_("happened"))
    due_at = models.DateTimeField(_("due"))
    first_tried_at = models.DateTimeField(_("first tried"), null=True)
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    last_status = models.PositiveSmallIntegerField(_("answered with"), null=True)
    why = models.CharField(_("why not"), max_length=12, choices=Why, blank=True)
    answer = models.CharField(_("the answer began with"), max_length=300, blank=True)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id", "member_id"], name="told_once_per_webhook"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="webhook_due"),
            models.Index(
                fields=["endpoint", "due_at", "id"],
                condition=Q(state="waiting"),
                name="webhook_due_of_endpoint",
            ),
            models.Index(
                fields=["endpoint", "member_id", "id"],
                condition=Q(state="waiting", in_order=True),
                name="webhook_order_per_member",
            ),
            models.Index(fields=["endpoint", "-occurred_at", "-id"], name="webhook_log"),
            models.Index(fields=["merchant", "-id"], name="webhook_of_merchant"),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="webhook_claimed"),
            models.Index(fields=["done_at"], condition=Q(done_at__isnull=False), name="webhook_settled"),
            models.Index(
                fields=["member_id"], condition=Q(member_id__isnull=False), name="webhook_about_member"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.message_id}"
