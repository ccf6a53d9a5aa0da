"""What tiers count, and what they give beside their multiplier."""

from typing import ClassVar

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("programs", "0010_recipes")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="programmeversion",
            name="tier_basis",
            field=models.CharField(
                choices=[
                    ("spend", "Net spend"),
                    ("points", "Points earned with purchases"),
                    ("visits", "Visits"),
                ],
                db_default="spend",
                default="spend",
                max_length=6,
                verbose_name="tiers are reached by",
            ),
        ),
        migrations.AlterField(
            model_name="programmeversion",
            name="tier_window",
            field=models.CharField(
                choices=[("trailing_12", "The last 12 months"), ("calendar_year", "The calendar year")],
                default="trailing_12",
                max_length=14,
                verbose_name="tiers count over",
            ),
        ),
        migrations.CreateModel(
            name="TierPerk",
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
                ("tier", models.SlugField(max_length=40, verbose_name="tier")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("free_shipping", "Free shipping"),
                            ("reduced_shipping", "Reduced shipping"),
                            ("extra_discount", "Extra discount"),
                            ("priority_support", "Priority support"),
                            ("early_access", "Early access"),
                            ("birthday_gift", "Birthday gift"),
                            ("text", "In your own words"),
                        ],
                        default="text",
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="percent off",
                    ),
                ),
                (
                    "amount_minor",
                    models.PositiveIntegerField(
                        blank=True,
                        default=0,
                        help_text="What it takes off, or what a gift or free shipping costs you.",
                        verbose_name="amount",
                    ),
                ),
                (
                    "min_order_minor",
                    models.PositiveIntegerField(blank=True, default=0, verbose_name="from an order of"),
                ),
                (
                    "occasions",
                    models.JSONField(blank=True, default=list, verbose_name="only on occasions"),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="perks",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "perk",
                "verbose_name_plural": "perks",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "code"), name="perk_code_per_version")
                ],
            },
        ),
    ]
