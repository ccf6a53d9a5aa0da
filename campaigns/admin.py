"""Back office pages of recipes and of the messages they made."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.cells import NOTHING, member_cell
from accounts.models import Member, User
from accounts.reach import reach_of
from accounts.searching import rows_of_people
from accounts.tenant_admin import FactAdmin, TenantAdmin, TenantRelatedFilter
from campaigns.facts import PLACEHOLDERS, Facts, words
from campaigns.forms import RecipeForm, knobs_of
from campaigns.models import Message, MessageState, Recipe
from campaigns.recipes import revise, switch
from campaigns.webhooks.admin import WebhookDeliveryAdmin, WebhookEndpointAdmin  # noqa: F401 (Django finds them here)
from campaigns.wording import ValueMissing, render

SAMPLE: Facts = {
    "points": 1240,
    "worth_minor": 6200,
    "tier": {"ar": "فضي", "en": "Silver"},
    "next_tier": {"ar": "ذهبي", "en": "Gold"},
    "missing_minor": 15_000,
    "date": "2027-01-10",
    "expiring": [("2027-01-10", 320)],
    "opened": 320,
    "given": 100,
    "gift": {"ar": "قهوة اليوم", "en": "Coffee of the day"},
    "prizes": [
        {"what": "card", "ar": "بطاقة القهوة", "en": "Coffee card"},
        {"what": "voucher", "ar": "قهوة اليوم", "en": "Coffee of the day", "until": "2027-01-10"},
    ],
    "plan": {"ar": "بلس", "en": "Plus"},
    "price_minor": 2900,
    "value_minor": 500,
    "event": {"ar": "أمسية قهوة", "en": "Coffee evening"},
    "at": "20:00",
    "cause": {"ar": "كفالة الأيتام", "en": "Orphan care"},
    "number": "H4T7K2M9PX",
}
STATE_COLOURS = {
    MessageState.HELD: "warning",
    MessageState.PLANNED: "info",
    MessageState.CLAIMED: "info",
    MessageState.SENT: "success",
    MessageState.DELIVERED: "success",
    MessageState.READ: "success",
    MessageState.UNKNOWN: "warning",
    MessageState.FAILED: "danger",
    MessageState.SUPPRESSED: "default",
}


@admin.register(Recipe)
class RecipeAdmin(TenantAdmin):
    """The ready-made recipes: on or off, through which channels, in which words."""

    room = "campaigns"
    form = RecipeForm
    list_display = ("name", "purpose_badge", "channel_names", "approval", "is_enabled")
    ordering = ("merchant", "id")
    readonly_fields = ("placeholders", "preview_ar", "preview_en")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the knobs this recipe has."""
        knobs = knobs_of(obj.kind) if obj else ()
        return (
            (None, {"fields": ("is_enabled", "channels", *([knobs] if knobs else []))}),
            (_("Arabic"), {"fields": ("subject_ar", "body_ar", "preview_ar")}),
            (_("English"), {"fields": ("subject_en", "body_en", "preview_en")}),
            (_("What a text may say"), {"fields": ("placeholders",)}),
        )

    @display(description=_("recipe"), ordering="kind")
    def name(self, recipe: Recipe) -> str:
        """What the recipe is called."""
        return recipe.get_kind_display()

    @display(description=_("purpose"), label={"service": "info", "marketing": "primary"})
    def purpose_badge(self, recipe: Recipe) -> Any:
        """Service or marketing."""
        return recipe.purpose, recipe.get_purpose_display()

    @display(description=_("channels"))
    def channel_names(self, recipe: Recipe) -> str:
        """Through what it speaks."""
        names = dict(Message._meta.get_field("channel").flatchoices)
        return "، ".join(str(names.get(name, name)) for name in recipe.channels) or NOTHING

    @display(description=_("waits for a person"), boolean=True)
    def approval(self, recipe: Recipe) -> bool:
        """Whether somebody must agree first."""
        return recipe.needs_approval

    @display(description=_("values"))
    def placeholders(self, recipe: Recipe) -> str:
        """The values a text may name, and how to address by gender."""
        names = " ".join(f"{{{name}}}" for name in PLACEHOLDERS[recipe.kind])
        return format_html(
            '<bdi dir="ltr" class="bo-code">{}</bdi><div class="bo-quiet">{}</div>',
            names,
            _(
                "Three wordings by gender: {f:…|m:…|n:…}. What stands in [brackets] is left out when a value "
                "is missing."
            ),
        )

    @display(description=_("looks like"))
    def preview_ar(self, recipe: Recipe) -> str:
        """The words in force, for a sample member, in Arabic."""
        return preview(recipe, "ar")

    @display(description=_("looks like"))
    def preview_en(self, recipe: Recipe) -> str:
        """The words in force, for a sample member, in English."""
        return preview(recipe, "en")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Recipes are installed with the merchant."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: messages name them. Switch one off instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Recipe, form: Any, change: bool) -> None:
        """Save through the verbs: a switch, knobs, and a new version of the words when they changed."""
        now = timezone.now()
        actor = reach_of(request).actor(obj.merchant, cast("User", request.user))
        obj.channels, obj.settings = form.cleaned_data["channels"], obj.settings | form.knobs
        obj.save(update_fields=["channels", "settings"])
        if "is_enabled" in form.changed_data:
            switch(actor=actor, recipe=obj, enabled=form.cleaned_data["is_enabled"], now=now)
        if form.texts_changed():
            revise(actor=actor, recipe=obj, texts=form.texts, now=now)


