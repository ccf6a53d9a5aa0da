"""Punch cards, challenges and badges; rules that give stamps, badges and vouchers."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0004_rules_caps_and_occasions"),
    ]

    operations = [
        migrations.AddField(
            model_name="earnrule",
            name="target",
            field=models.SlugField(
                blank=True, db_default="", default="", max_length=40, verbose_name="card, badge or reward"
            ),
        ),
        migrations.AddField(
            model_name="earnrule",
            name="count",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="stamps"),
        ),
        migrations.AlterField(
            model_name="earnrule",
            name="kind",
            field=models.CharField(
                choices=[
                    ("per_amount", "Points per amount"),
                    ("step", "Points per full step"),
                    ("multiplier", "Multiplier"),
                    ("fixed", "Fixed points"),
                    ("stamp", "Stamps on a punch card"),
                    ("badge", "Badge"),
                    ("voucher", "Reward voucher"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="Card",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("name_ar", models.CharField(max_length=120, verbose_name="name in Arabic")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                (
                    "description_ar",
                    models.CharField(blank=True, max_length=240, verbose_name="description in Arabic"),
                ),
                (
                    "description_en",
                    models.CharField(blank=True, max_length=240, verbose_name="description in English"),
                ),
                (
                    "most_per_visit",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="at most in one visit",
                    ),
                ),
                ("min_amount_minor", models.PositiveIntegerField(default=0, verbose_name="minimum amount")),
                ("days_of_week", models.JSONField(blank=True, default=list, verbose_name="days of the week")),
                ("from_time", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("to_time", models.TimeField(blank=True, null=True, verbose_name="to")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="first day")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                ("branches", models.JSONField(blank=True, default=list, verbose_name="branches")),
                ("channels", models.JSONField(blank=True, default=list, verbose_name="channels")),
                ("categories", models.JSONField(blank=True, default=list, verbose_name="categories")),
                ("products", models.JSONField(blank=True, default=list, verbose_name="products")),
                ("tiers", models.JSONField(blank=True, default=list, verbose_name="tiers")),
                ("segments", models.JSONField(blank=True, default=list, verbose_name="segments")),
                ("plans", models.JSONField(blank=True, default=list, verbose_name="membership plans")),
                ("occasions", models.JSONField(blank=True, default=list, verbose_name="occasions")),
                (
                    "reward_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Leave empty for the reward's own time.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3650),
                        ],
                        verbose_name="days the reward lives",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
                (
                    "stamps",
                    models.PositiveSmallIntegerField(
                        default=9,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="stamps on the card",
                    ),
                ),
                (
                    "counts",
                    models.CharField(
                        choices=[("visit", "Visits"), ("item", "Items bought")],
                        default="visit",
                        max_length=5,
                        verbose_name="one stamp for each",
                    ),
                ),
                ("reward", models.SlugField(max_length=40, verbose_name="reward")),
            ],
            options={
                "verbose_name": "punch card",
                "verbose_name_plural": "punch cards",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "code"), name="card_code_per_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="Challenge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("name_ar", models.CharField(max_length=120, verbose_name="name in Arabic")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                (
                    "description_ar",
                    models.CharField(blank=True, max_length=240, verbose_name="description in Arabic"),
                ),
                (
                    "description_en",
                    models.CharField(blank=True, max_length=240, verbose_name="description in English"),
                ),
                (
                    "most_per_visit",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="at most in one visit",
                    ),
                ),
                ("min_amount_minor", models.PositiveIntegerField(default=0, verbose_name="minimum amount")),
                ("days_of_week", models.JSONField(blank=True, default=list, verbose_name="days of the week")),
                ("from_time", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("to_time", models.TimeField(blank=True, null=True, verbose_name="to")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="first day")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                ("branches", models.JSONField(blank=True, default=list, verbose_name="branches")),
                ("channels", models.JSONField(blank=True, default=list, verbose_name="channels")),
                ("categories", models.JSONField(blank=True, default=list, verbose_name="categories")),
                ("products", models.JSONField(blank=True, default=list, verbose_name="products")),
                ("tiers", models.JSONField(blank=True, default=list, verbose_name="tiers")),
                ("segments", models.JSONField(blank=True, default=list, verbose_name="segments")),
                ("plans", models.JSONField(blank=True, default=list, verbose_name="membership plans")),
                ("occasions", models.JSONField(blank=True, default=list, verbose_name="occasions")),
                (
                    "reward_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Leave empty for the reward's own time.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3650),
                        ],
                        verbose_name="days the reward lives",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="challenges",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("challenge", "Challenge"),
                            ("milestone", "Milestone"),
                            ("streak", "Streak"),
                        ],
                        default="challenge",
                        max_length=9,
                        verbose_name="kind",
                    ),
                ),
                (
                    "counts",
                    models.CharField(
                        choices=[
                            ("visit", "Visits"),
                            ("item", "Items bought"),
                            ("spend", "Money spent"),
                            ("event", "Events"),
                        ],
                        default="visit",
                        max_length=5,
                        verbose_name="counts",
                    ),
                ),
                ("event", models.SlugField(blank=True, max_length=40, verbose_name="event")),
                (
                    "period",
                    models.CharField(
                        choices=[("day", "Day"), ("week", "Week"), ("month", "Month")],
                        default="week",
                        max_length=5,
                        verbose_name="without leaving out a",
                    ),
                ),
                (
                    "target",
                    models.PositiveBigIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="target"
                    ),
                ),
                ("repeats", models.BooleanField(default=False, verbose_name="again and again")),
                ("points", models.PositiveIntegerField(default=0, verbose_name="points")),
                ("badge", models.SlugField(blank=True, max_length=40, verbose_name="badge")),
                ("reward", models.SlugField(blank=True, max_length=40, verbose_name="reward")),
                ("card", models.SlugField(blank=True, max_length=40, verbose_name="punch card")),
                ("stamps", models.PositiveSmallIntegerField(default=0, verbose_name="stamps")),
            ],
            options={
                "verbose_name": "challenge",
                "verbose_name_plural": "challenges",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "code"), name="challenge_code_per_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="Badge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("name_ar", models.CharField(max_length=120, verbose_name="name in Arabic")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="badges",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
                (
                    "description_ar",
                    models.CharField(blank=True, max_length=240, verbose_name="description in Arabic"),
                ),
                (
                    "description_en",
                    models.CharField(blank=True, max_length=240, verbose_name="description in English"),
                ),
                ("icon", models.SlugField(default="star", max_length=20, verbose_name="icon")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "badge",
                "verbose_name_plural": "badges",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "code"), name="badge_code_per_version")
                ],
            },
        ),
    ]
