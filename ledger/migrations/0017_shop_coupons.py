"""Coupons at shops, each the twin of a redemption."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Shops."""

    dependencies: ClassVar = [("ledger", "0014_shops")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ShopCoupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.merchant",
                        verbose_name="merchant",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="ledger.shoplink",
                        verbose_name="shop",
                    ),
                ),
                (
                    "redemption",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupon",
                        to="ledger.redemption",
                        verbose_name="redemption",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("wanted", "Being made"),
                            ("made", "Ready at the shop"),
                            ("used", "Used"),
                            ("voided", "Withdrawn there"),
                            ("failed", "Could not be made"),
                            ("stuck", "Could not be taken back"),
                        ],
                        default="wanted",
                        max_length=6,
                        verbose_name="state",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=64)),
                ("wanted_at", models.DateTimeField(verbose_name="wanted")),
                ("give_up_at", models.DateTimeField()),
                ("act_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "verbose_name": "coupon at a shop",
                "verbose_name_plural": "coupons at shops",
                "indexes": [
                    models.Index(
                        condition=Q(("act_at__isnull", False)), fields=["act_at"], name="shop_coupon_waits"
                    ),
                    models.Index(
                        condition=Q(("state__in", ["wanted", "made"])),
                        fields=["redemption"],
                        name="shop_coupon_alive",
                    ),
                ],
            },
        ),
    ]
