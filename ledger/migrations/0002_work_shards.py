import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkShard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "work",
                    models.CharField(
                        choices=[
                            ("activation", "Opening points that waited"),
                            ("expiry", "Expiry of points"),
                            ("tiers", "Renewal of tiers"),
                            ("codes", "Codes that ran out"),
                            ("pauses", "Last days after a pause or a closing"),
                            ("proof", "Proof of the books"),
                        ],
                        max_length=10,
                        verbose_name="work",
                    ),
                ),
                ("run", models.PositiveIntegerField()),
                ("place", models.PositiveIntegerField()),
                ("first", models.BigIntegerField(null=True)),
                ("last", models.BigIntegerField(null=True)),
                ("size", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                ("result", models.BigIntegerField(default=0, verbose_name="result")),
                ("found", models.JSONField(blank=True, default=dict)),
                ("cut_at", models.DateTimeField(verbose_name="started")),
                ("claimed_by", models.CharField(blank=True, max_length=80)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
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
                "verbose_name": "shard of work",
                "verbose_name_plural": "shards of work",
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=["work"],
                        name="work_shard_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "work", "run", "place"), name="one_shard_per_place"
                    )
                ],
            },
        ),
    ]
