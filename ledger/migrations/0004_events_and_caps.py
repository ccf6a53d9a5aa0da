"""Events that are no purchase, what caps have given, and the product code of a line."""

import django.db.models.deletion
from django.db import migrations, models

from ledger.guards import InstallGuards


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("programs", "0001_initial"),
        ("ledger", "0003_last_days_moved_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="purchaseline",
            name="sku",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=64, verbose_name="product code"
            ),
        ),
        migrations.CreateModel(
            name="Occurrence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="event")),
                ("source", models.CharField(max_length=20, verbose_name="source")),
                ("external_id", models.CharField(max_length=64, verbose_name="event number")),
                ("occurred_at", models.DateTimeField(verbose_name="time")),
                ("business_date", models.DateField(verbose_name="day")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("channel", models.CharField(blank=True, max_length=20, verbose_name="channel")),
                ("amount_minor", models.BigIntegerField(default=0, verbose_name="amount")),
                ("points", models.BigIntegerField(default=0, verbose_name="points awarded")),
                ("tier_code", models.CharField(blank=True, max_length=40, verbose_name="tier")),
                ("reasons", models.JSONField(default=list, verbose_name="reasons")),
                ("actor", models.CharField(blank=True, max_length=60, verbose_name="actor")),
                (
                    "branch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="occurrences",
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
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.programmeversion",
                        verbose_name="terms",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "indexes": [models.Index(fields=["member", "-occurred_at"], name="occurrence_of_member")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "source", "external_id"), name="one_occurrence_per_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0), ("points__gte", 0)),
                        name="occurrence_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CapUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scope", models.CharField(max_length=6)),
                ("rule", models.CharField(blank=True, max_length=40)),
                ("period", models.CharField(max_length=5)),
                ("starts_on", models.DateField()),
                ("points", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.member"
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.merchant"
                    ),
                ),
                (
                    "occurrence",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cap_uses",
                        to="ledger.occurrence",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cap_uses",
                        to="ledger.purchase",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cap_uses",
                        to="ledger.refund",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["member", "starts_on"], name="cap_use_of_member"),
                    models.Index(
                        condition=models.Q(("scope", "all")),
                        fields=["merchant", "starts_on"],
                        name="cap_use_of_budget",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("points", 0), _negated=True), name="cap_use_not_zero"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Budget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(blank=True, max_length=40)),
                ("period", models.CharField(max_length=5)),
                ("starts_on", models.DateField()),
                ("used", models.BigIntegerField(default=0)),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.merchant"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "rule", "period", "starts_on"), name="one_budget_per_period"
                    ),
                    models.CheckConstraint(condition=models.Q(("used__gte", 0)), name="budget_not_negative"),
                ],
            },
        ),
        InstallGuards(),
    ]
