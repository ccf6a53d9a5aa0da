"""The causes' sub-ledger, clearing with partners, places at events."""

import django.db.models.deletion
from django.db import migrations, models

from ledger.guards import InstallGuards


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("programs", "0009_causes"), ("ledger", "0008_rewards")]

    operations = [
        migrations.AddField(
            model_name="redemption",
            name="partner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="programs.partner",
                verbose_name="honoured by",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="partner_minor",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="owed to the partner"),
        ),
        migrations.AlterField(
            model_name="redemption",
            name="kind",
            field=models.CharField(
                choices=[
                    ("discount", "Discount"),
                    ("reward", "Reward"),
                    ("donation", "Gift to a cause"),
                    ("place", "Place at an event"),
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="CauseShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("base_minor", models.BigIntegerField()),
                ("share_bp", models.PositiveIntegerField()),
                ("cap_minor", models.BigIntegerField(null=True)),
                ("amount_minor", models.BigIntegerField()),
                ("due_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("entered_at", models.DateTimeField(null=True)),
                (
                    "cause",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="programs.cause"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cause_shares",
                        to="accounts.member",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.merchant"
                    ),
                ),
                (
                    "purchase",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cause_share",
                        to="ledger.purchase",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.programmeversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CauseEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("points", "Points given"),
                            ("share", "The shop's share"),
                            ("payout", "Paid out"),
                        ],
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("number", models.CharField(max_length=12, verbose_name="receipt number")),
                ("name_ar", models.CharField(max_length=120, verbose_name="name in Arabic")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                ("licence", models.CharField(max_length=40, verbose_name="licence number")),
                ("points", models.BigIntegerField(default=0, verbose_name="points")),
                (
                    "base_minor",
                    models.BigIntegerField(default=0, verbose_name="what was kept of the purchase"),
                ),
                ("reference", models.CharField(blank=True, max_length=64, verbose_name="reference")),
                ("business_date", models.DateField(verbose_name="day")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("actor", models.CharField(max_length=60, verbose_name="actor")),
                (
                    "cause",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="programs.cause",
                        verbose_name="cause",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cause_entries",
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
                        related_name="cause_entry",
                        to="ledger.redemption",
                    ),
                ),
                (
                    "share",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entry",
                        to="ledger.causeshare",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of a cause",
                "verbose_name_plural": "entries of causes",
            },
        ),
        migrations.CreateModel(
            name="ClearingEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("use", "Voucher honoured"), ("settled", "Settled")],
                        max_length=7,
                        verbose_name="kind",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("reward_code", models.CharField(blank=True, max_length=40, verbose_name="reward")),
                ("name_ar", models.CharField(blank=True, max_length=120, verbose_name="name in Arabic")),
                ("name_en", models.CharField(blank=True, max_length=120, verbose_name="name in English")),
                ("reference", models.CharField(blank=True, max_length=64, verbose_name="reference")),
                ("business_date", models.DateField(verbose_name="day")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("actor", models.CharField(max_length=60, verbose_name="actor")),
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
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="programs.partner",
                        verbose_name="partner",
                    ),
                ),
                (
                    "redemption",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clearing",
                        to="ledger.redemption",
                    ),
                ),
            ],
            options={
                "verbose_name": "clearing entry",
                "verbose_name_plural": "clearing entries",
            },
        ),
        migrations.CreateModel(
            name="PayoutRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("reference", models.CharField(max_length=64, verbose_name="reference")),
                ("key", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("posted", "Posted"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("is_small", models.BooleanField(default=False)),
                ("asked_by", models.CharField(max_length=60, verbose_name="asked by")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("ripe_at", models.DateTimeField()),
                ("decided_by", models.CharField(blank=True, max_length=60, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("second_factor_at", models.DateTimeField(null=True)),
                (
                    "cause",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.cause",
                        verbose_name="cause",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="request",
                        to="ledger.causeentry",
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
                "verbose_name": "payout to approve",
                "verbose_name_plural": "payouts to approve",
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("going", "Has a place"),
                            ("waiting", "Waits for a place"),
                            ("left", "Cancelled"),
                            ("over", "No place came free"),
                        ],
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("signed_at", models.DateTimeField(verbose_name="signed up")),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                ("actor", models.CharField(max_length=60, verbose_name="actor")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sign_ups",
                        to="programs.memberevent",
                        verbose_name="member event",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="places",
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
                        related_name="sign_up",
                        to="ledger.redemption",
                    ),
                ),
            ],
            options={
                "verbose_name": "place",
                "verbose_name_plural": "places",
            },
        ),
        migrations.CreateModel(
            name="CauseChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("chosen_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=60)),
                (
                    "cause",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.cause",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cause_choices",
                        to="accounts.member",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.merchant"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["member", "-chosen_at", "-id"], name="cause_choice_of_member")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="causeshare",
            index=models.Index(
                condition=models.Q(("entered_at__isnull", True)),
                fields=["merchant", "due_on"],
                name="cause_share_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="causeshare",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0), ("base_minor__gt", 0)),
                name="cause_share_positive",
            ),
        ),
        migrations.AddIndex(
            model_name="causeentry",
            index=models.Index(fields=["cause", "-id"], name="entry_of_cause"),
        ),
        migrations.AddIndex(
            model_name="causeentry",
            index=models.Index(fields=["merchant", "business_date"], name="cause_entry_by_day"),
        ),
        migrations.AddIndex(
            model_name="causeentry",
            index=models.Index(fields=["member", "-id"], name="cause_entry_of_member"),
        ),
        migrations.AddConstraint(
            model_name="causeentry",
            constraint=models.UniqueConstraint(fields=("merchant", "number"), name="cause_receipt_number"),
        ),
        migrations.AddConstraint(
            model_name="causeentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount_minor__gt", 0),
                        ("kind", "points"),
                        ("points__gt", 0),
                        ("redemption__isnull", False),
                        ("share", None),
                    ),
                    models.Q(
                        ("amount_minor__gt", 0),
                        ("kind", "share"),
                        ("redemption", None),
                        ("share__isnull", False),
                    ),
                    models.Q(
                        ("amount_minor__lt", 0),
                        ("kind", "payout"),
                        ("member", None),
                        ("redemption", None),
                        ("share", None),
                    ),
                    _connector="OR",
                ),
                name="cause_entry_is_of_its_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="clearingentry",
            index=models.Index(fields=["partner", "business_date", "id"], name="clearing_of_partner"),
        ),
        migrations.AddIndex(
            model_name="clearingentry",
            index=models.Index(fields=["merchant", "business_date"], name="clearing_of_merchant"),
        ),
        migrations.AddConstraint(
            model_name="clearingentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount_minor__gte", 0), ("kind", "use"), ("redemption__isnull", False)),
                    models.Q(("amount_minor__lt", 0), ("kind", "settled"), ("redemption", None)),
                    _connector="OR",
                ),
                name="clearing_entry_is_of_its_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutrequest",
            constraint=models.UniqueConstraint(fields=("merchant", "key"), name="one_payout_request_per_key"),
        ),
        migrations.AddConstraint(
            model_name="payoutrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="payout_request_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "posted"), _negated=True),
                    ("is_small", True),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    ("second_factor_at__isnull", False),
                    _connector="OR",
                ),
                name="payout_needs_two",
            ),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(fields=["event", "signed_at", "id"], name="place_of_event"),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(fields=["member", "-id"], name="place_of_member"),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("going", "waiting"))),
                fields=("event", "member"),
                name="one_place_each",
            ),
        ),
        InstallGuards(),
    ]
