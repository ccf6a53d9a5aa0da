"""Recipes for tiers that are about to end (RULES 34), and for friends who were brought (RULES 38)."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("campaigns", "0002_points_ready_to_spend")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="recipe",
            name="kind",
            field=models.CharField(
                choices=[
                    ("welcome", "Welcome"),
                    ("near_tier", "Close to the next tier"),
                    ("keep_tier", "Tier about to end"),
                    ("tier_changed", "New tier"),
                    ("expiring", "Points about to expire"),
                    ("activated", "Points ready to spend"),
                    ("friend_joined", "A friend joined"),
                    ("friend_reward", "Reward for a friend"),
                    ("reactivation", "Come back"),
                ],
                max_length=14,
                verbose_name="recipe",
            ),
        ),
    ]
