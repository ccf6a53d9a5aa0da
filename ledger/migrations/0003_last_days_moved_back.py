"""A closing that is taken back gives lots their own last days again. No column changes."""

from django.db import migrations, models

from ledger.guards import InstallGuards


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_work_shards")]

    operations = [
        migrations.AlterField(
            model_name="lotextension",
            name="why",
            field=models.CharField(
                choices=[
                    ("undelivered", "The expiry alert could not be delivered"),
                    ("pause", "The programme was paused"),
                    ("closing", "The programme is closing"),
                    ("reopened", "The programme stays open after all"),
                ],
                max_length=11,
                verbose_name="why",
            ),
        ),
        InstallGuards(),
    ]
