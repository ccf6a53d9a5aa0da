"""News that travels up, and the clock's own rows: what must happen is a row before it is a message."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.merchants import Merchant


class OutboxEvent(models.Model):
    """A fact worth telling, written in the transaction that made it."""

    merchant = models.ForeignKey(
        Merchant, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    topic = models.CharField(_("topic"), max_length=40)
    member_id = models.BigIntegerField(_("member"), null=True)
    payload = models.JSONField(_("payload"), default=dict)
    created_at = models.DateTimeField(_("created"))
    is_fanned_out = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["id"], condition=Q(is_fanned_out=False), name="outbox_not_fanned_out")
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"

    @property
    def about(self) -> int:
        """The member it tells of. Raises ``LookupError`` for news about nobody."""
        if self.member_id is None:
            raise LookupError(f"{self.topic} is about no member")
        return self.member_id


class DeliveryState(models.TextChoices):
    """Where one handler stands with one event."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    STUCK = "stuck", _("Stuck")


class OutboxDelivery(models.Model):
    """One handler's work on one event: claimed, retried with back-off, done, or visibly stuck."""

    event = models.ForeignKey(OutboxEvent, models.CASCADE, related_name="deliveries")
    handler = models.CharField(_("handler"), max_length=80)
    member_id = models.BigIntegerField(null=True)
    state = models.CharField(_("state"), max_length=8, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"))
    claimed_until = models.DateTimeField(_("claimed until"), null=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="one_delivery_per_event_and_handler")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(
                fields=["handler", "member_id", "event"],
                condition=Q(state="waiting"),
                name="delivery_order_per_member",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} {self.event_id}"


class Lease(models.Model):
    """Who alone may do a thing until when (beat's turn)."""

    name = models.CharField(max_length=40, unique=True)
    holder = models.CharField(max_length=80)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Occurrence(models.Model):
    """One firing of one scheduled task: the row is the truth, the broker's message only a nudge."""

    task = models.CharField(_("task"), max_length=120)
    scheduled_for = models.DateTimeField(_("scheduled for"))
    enqueued_at = models.DateTimeField(_("enqueued"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        constraints = [
            models.UniqueConstraint(fields=["task", "scheduled_for"], name="one_occurrence_per_instant")
        ]
        indexes = [
            models.Index(
                fields=["scheduled_for"], condition=Q(finished_at__isnull=True), name="occurrence_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.scheduled_for:%Y-%m-%d %H:%M:%S}"
