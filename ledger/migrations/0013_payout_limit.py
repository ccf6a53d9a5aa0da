"""From which sum on a payout to a cause asks for a second person: the shop's to choose."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0016_receipts")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="booksettings",
            name="payout_over_minor",
            field=models.PositiveBigIntegerField(
                null=True, verbose_name="payout from which a second person is asked"
            ),
        ),
        migrations.AddField(
            model_name="booksettings",
            name="looser_payout_minor",
            field=models.PositiveBigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="booksettings",
            name="looser_payout_from",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
