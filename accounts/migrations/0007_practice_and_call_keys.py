"""Practice copies of merchants, keys that work on them, and the keys of calls that may come twice."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0005_recipes")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="merchant",
            name="practice_of",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="practices",
                to="accounts.merchant",
                verbose_name="practice copy of",
            ),
        ),
        migrations.AddField(
            model_name="merchant",
            name="practice_ended_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="practice ended"),
        ),
        migrations.AddConstraint(
            model_name="merchant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("practice_ended_at__isnull", True), ("practice_of__isnull", False)),
                fields=("practice_of",),
                name="one_practice_copy_in_use",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="is_sandbox",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Works on the practice copy of the shop.",
                verbose_name="practice",
            ),
        ),
        migrations.CreateModel(
            name="CallKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key_hash", models.CharField(max_length=64)),
                ("said_hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.merchant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="call_key_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "key_hash"), name="one_call_per_key")
                ],
            },
        ),
    ]
