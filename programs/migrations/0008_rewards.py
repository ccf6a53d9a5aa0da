"""Rewards of every kind: stock, limits, validity, early access, pictures, what an upgrade opens."""

from typing import ClassVar

from django.db import migrations, models

from programs.pictures import storage

NO_CODES = models.Value([], models.JSONField())
KINDS = {
    "money_off": "Money off an order",
    "product": "Free product",
    "service": "Free service",
    "session": "Free session",
    "gift_card": "Gift card",
    "upgrade": "Upgrade for a while",
    "event_place": "Place at an event",
    "partner": "Partner's offer",
}
PERIODS = {"ever": "Ever", "year": "Year", "month": "Month", "day": "Day"}


def text(called: str, length: int) -> models.CharField:
    return models.CharField(blank=True, db_default="", default="", max_length=length, verbose_name=called)


def codes(called: str) -> models.JSONField:
    return models.JSONField(blank=True, db_default=NO_CODES, default=list, verbose_name=called)


def chosen(called: str, of: dict[str, str], first: str, length: int) -> models.CharField:
    return models.CharField(
        choices=list(of.items()), db_default=first, default=first, max_length=length, verbose_name=called
    )


FIELDS = {
    "kind": chosen("kind", KINDS, "product", 12),
    "value_minor": models.PositiveIntegerField(
        db_default=0, default=0, help_text="Of money off and of gift cards.", verbose_name="face value"
    ),
    "currency": text("currency", 3),
    "sku": text("product number", 64),
    "feature": models.SlugField(
        blank=True,
        db_default="",
        default="",
        help_text="One word that your app knows, such as premium.",
        max_length=40,
        verbose_name="what it opens",
    ),
    "lasts_days": models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="days it lasts"),
    "stock": models.PositiveIntegerField(blank=True, null=True, verbose_name="stock"),
    "member_limit": models.PositiveSmallIntegerField(
        blank=True, null=True, verbose_name="at most for each member"
    ),
    "limit_period": chosen("per", PERIODS, "ever", 5),
    "starts_on": models.DateField(blank=True, null=True, verbose_name="first day"),
    "ends_on": models.DateField(blank=True, null=True, verbose_name="last day"),
    "from_time": models.TimeField(blank=True, null=True, verbose_name="from"),
    "to_time": models.TimeField(blank=True, null=True, verbose_name="to"),
    "segments": codes("segments"),
    "early_days": models.PositiveSmallIntegerField(
        db_default=0, default=0, verbose_name="days of early access"
    ),
    "early_tiers": codes("early for tiers"),
    "early_plans": codes("early for plans"),
    "picture": models.ImageField(
        blank=True,
        db_default="",
        default="",
        storage=storage,
        upload_to="rewards/",
        verbose_name="picture",
    ),
    "picture_alt_ar": text("what the picture shows, in Arabic", 160),
    "picture_alt_en": text("what the picture shows, in English", 160),
}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("programs", "0007_referrals")]
    operations: ClassVar = [
        *(migrations.AddField(model_name="reward", name=name, field=field) for name, field in FIELDS.items()),
        migrations.AlterField(
            model_name="reward",
            name="points",
            field=models.PositiveIntegerField(
                help_text="0: not sold, only given by a rule or by hand.", verbose_name="points"
            ),
        ),
    ]
