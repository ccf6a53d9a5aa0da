"""Contests: who joined, when places were decided and which they are; prizes take from caps."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from ledger.guards import InstallGuards

GOALS = [("card", "Punch card"), ("challenge", "Challenge"), ("rule", "Rule"), ("contest", "Contest")]
ORIGINS = [
    *[("points", "Points"), ("card", "Punch card"), ("challenge", "Challenge"), ("contest", "Contest")],
    *[("rule", "Rule"), ("plan", "Membership"), ("referral", "Referral"), ("event", "Event")],
    ("hand", "By hand"),
]


def key() -> models.BigAutoField:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def link(to: str, name: str = "", **options: object) -> models.ForeignKey:
    said = {"related_name": "+", **({"verbose_name": name} if name else {}), **options}
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=to, **said)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0011_tiers"), ("programs", "0012_contests")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="capuse",
            name="achievement",
            field=link("ledger.achievement", null=True, related_name="cap_uses"),
        ),
        migrations.AlterField(
            model_name="achievement",
            name="kind",
            field=models.CharField(choices=GOALS, max_length=9, verbose_name="kind"),
        ),
        *(
            migrations.AlterField(
                model_name=name, name="kind", field=models.CharField(choices=GOALS, max_length=9)
            )
            for name in ("goalcount", "goalentry")
        ),
        migrations.AlterField(
            model_name="redemption",
            name="origin",
            field=models.CharField(
                choices=ORIGINS,
                db_default="points",
                default="points",
                max_length=9,
                verbose_name="given for",
            ),
        ),
        migrations.CreateModel(
            name="Contender",
            fields=[
                ("id", key()),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("joined_at", models.DateTimeField(verbose_name="joined")),
                ("member", link("accounts.member", "member")),
                ("merchant", link("accounts.merchant", "merchant")),
            ],
            options={
                "verbose_name": "contender",
                "verbose_name_plural": "contenders",
                "indexes": [
                    models.Index(fields=["merchant", "code", "starts_on"], name="contender_of_contest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "code", "starts_on"), name="joins_a_contest_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContestClosing",
            fields=[
                ("id", key()),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("contenders", models.PositiveIntegerField(default=0, verbose_name="members who took part")),
                ("closed_at", models.DateTimeField(verbose_name="decided")),
                ("done_at", models.DateTimeField(null=True, verbose_name="prizes given")),
                ("merchant", link("accounts.merchant", "merchant")),
                ("version", link("programs.programmeversion", "version")),
            ],
            options={
                "verbose_name": "decided contest",
                "verbose_name_plural": "decided contests",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("merchant", "code", "starts_on"), name="contest_decided_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContestStanding",
            fields=[
                ("id", key()),
                ("place", models.PositiveIntegerField(verbose_name="final place")),
                ("count", models.BigIntegerField(verbose_name="collected")),
                ("reached_at", models.DateTimeField(verbose_name="got there")),
                ("closing", link("ledger.contestclosing", related_name="standings")),
                ("member", link("accounts.member", "member")),
            ],
            options={
                "verbose_name": "place in a contest",
                "verbose_name_plural": "places in contests",
                "indexes": [models.Index(fields=["member"], name="contest_place_of_member")],
                "constraints": [
                    models.UniqueConstraint(fields=("closing", "place"), name="one_member_per_contest_place"),
                    models.UniqueConstraint(
                        fields=("closing", "member"), name="one_contest_place_per_member"
                    ),
                ],
            },
        ),
        InstallGuards(),
    ]
