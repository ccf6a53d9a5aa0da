"""When a member asked for the coupon of a shop to be taken back: its points return once it is gone there."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Shops' coupons."""

    dependencies: ClassVar = [("ledger", "0018_leaving_contests")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="shopcoupon",
            name="asked_back_at",
            field=models.DateTimeField(null=True, verbose_name="asked back"),
        ),
    ]
