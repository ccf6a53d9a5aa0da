"""Rules ask for more and are set off by events; caps; the days of occasions as merchants set them."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

LISTS = {
    "products": "products",
    "occasions": "occasions",
    "segments": "segments",
    "plans": "membership plans",
}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("programs", "0003_margins")]

    operations = [
        migrations.AddField(
            model_name="earnrule",
            name="trigger",
            field=models.SlugField(
                db_default="purchase", default="purchase", max_length=40, verbose_name="set off by"
            ),
        ),
        *(
            migrations.AddField(
                model_name="earnrule",
                name=name,
                field=models.JSONField(
                    blank=True,
                    db_default=models.Value([], models.JSONField()),
                    default=list,
                    verbose_name=called,
                ),
            )
            for name, called in LISTS.items()
        ),
        migrations.AddField(
            model_name="earnrule",
            name="nth_purchase",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="nth purchase"),
        ),
        migrations.AddField(
            model_name="earnrule",
            name="nth_repeats",
            field=models.BooleanField(db_default=True, default=True, verbose_name="and every further one"),
        ),
        migrations.CreateModel(
            name="EarnCap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("member", "Each member"), ("all", "All members together")],
                        default="member",
                        max_length=6,
                        verbose_name="for",
                    ),
                ),
                ("rule", models.CharField(blank=True, max_length=40, verbose_name="rule")),
                (
                    "period",
                    models.CharField(
                        choices=[
                            ("order", "Order"),
                            ("day", "Day"),
                            ("week", "Week"),
                            ("month", "Month"),
                            ("year", "Year"),
                            ("ever", "Ever"),
                        ],
                        default="day",
                        max_length=5,
                        verbose_name="per",
                    ),
                ),
                (
                    "points",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="at most"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="caps",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "cap",
                "verbose_name_plural": "caps and budgets",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "scope", "rule", "period"), name="one_cap_of_a_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OccasionDays",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="occasion")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("name_ar", models.CharField(blank=True, max_length=120, verbose_name="name in Arabic")),
                ("name_en", models.CharField(blank=True, max_length=120, verbose_name="name in English")),
                ("first_day", models.DateField(verbose_name="first day")),
                ("last_day", models.DateField(verbose_name="last day")),
                ("set_at", models.DateTimeField(editable=False, verbose_name="set")),
                ("set_by", models.CharField(editable=False, max_length=60, verbose_name="set by")),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.merchant",
                        verbose_name="merchant",
                    ),
                ),
            ],
            options={
                "verbose_name": "days of an occasion",
                "verbose_name_plural": "days of occasions",
                "ordering": ["-set_at", "-id"],
                "indexes": [models.Index(fields=["merchant", "code"], name="occasion_days_of_merchant")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="occasion_ends_after_it_begins",
                    )
                ],
            },
        ),
    ]
