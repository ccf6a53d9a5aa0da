"""Paid membership: the plans that a version sells."""

from typing import ClassVar

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("programs", "0005_goals")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Plan",
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
                    "price_minor",
                    models.PositiveBigIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="price"
                    ),
                ),
                (
                    "period",
                    models.CharField(
                        choices=[("month", "Month"), ("year", "Year")],
                        default="month",
                        max_length=5,
                        verbose_name="paid by the",
                    ),
                ),
                (
                    "trial_days",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Free, and once for each person; 0 for none.",
                        validators=[django.core.validators.MaxValueValidator(366)],
                        verbose_name="days of trial",
                    ),
                ),
                (
                    "grace_days",
                    models.PositiveSmallIntegerField(
                        default=7,
                        help_text="How long the benefits last while a renewal is not paid.",
                        validators=[django.core.validators.MaxValueValidator(60)],
                        verbose_name="days of grace",
                    ),
                ),
                (
                    "benefits_ar",
                    models.TextField(blank=True, max_length=600, verbose_name="benefits in Arabic"),
                ),
                (
                    "benefits_en",
                    models.TextField(blank=True, max_length=600, verbose_name="benefits in English"),
                ),
                ("free_shipping", models.BooleanField(default=False, verbose_name="free shipping")),
                (
                    "discount_percent",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="extra discount, %",
                    ),
                ),
                ("fee_earns", models.BooleanField(default=False, verbose_name="the fee earns points")),
                (
                    "welcome_reward",
                    models.SlugField(
                        blank=True,
                        help_text="The code of a reward, given free with the first fee.",
                        max_length=40,
                        verbose_name="welcome voucher",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership plan",
                "verbose_name_plural": "membership plans",
                "ordering": ["price_minor", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "code"), name="plan_code_per_version")
                ],
            },
        ),
    ]
