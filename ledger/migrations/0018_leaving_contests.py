"""A member may leave a contest again."""

from typing import ClassVar

from django.db import migrations, models

from ledger.guards import InstallGuards


class Migration(migrations.Migration):
    """Contests."""

    dependencies: ClassVar = [("ledger", "0019_gift_card_requests")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="contender",
            name="left_at",
            field=models.DateTimeField(null=True, verbose_name="left the contest"),
        ),
        InstallGuards(),
    ]