@admin.register(Message)
class MessageAdmin(FactAdmin):
    """Every message as a row: to whom, about what, through which channel, and what became of it."""

    room = "campaigns"
    list_display = ("planned_at", "who", "recipe_name", "channel", "state_badge", "why")
    list_select_related = ("member", "recipe")
    list_filter = ("state", ("recipe", TenantRelatedFilter), "channel")
    ordering = ("-planned_at", "-id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("who", "recipe_name", "channel"),
                    ("state", "why"),
                    ("subject", "language"),
                    "text",
                )
            },
        ),
        (_("When"), {"fields": (("planned_at", "due_at", "not_after"), ("sent_at", "read_at", "attempts"))}),
    )
    readonly_fields = ("who", "recipe_name", "why", "text")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Show the search box."""
        return ("member__phone",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Find by person."""
        if not search_term:
            return queryset, False
        people = reach_of(request).limit(Member.objects.all(), room="campaigns")
        return rows_of_people(queryset, people, search_term), False

    @display(description=_("member"))
    def who(self, message: Message) -> str:
        """The member, leading to their page."""
        return member_cell(message.member)

    @display(description=_("recipe"))
    def recipe_name(self, message: Message) -> str:
        """Which recipe wrote it."""
        return message.recipe.get_kind_display()

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def state_badge(self, message: Message) -> Any:
        """The state as a badge."""
        return message.state, message.get_state_display()

    @display(description=_("why not"))
    def why(self, message: Message) -> str:
        """The reason it was not sent, or waits."""
        return str(message.get_reason_display()) if message.reason else NOTHING

    @display(description=_("text"))
    def text(self, message: Message) -> str:
        """What was written, in its own direction."""
        if not message.body:
            return NOTHING
        return format_html('<div class="bo-letter" dir="auto">{}</div>', message.body)


def preview(recipe: Recipe, language: str) -> str:
    """Return the newest words of ``recipe`` for a sample member."""
    member = Member(given_name="نورة" if language == "ar" else "Noura", gender="f", language=language)
    values = words(SAMPLE, member=member, merchant=recipe.merchant, language=language)
    template = recipe.templates.first()
    try:
        subject = render(getattr(template, f"subject_{language}"), values, "f")
        body = render(getattr(template, f"body_{language}"), values, "f")
    except ValueMissing as error:
        return format_html('<bdi dir="ltr">{}</bdi>', f"{{{error.name}}}?")
    return format_html(
        '<div class="bo-letter" dir="{}"><strong>{}</strong>\n{}</div>',
        "rtl" if language == "ar" else "ltr",
        subject,
        body,
    )
