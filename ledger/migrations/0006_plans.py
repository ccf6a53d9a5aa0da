"""Paid membership: how each one stands, its fees, and what is asked of Moyasar and told by it."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from ledger.guards import InstallGuards


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_keys_named_by_prefix"),
        ("ledger", "0005_goals"),
        ("programs", "0006_plans"),
    ]

    operations = [
        migrations.CreateModel(
            name="Membership",
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="accounts.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.programmeversion",
                        verbose_name="terms",
                    ),
                ),
                ("plan", models.CharField(max_length=40, verbose_name="plan")),
                ("price_minor", models.BigIntegerField(verbose_name="price")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("period", models.CharField(max_length=5, verbose_name="paid by the")),
                ("grace_days", models.PositiveSmallIntegerField(verbose_name="days of grace")),
                ("started_at", models.DateTimeField(verbose_name="began")),
                ("trial_until", models.DateField(null=True, verbose_name="trial until")),
                ("anchor_on", models.DateField(verbose_name="counted from")),
                ("fees", models.PositiveIntegerField(default=0, verbose_name="fees paid")),
                ("paid_through", models.DateField(verbose_name="paid through")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("trial", "Trial"),
                            ("active", "Active"),
                            ("grace", "Renewal awaited"),
                            ("ended", "Ended"),
                        ],
                        max_length=6,
                        verbose_name="state",
                    ),
                ),
                ("cancelled_at", models.DateTimeField(null=True, verbose_name="cancelled")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "ended_why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("trial", "The trial ended"),
                            ("lapsed", "Not renewed"),
                            ("cancelled", "Cancelled"),
                            ("refunded", "The fee was refunded"),
                        ],
                        max_length=9,
                        verbose_name="why it ended",
                    ),
                ),
                ("card_token", models.CharField(blank=True, max_length=300)),
                ("actor", models.CharField(blank=True, max_length=60, verbose_name="actor")),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "indexes": [
                    models.Index(fields=["member", "started_at"], name="membership_of_member"),
                    models.Index(
                        condition=models.Q(("state", "ended"), _negated=True),
                        fields=["merchant", "paid_through"],
                        name="membership_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("price_minor__gt", 0)), name="membership_has_a_price"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("state", "ended")),
                            models.Q(("state", "ended"), _negated=True),
                            _connector="OR",
                        ),
                        name="membership_ended_at_an_instant",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MembershipPayment",
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="membership_payments",
                        to="accounts.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="ledger.membership",
                        verbose_name="membership",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("fee", "Fee"), ("refund", "Refund")],
                        default="fee",
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("cash", "Cash"),
                            ("card", "Card"),
                            ("transfer", "Transfer"),
                            ("online", "Card online (Moyasar)"),
                            ("other", "Other"),
                        ],
                        max_length=8,
                        verbose_name="paid by",
                    ),
                ),
                ("from_day", models.DateField(verbose_name="from")),
                ("to_day", models.DateField(verbose_name="to")),
                ("source", models.CharField(max_length=20, verbose_name="source")),
                ("external_id", models.CharField(max_length=64, verbose_name="number")),
                ("provider_id", models.CharField(blank=True, max_length=64, verbose_name="Moyasar's number")),
                ("occurred_at", models.DateTimeField(verbose_name="time")),
                ("business_date", models.DateField(verbose_name="day")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("points", models.BigIntegerField(default=0, verbose_name="points awarded")),
                (
                    "movement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.movement",
                        verbose_name="movement",
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.redemption",
                        verbose_name="welcome voucher",
                    ),
                ),
                (
                    "refunds",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunded_by",
                        to="ledger.membershippayment",
                        verbose_name="refund of",
                    ),
                ),
                ("actor", models.CharField(blank=True, max_length=60, verbose_name="actor")),
            ],
            options={
                "verbose_name": "membership fee",
                "verbose_name_plural": "membership fees",
                "indexes": [models.Index(fields=["member", "business_date"], name="fee_of_member")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "source", "kind", "external_id"), name="one_fee_per_number"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("provider_id", ""), _negated=True),
                        fields=("merchant", "kind", "provider_id"),
                        name="one_fee_per_card_payment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="fee_above_nothing"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "fee"), ("refunds__isnull", True)),
                            models.Q(("kind", "refund"), ("refunds__isnull", False)),
                            _connector="OR",
                        ),
                        name="fee_refund_names_its_fee",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MoyasarKeys",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "merchant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moyasar",
                        to="accounts.merchant",
                        verbose_name="merchant",
                    ),
                ),
                ("secret_key", models.CharField(max_length=600, verbose_name="secret key")),
                ("webhook_secret", models.CharField(max_length=600, verbose_name="webhook secret")),
                ("old_webhook_secret", models.CharField(blank=True, max_length=600)),
                ("old_until", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                ("changed_by", models.CharField(blank=True, max_length=60, verbose_name="changed by")),
            ],
            options={
                "verbose_name": "Moyasar keys",
                "verbose_name_plural": "Moyasar keys",
            },
        ),
        migrations.CreateModel(
            name="CardCharge",
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="ledger.membership",
                        verbose_name="membership",
                    ),
                ),
                ("plan", models.CharField(max_length=40, verbose_name="plan")),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("given_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("invoice_id", models.CharField(blank=True, max_length=64)),
                ("payment_id", models.CharField(blank=True, max_length=64, verbose_name="Moyasar's number")),
                ("url", models.URLField(blank=True, max_length=500)),
                ("fee_number", models.PositiveIntegerField(default=1)),
                ("attempt", models.PositiveSmallIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("claimed", "Being charged"),
                            ("open", "Waits for the member"),
                            ("paid", "Paid"),
                            ("failed", "Failed"),
                            ("odd", "Needs a look"),
                        ],
                        default="planned",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("said", models.CharField(blank=True, max_length=200, verbose_name="what Moyasar said")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                ("act_at", models.DateTimeField(null=True, verbose_name="next look")),
            ],
            options={
                "verbose_name": "card charge",
                "verbose_name_plural": "card charges",
                "indexes": [
                    models.Index(
                        condition=models.Q(("act_at__isnull", False)),
                        fields=["act_at"],
                        name="charge_to_look_at",
                    ),
                    models.Index(fields=["member", "-made_at"], name="charge_of_member"),
                    models.Index(fields=["merchant", "invoice_id"], name="charge_by_invoice"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("invoice_id", ""), ("membership__isnull", False)),
                        fields=("membership", "fee_number", "attempt"),
                        name="one_charge_per_attempt",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HookEvent",
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
                ("source", models.CharField(max_length=20, verbose_name="source")),
                ("event_id", models.CharField(max_length=64, verbose_name="number")),
                ("name", models.CharField(max_length=40, verbose_name="event")),
                ("payload", models.JSONField(default=dict)),
                ("received_at", models.DateTimeField(verbose_name="received")),
                ("done_at", models.DateTimeField(null=True, verbose_name="worked on")),
                ("act_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("result", models.CharField(blank=True, max_length=60, verbose_name="result")),
            ],
            options={
                "verbose_name": "webhook event",
                "verbose_name_plural": "webhook events",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["act_at"],
                        name="hook_event_waits",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "source", "event_id"), name="one_hook_event")
                ],
            },
        ),
        InstallGuards(),
    ]
