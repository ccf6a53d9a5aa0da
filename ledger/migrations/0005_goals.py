"""What members collect towards cards and challenges, and what they were given for it."""

import datetime

import django.db.models.deletion
from django.db import migrations, models

from ledger.guards import InstallGuards


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("ledger", "0004_events_and_caps"),
        ("programs", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="redemption",
            name="origin",
            field=models.CharField(
                choices=[
                    ("points", "Points"),
                    ("card", "Punch card"),
                    ("challenge", "Challenge"),
                    ("rule", "Rule"),
                    ("plan", "Membership"),
                    ("referral", "Referral"),
                    ("event", "Event"),
                    ("hand", "By hand"),
                ],
                db_default="points",
                default="points",
                max_length=9,
                verbose_name="given for",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="redemption",
            name="redemption_points_positive",
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("points__gt", 0),
                    models.Q(("points", 0), models.Q(("origin", "points"), _negated=True)),
                    _connector="OR",
                ),
                name="redemption_points_unless_given",
            ),
        ),
        migrations.CreateModel(
            name="Achievement",
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
                        related_name="achievements",
                        to="accounts.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("card", "Punch card"), ("challenge", "Challenge"), ("rule", "Rule")],
                        max_length=9,
                        verbose_name="kind",
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("starts_on", models.DateField(default=datetime.date(1970, 1, 1))),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("cost", models.BigIntegerField(default=0)),
                ("points", models.BigIntegerField(default=0, verbose_name="points")),
                ("badge", models.CharField(blank=True, max_length=40, verbose_name="badge")),
                (
                    "redemption",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="achievement",
                        to="ledger.redemption",
                        verbose_name="voucher",
                    ),
                ),
                (
                    "movement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.movement",
                    ),
                ),
                (
                    "taken",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.movement",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="achievements",
                        to="ledger.purchase",
                    ),
                ),
                (
                    "occurrence",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="achievements",
                        to="ledger.occurrence",
                    ),
                ),
                (
                    "merge",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="achievements",
                        to="ledger.merge",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.refund",
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
                ("business_date", models.DateField(verbose_name="day")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="taken back")),
            ],
            options={
                "verbose_name": "achievement",
                "verbose_name_plural": "achievements",
                "indexes": [models.Index(fields=["merchant", "-id"], name="achievement_of_merchant")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "kind", "code", "starts_on", "number"),
                        name="one_achievement_per_number",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GoalEntry",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.merchant"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.member"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("card", "Punch card"), ("challenge", "Challenge"), ("rule", "Rule")],
                        max_length=9,
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("starts_on", models.DateField(default=datetime.date(1970, 1, 1))),
                ("period", models.DateField(default=datetime.date(1970, 1, 1))),
                ("delta", models.BigIntegerField()),
                (
                    "purchase",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="goal_entries",
                        to="ledger.purchase",
                    ),
                ),
                (
                    "occurrence",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="goal_entries",
                        to="ledger.occurrence",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="goal_entries",
                        to="ledger.refund",
                    ),
                ),
                (
                    "opening",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="goal_entries",
                        to="ledger.opening",
                    ),
                ),
                (
                    "achievement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="goal_entries",
                        to="ledger.achievement",
                    ),
                ),
                ("business_date", models.DateField(verbose_name="day")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
            ],
            options={
                "indexes": [models.Index(fields=["member", "kind", "code"], name="goal_entry_of_member")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("delta", 0), _negated=True), name="goal_entry_not_zero"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("opening__isnull", False)),
                        fields=("opening",),
                        name="opening_stamps_counted_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GoalCount",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.merchant"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="goal_counts",
                        to="accounts.member",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("card", "Punch card"), ("challenge", "Challenge"), ("rule", "Rule")],
                        max_length=9,
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("starts_on", models.DateField(default=datetime.date(1970, 1, 1))),
                ("period", models.DateField(default=datetime.date(1970, 1, 1))),
                ("count", models.BigIntegerField(default=0)),
                ("spent", models.BigIntegerField(default=0)),
                ("reached", models.PositiveIntegerField(default=0)),
                ("number", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["merchant", "kind", "code"], name="goal_count_of_merchant")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "kind", "code", "starts_on", "period"), name="one_count_per_goal"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 0)), name="goal_count_not_negative"
                    ),
                ],
            },
        ),
        InstallGuards(),
    ]
