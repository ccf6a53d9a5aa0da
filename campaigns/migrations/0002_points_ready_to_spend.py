"""A recipe for points that waited and can be spent now."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="recipe",
            name="kind",
            field=models.CharField(
                choices=[
                    ("welcome", "Welcome"),
                    ("near_tier", "Close to the next tier"),
                    ("tier_changed", "New tier"),
                    ("expiring", "Points about to expire"),
                    ("activated", "Points ready to spend"),
                    ("reactivation", "Come back"),
                ],
                max_length=14,
                verbose_name="recipe",
            ),
        ),
    ]
