"""Contests and their prizes, a day's most of cards and challenges, pictures of badges."""

from typing import ClassVar

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import programs.pictures


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("programs", "0011_tiers"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="badge",
            name="picture",
            field=models.ImageField(
                blank=True,
                db_default="",
                default="",
                storage=programs.pictures.storage,
                upload_to="rewards/",
                verbose_name="picture",
            ),
        ),
        migrations.AddField(
            model_name="badge",
            name="picture_alt_ar",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=160,
                verbose_name="what the picture shows, in Arabic",
            ),
        ),
        migrations.AddField(
            model_name="badge",
            name="picture_alt_en",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=160,
                verbose_name="what the picture shows, in English",
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="most_per_day",
            field=models.PositiveIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="at most in one day",
            ),
        ),
        migrations.AddField(
            model_name="challenge",
            name="most_per_day",
            field=models.PositiveIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="at most in one day",
            ),
        ),
        migrations.CreateModel(
            name="Contest",
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
                (
                    "most_per_day",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="at most in one day",
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
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "counts",
                    models.CharField(
                        choices=[
                            ("points", "Points earned with purchases"),
                            ("spend", "Money spent"),
                            ("visit", "Visits"),
                            ("item", "Items bought"),
                            ("stamp", "Stamps collected"),
                            ("event", "Events"),
                        ],
                        default="points",
                        max_length=6,
                        verbose_name="counts",
                    ),
                ),
                ("event", models.SlugField(blank=True, max_length=40, verbose_name="event")),
                (
                    "minimum",
                    models.PositiveBigIntegerField(
                        default=1,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="least to take part",
                    ),
                ),
                ("by_joining", models.BooleanField(default=False, verbose_name="members have to join")),
                (
                    "checked_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        help_text="What is returned until then is taken off. Later returns change nothing.",
                        validators=[django.core.validators.MaxValueValidator(90)],
                        verbose_name="days until places stand",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contests",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "contest",
                "verbose_name_plural": "contests",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "code"), name="contest_code_per_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="ContestPrize",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("contest", models.SlugField(max_length=40, verbose_name="contest")),
                (
                    "first_place",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="from place",
                    ),
                ),
                (
                    "last_place",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="to place",
                    ),
                ),
                ("points", models.PositiveIntegerField(default=0, verbose_name="points")),
                ("badge", models.SlugField(blank=True, max_length=40, verbose_name="badge")),
                ("reward", models.SlugField(blank=True, max_length=40, verbose_name="reward")),
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
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contest_prizes",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "prize of a contest",
                "verbose_name_plural": "prizes of contests",
                "ordering": ["contest", "first_place", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_place__gte", models.F("first_place"))),
                        name="contest_prize_places_in_order",
                    )
                ],
            },
        ),
    ]
