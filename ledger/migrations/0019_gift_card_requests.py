"""Gift cards above what one person may give away wait for a second one."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

STATES = [("waiting", "Waiting"), ("posted", "Posted"), ("refused", "Refused"), ("withdrawn", "Withdrawn")]
WHYS = [("reward", "Reward"), ("sold", "Sold"), ("given", "Given"), ("apology", "Apology")]


class Migration(migrations.Migration):
    """A new table; nothing that exists changes."""

    dependencies: ClassVar = [("accounts", "0008_vat_number"), ("ledger", "0017_shop_coupons")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="GiftCardRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value_minor", models.BigIntegerField(verbose_name="face value")),
                ("why", models.CharField(choices=WHYS, max_length=8, verbose_name="reason")),
                ("expires_on", models.DateField(null=True, verbose_name="last day")),
                ("order_ref", models.CharField(blank=True, max_length=64, verbose_name="order number")),
                ("source", models.CharField(max_length=20, verbose_name="source")),
                ("key", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(choices=STATES, default="waiting", max_length=9, verbose_name="state"),
                ),
                ("asked_by", models.CharField(max_length=60, verbose_name="asked by")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("ripe_at", models.DateTimeField(verbose_name="may be decided alone from")),
                ("decided_by", models.CharField(blank=True, max_length=60, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("second_factor_at", models.DateTimeField(null=True, verbose_name="second factor")),
                (
                    "card",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="request",
                        to="ledger.giftcard",
                        verbose_name="gift card",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gift_card_requests",
                        to="accounts.member",
                        verbose_name="member",
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
            ],
            options={
                "verbose_name": "gift card that waits",
                "verbose_name_plural": "gift cards that wait",
                "indexes": [
                    models.Index(
                        condition=Q(state="waiting"),
                        fields=["merchant", "-asked_at"],
                        name="gift_request_waiting",
                    ),
                    models.Index(fields=["merchant", "-asked_at", "-id"], name="gift_request_of_merchant"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["merchant", "source", "key"], name="one_gift_request_per_key"
                    ),
                    models.CheckConstraint(condition=Q(value_minor__gt=0), name="gift_request_positive"),
                    models.CheckConstraint(
                        condition=~Q(state="posted")
                        | ~Q(decided_by=F("asked_by"))
                        | Q(second_factor_at__isnull=False, decided_at__gte=F("ripe_at")),
                        name="gift_request_by_two_or_proved",
                    ),
                    models.CheckConstraint(
                        condition=Q(state="posted", card__isnull=False)
                        | (~Q(state="posted") & Q(card__isnull=True)),
                        name="gift_request_posted_has_card",
                    ),
                ],
            },
        ),
    ]
