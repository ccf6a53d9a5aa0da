"""Redemptions keep what their reward promised; gift cards with their entries; upgrades for a while."""

import django.db.models.deletion
from django.db import migrations, models

from ledger.guards import InstallGuards


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("ledger", "0007_referrals")]

    operations = [
        migrations.AddField(
            model_name="redemption",
            name="feature",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40, verbose_name="what it opens"
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="is_stocked",
            field=models.BooleanField(db_default=False, default=False, verbose_name="taken from the stock"),
        ),
        migrations.AddField(
            model_name="redemption",
            name="lasts_days",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="days it lasts"),
        ),
        migrations.AddField(
            model_name="redemption",
            name="reward_kind",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=12, verbose_name="kind of reward"
            ),
        ),
        migrations.CreateModel(
            name="GiftCard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("reward", "Reward"),
                            ("sold", "Sold"),
                            ("given", "Given"),
                            ("apology", "Apology"),
                        ],
                        max_length=8,
                        verbose_name="reason",
                    ),
                ),
                ("code", models.CharField(max_length=12, verbose_name="code")),
                ("value_minor", models.BigIntegerField(verbose_name="face value")),
                ("balance_minor", models.BigIntegerField(verbose_name="balance")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("issued_at", models.DateTimeField(verbose_name="issued")),
                ("expires_on", models.DateField(null=True, verbose_name="last day")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
                ("order_ref", models.CharField(blank=True, max_length=64, verbose_name="order number")),
                ("actor", models.CharField(max_length=60, verbose_name="by")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gift_cards",
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
                (
                    "redemption",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gift_card",
                        to="ledger.redemption",
                        verbose_name="redemption",
                    ),
                ),
            ],
            options={
                "verbose_name": "gift card",
                "verbose_name_plural": "gift cards",
            },
        ),
        migrations.CreateModel(
            name="GiftCardEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("issue", "Issued"),
                            ("spend", "Paid with"),
                            ("refund", "Money back"),
                            ("expire", "Ran out"),
                            ("cancel", "Cancelled"),
                        ],
                        max_length=6,
                        verbose_name="act",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("business_date", models.DateField(verbose_name="day")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("actor", models.CharField(max_length=60, verbose_name="by")),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.giftcard",
                        verbose_name="gift card",
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
                    "purchase",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gift_entries",
                        to="ledger.purchase",
                        verbose_name="order",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gift_entries",
                        to="ledger.refund",
                        verbose_name="refund",
                    ),
                ),
            ],
            options={
                "verbose_name": "gift card entry",
                "verbose_name_plural": "gift card entries",
            },
        ),
        migrations.CreateModel(
            name="Upgrade",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("feature", models.CharField(max_length=40, verbose_name="what it opens")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("until", models.DateTimeField(verbose_name="until")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="upgrades",
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
                (
                    "redemption",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="upgrade",
                        to="ledger.redemption",
                        verbose_name="redemption",
                    ),
                ),
            ],
            options={
                "verbose_name": "upgrade",
                "verbose_name_plural": "upgrades",
            },
        ),
        migrations.AddIndex(
            model_name="giftcard",
            index=models.Index(fields=["member"], name="gift_card_of_member"),
        ),
        migrations.AddIndex(
            model_name="giftcard",
            index=models.Index(
                condition=models.Q(("balance_minor__gt", 0)),
                fields=["merchant", "expires_on"],
                name="gift_card_with_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="giftcard",
            constraint=models.UniqueConstraint(
                fields=("merchant", "code"), name="gift_card_code_per_merchant"
            ),
        ),
        migrations.AddConstraint(
            model_name="giftcard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("balance_minor__gte", 0), ("balance_minor__lte", models.F("value_minor"))
                ),
                name="gift_card_within_its_value",
            ),
        ),
        migrations.AddConstraint(
            model_name="giftcardentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", 0), _negated=True), name="gift_card_entry_not_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="giftcardentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("act", "spend")),
                fields=("purchase", "card"),
                name="gift_card_once_per_order",
            ),
        ),
        migrations.AddIndex(
            model_name="upgrade",
            index=models.Index(fields=["member", "until"], name="upgrade_of_member"),
        ),
        migrations.AddConstraint(
            model_name="upgrade",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("starts_at"))), name="upgrade_ends_after_it_begins"
            ),
        ),
        InstallGuards(),
    ]
