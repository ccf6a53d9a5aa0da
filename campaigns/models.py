"""Recipes, the words they use, the runs that wait for a person, and every message as a row."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.languages import LANGUAGES, in_language
from accounts.models import Member, Merchant
from accounts.models.consent import Channel, Purpose
from campaigns.webhooks.models import WebhookDelivery as WebhookDelivery
from campaigns.webhooks.models import WebhookEndpoint as WebhookEndpoint


class RecipeKind(models.TextChoices):
    """The recipes of the blueprint."""

    WELCOME = "welcome", _("Welcome")
    NEAR_TIER = "near_tier", _("Close to the next tier")
    KEEP_TIER = "keep_tier", _("Tier about to end")
    TIER_CHANGED = "tier_changed", _("New tier")
    EXPIRING = "expiring", _("Points about to expire")
    ACTIVATED = "activated", _("Points ready to spend")
    FRIEND_JOINED = "friend_joined", _("A friend joined")
    FRIEND_REWARD = "friend_reward", _("Reward for a friend")
    PRIZES = "prizes", _("Cards, challenges, badges and vouchers")
    PLAN_STARTED = "plan_started", _("Membership begun")
    PLAN_RENEWED = "plan_renewed", _("Membership renewed")
    PLAN_CANCELLED = "plan_cancelled", _("Membership cancelled")
    PLAN_UNPAID = "plan_unpaid", _("Membership not paid")
    PLAN_ENDED = "plan_ended", _("Membership ended")
    PLACE_AWAITED = "place_awaited", _("On the waiting list")
    PLACE_GIVEN = "place_given", _("A place came free")
    CALLED_OFF = "called_off", _("An event was called off")
    DONATED = "donated", _("Points given to a cause")
    REACTIVATION = "reactivation", _("Come back")


class Recipe(models.Model):
    """A ready-made conversation of one merchant: when it speaks, through which channels, who approves."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="recipes", verbose_name=_("merchant"))
    kind = models.CharField(_("recipe"), max_length=14, choices=RecipeKind)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    needs_approval = models.BooleanField(_("waits for a person"), default=False)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose, default=Purpose.SERVICE)
    channels = models.JSONField(_("channels"), default=list)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    enabled_at = models.DateTimeField(_("enabled since"), null=True, editable=False)
    planned_at = models.DateTimeField(_("last planned"), null=True, editable=False)

    class Meta:
        verbose_name = _("recipe")
        verbose_name_plural = _("recipes")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind"], name="one_recipe_of_a_kind_per_merchant")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class TemplateVersion(models.Model):
    """The words of a recipe. Editing adds a version; a message keeps the one it was written with."""

    recipe = models.ForeignKey(Recipe, models.CASCADE, related_name="templates", verbose_name=_("recipe"))
    number = models.PositiveIntegerField(_("number"), editable=False)
    subject_ar = models.CharField(_("subject in Arabic"), max_length=120)
    subject_en = models.CharField(_("subject in English"), max_length=120)
    body_ar = models.TextField(_("text in Arabic"), max_length=2000)
    body_en = models.TextField(_("text in English"), max_length=2000)
    created_at = models.DateTimeField(_("created"))
    created_by = models.CharField(_("created by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["recipe", "number"], name="template_number_per_recipe")
        ]

    def __str__(self) -> str:
        return f"{in_language(self, 'subject')} (v{self.number})"


class RunState(models.TextChoices):
    """Where a run stands."""

    WAITING = "waiting", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class Run(models.Model):
    """One planning of a recipe that a person must agree to before anything leaves."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="runs", verbose_name=_("merchant"))
    recipe = models.ForeignKey(Recipe, models.PROTECT, related_name="runs", verbose_name=_("recipe"))
    occurrence = models.CharField(_("occurrence"), max_length=40)
    template = models.ForeignKey(
        TemplateVersion, models.PROTECT, related_name="+", verbose_name=_("template")
    )
    state = models.CharField(_("state"), max_length=8, choices=RunState, default=RunState.WAITING)
    members = models.PositiveIntegerField(_("members"), default=0)
    planned_at = models.DateTimeField(_("planned"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-planned_at"]
        constraints = [
            models.UniqueConstraint(fields=["recipe", "occurrence"], name="one_run_per_occurrence"),
            models.UniqueConstraint(
                fields=["recipe"], condition=Q(state="waiting"), name="one_waiting_run_per_recipe"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipe} {self.occurrence}"


class MessageState(models.TextChoices):
    """The state of sending (FIELD §1)."""

    HELD = "held", _("Waiting for approval")
    PLANNED = "planned", _("Planned")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    UNKNOWN = "unknown", _("Unclear")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Not sent")


class Reason(models.TextChoices):
    """Why a message was not sent (FIELD §1), or what holds it."""

    NO_CONSENT = "no_consent", _("Never agreed to offers here")
    OPTED_OUT = "opted_out", _("Withdrew their agreement")
    NO_ADDRESS = "no_address", _("No e-mail address")
    BAD_ADDRESS = "bad_address", _("The address was refused")
    MISSING_VARIABLE = "missing_variable", _("A value of the text is missing")
    STALE = "stale", _("No longer true")
    LATE = "late", _("Too late to be of use")
    INACTIVE = "inactive", _("No longer a member")
    REJECTED = "rejected", _("Rejected by a person")
    QUIET_HOURS = "quiet_hours", _("Waiting for the morning")
    PROVIDER = "provider", _("The gateway did not take it")
    NOT_CONFIRMED = "not_confirmed", _("Handed over, not confirmed")


class Message(models.Model):
    """One message to one member about one occasion through one channel: a row before it is sent.

    ``claim`` names the worker that holds the row, ``handed_over_at`` is written before the gateway is
    called: a row whose worker died in between is *unclear*, and is never sent again by itself.
    ``context`` holds facts (``campaigns.facts``); the words are written when it is sent.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.CASCADE, related_name="messages", verbose_name=_("member"))
    recipe = models.ForeignKey(Recipe, models.PROTECT, related_name="messages", verbose_name=_("recipe"))
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="messages", verbose_name=_("run"))
    occasion = models.CharField(_("occasion"), max_length=60)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    template = models.ForeignKey(
        TemplateVersion, models.PROTECT, related_name="+", verbose_name=_("template")
    )
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    context = models.JSONField(_("facts"), default=dict)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=MessageState, default=MessageState.PLANNED)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    planned_at = models.DateTimeField(_("planned"))
    due_at = models.DateTimeField(_("due"))
    not_after = models.DateTimeField(_("not after"))
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    handed_over_at = models.DateTimeField(_("handed over"), null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "recipe", "occasion", "channel"],
                name="one_message_per_occasion_and_channel",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["planned", "claimed"]), name="message_to_send"
            ),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="message_claimed"),
            models.Index(fields=["member", "channel", "-sent_at"], name="message_inbox"),
            models.Index(fields=["merchant", "-planned_at"], name="message_of_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.recipe} → {self.member_id}"
