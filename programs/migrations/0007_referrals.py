"""What a programme gives for bringing a friend."""

from typing import ClassVar

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("programs", "0006_plans")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ReferralOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "bringer_points",
                    models.PositiveIntegerField(default=0, verbose_name="points for who brings a friend"),
                ),
                (
                    "friend_points",
                    models.PositiveIntegerField(default=0, verbose_name="points for the friend"),
                ),
                (
                    "bringer_reward",
                    models.SlugField(
                        blank=True, max_length=40, verbose_name="reward for who brings a friend"
                    ),
                ),
                (
                    "friend_reward",
                    models.SlugField(blank=True, max_length=40, verbose_name="reward for the friend"),
                ),
                (
                    "window_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        help_text="Both are rewarded once they are over.",
                        validators=[django.core.validators.MaxValueValidator(365)],
                        verbose_name="days in which an order may be returned",
                    ),
                ),
                (
                    "least_minor",
                    models.PositiveIntegerField(default=0, verbose_name="first order of at least"),
                ),
                (
                    "most_per_month",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="friends in 30 days before somebody looks",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "referral offer",
                "verbose_name_plural": "referrals",
                "ordering": ["id"],
            },
        ),
        migrations.AddConstraint(
            model_name="referraloffer",
            constraint=models.UniqueConstraint(fields=("version",), name="one_referral_offer_per_version"),
        ),
    ]
