"""The recipe that tells members of an event which was called off."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Choices of a column alone."""

    dependencies: ClassVar = [("campaigns", "0005_webhooks")]

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
                    ("prizes", "Cards, challenges, badges and vouchers"),
                    ("plan_started", "Membership begun"),
                    ("plan_renewed", "Membership renewed"),
                    ("plan_cancelled", "Membership cancelled"),
                    ("plan_unpaid", "Membership not paid"),
                    ("plan_ended", "Membership ended"),
                    ("place_awaited", "On the waiting list"),
                    ("place_given", "A place came free"),
                    ("called_off", "An event was called off"),
                    ("donated", "Points given to a cause"),
                    ("reactivation", "Come back"),
                ],
                max_length=14,
                verbose_name="recipe",
            ),
        ),
    ]
