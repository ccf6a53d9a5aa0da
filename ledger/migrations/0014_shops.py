"""Shops that tell us, what they told, and which of their orders is which purchase."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Shops."""

    dependencies: ClassVar = [("accounts", "0005_recipes"), ("ledger", "0013_payout_limit")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ShopLink",
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
                        related_name="shops",
                        to="accounts.merchant",
                        verbose_name="merchant",
                    ),
                ),
                ("source", models.CharField(max_length=20, verbose_name="source")),
                ("secret", models.CharField(blank=True, max_length=600)),
                ("old_secret", models.CharField(blank=True, max_length=600)),
                ("old_until", models.DateTimeField(null=True)),
                ("shop_id", models.CharField(blank=True, max_length=80, verbose_name="shop's number")),
                ("api_url", models.CharField(blank=True, max_length=200, verbose_name="shop's address")),
                ("api_token", models.TextField(blank=True)),
                ("joins", models.BooleanField(default=False, verbose_name="customers become members")),
                ("is_on", models.BooleanField(default=True, verbose_name="on")),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                ("changed_by", models.CharField(blank=True, max_length=60, verbose_name="changed by")),
                ("heard_at", models.DateTimeField(null=True, verbose_name="last heard")),
                ("pulled_at", models.DateTimeField(null=True, verbose_name="last asked")),
                ("tried_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "shop",
                "verbose_name_plural": "shops",
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "source"), name="one_shop_per_source")
                ],
            },
        ),
        migrations.CreateModel(
            name="ShopOrder",
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
                        related_name="orders",
                        to="ledger.shoplink",
                        verbose_name="shop",
                    ),
                ),
                ("order_key", models.CharField(max_length=64, verbose_name="order number")),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.purchase",
                        verbose_name="purchase",
                    ),
                ),
                ("status", models.CharField(blank=True, max_length=9, verbose_name="state")),
                ("told_at", models.DateTimeField(null=True)),
                ("rank", models.PositiveSmallIntegerField(default=0)),
                ("lines", models.JSONField(default=list)),
                ("refunds", models.JSONField(default=dict)),
                ("is_gone", models.BooleanField(default=False)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("opens_at", models.DateTimeField(null=True)),
                ("phone_hash", models.CharField(blank=True, max_length=64)),
                ("email_hash", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "verbose_name": "shop's order",
                "verbose_name_plural": "shops' orders",
                "constraints": [models.UniqueConstraint(fields=("link", "order_key"), name="one_shop_order")],
                "indexes": [
                    models.Index(
                        condition=Q(("opens_at__isnull", False)),
                        fields=["opens_at"],
                        name="shop_order_opening",
                    ),
                    models.Index(
                        condition=~Q(("phone_hash", "")),
                        fields=["merchant", "phone_hash"],
                        name="shop_order_of_phone",
                    ),
                    models.Index(
                        condition=~Q(("email_hash", "")),
                        fields=["merchant", "email_hash"],
                        name="shop_order_of_email",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShopNews",
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
                        related_name="news",
                        to="ledger.shoplink",
                        verbose_name="shop",
                    ),
                ),
                ("once", models.CharField(max_length=120)),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="event")),
                ("order_key", models.CharField(blank=True, max_length=64, verbose_name="order number")),
                ("headers", models.JSONField(default=dict)),
                ("body", models.TextField(blank=True)),
                ("is_pulled", models.BooleanField(default=False)),
                ("received_at", models.DateTimeField(verbose_name="received")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits"),
                            ("done", "Done"),
                            ("unclaimed", "Nobody's yet"),
                            ("ignored", "Not needed"),
                            ("refused", "Refused"),
                            ("stuck", "Stuck"),
                        ],
                        default="waiting",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("act_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True, verbose_name="worked on")),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("result", models.CharField(blank=True, max_length=40, verbose_name="result")),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="news",
                        to="ledger.shoporder",
                    ),
                ),
            ],
            options={
                "verbose_name": "news of a shop",
                "verbose_name_plural": "news of shops",
                "constraints": [models.UniqueConstraint(fields=("link", "once"), name="shop_news_once")],
                "indexes": [
                    models.Index(
                        condition=Q(("act_at__isnull", False)), fields=["act_at"], name="shop_news_waits"
                    ),
                    models.Index(fields=["link", "-received_at"], name="shop_news_of_link"),
                    models.Index(
                        condition=~Q(("body", "")), fields=["received_at"], name="shop_news_with_body"
                    ),
                ],
            },
        ),
    ]
