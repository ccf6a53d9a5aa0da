"""The margin guard: margins and ceiling, the pace of members, terms that wait for a second yes."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

PERCENT = [django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)]


class Migration(migrations.Migration):
    dependencies = [("programs", "0002_stops_are_remembered")]

    operations = [
        migrations.CreateModel(
            name="MarginFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gross_percent", models.DecimalField(decimal_places=2, max_digits=5, validators=PERCENT, verbose_name="gross margin, %")),
                ("by_category", models.JSONField(blank=True, default=dict, verbose_name="gross margin by category")),
                ("vat_percent", models.DecimalField(decimal_places=2, max_digits=5, validators=PERCENT, verbose_name="VAT, %")),
                ("ceiling_percent", models.DecimalField(decimal_places=2, default=10, max_digits=5, validators=PERCENT, verbose_name="most a programme may give back, %")),
                ("holds_from", models.DateTimeField(verbose_name="holds from")),
                ("said_by", models.CharField(max_length=60, verbose_name="said by")),
                ("said_at", models.DateTimeField(verbose_name="said")),
                ("agreed_by", models.CharField(blank=True, max_length=60, verbose_name="agreed by")),
                ("merchant", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="margin_figures", to="accounts.merchant", verbose_name="merchant")),
            ],
            options={
                "verbose_name": "margin",
                "verbose_name_plural": "margins",
                "indexes": [models.Index(fields=["merchant", "-id"], name="margins_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("gross_percent__range", (0, 100)), ("vat_percent__range", (0, 100)), ("ceiling_percent__range", (0, 100))),
                        name="margins_are_percents",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberPace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("monthly_minor", models.PositiveBigIntegerField(verbose_name="typical spend per month")),
                ("monthly_orders", models.DecimalField(decimal_places=3, max_digits=8, verbose_name="typical orders per month")),
                ("members", models.PositiveIntegerField(verbose_name="members counted")),
                ("days", models.PositiveIntegerField(verbose_name="days of history")),
                ("measured_at", models.DateTimeField(verbose_name="measured")),
                ("merchant", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="member_pace", to="accounts.merchant", verbose_name="merchant")),
            ],
            options={
                "verbose_name": "pace of members",
                "verbose_name_plural": "paces of members",
            },
        ),
        migrations.CreateModel(
            name="PublishRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("rate_percent", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="worst reward rate, %")),
                ("ceiling_percent", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="ceiling, %")),
                ("worst", models.JSONField(default=dict, verbose_name="worst combination")),
                ("effective_from", models.DateTimeField(null=True, verbose_name="in force from")),
                ("pilot", models.BooleanField(default=False, verbose_name="only for the pilot group")),
                ("state", models.CharField(choices=[("waiting", "Waiting"), ("published", "Published"), ("refused", "Refused"), ("withdrawn", "Withdrawn")], default="waiting", max_length=9, verbose_name="state")),
                ("asked_by", models.CharField(max_length=60, verbose_name="asked by")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("ripe_at", models.DateTimeField(verbose_name="may be decided alone from")),
                ("decided_by", models.CharField(blank=True, max_length=60, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("second_factor_at", models.DateTimeField(null=True, verbose_name="second factor")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="publish_requests", to="programs.programmeversion", verbose_name="version")),
            ],
            options={
                "verbose_name": "terms that wait for approval",
                "verbose_name_plural": "terms that wait for approval",
                "indexes": [models.Index(fields=["version", "-id"], name="publish_requests_newest")],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("state", "waiting")), fields=("version",), name="one_publish_request_waits"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "published"), _negated=True),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            models.Q(("decided_at__gte", models.F("ripe_at")), ("second_factor_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="publish_by_two_or_proved",
                    ),
                ],
            },
        ),
    ]
