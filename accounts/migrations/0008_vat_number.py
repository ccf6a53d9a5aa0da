"""The VAT number by which a shop's receipts are known."""

from typing import ClassVar

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0007_practice_and_call_keys")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="merchant",
            name="vat_number",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="As on your receipts: then members can claim the points of a sale by its receipt.",
                max_length=15,
                validators=[
                    django.core.validators.RegexValidator(
                        "^3\\d{13}3$", "A VAT number has 15 digits, and begins and ends with 3."
                    )
                ],
                verbose_name="VAT number",
            ),
        ),
    ]
