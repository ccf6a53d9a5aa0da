"""Friends that members brought."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

STATES = [
    ("waiting", "No order yet"),
    ("qualified", "Ordered; the days for a return run"),
    ("rewarded", "Rewarded"),
    ("held", "Held for review"),
    ("refused", "Refused"),
    ("clawed_back", "Taken back"),
]
WHYS = [
    ("", ""),
    ("self", "The friend is the same person"),
    ("existing", "The friend was a member already"),
    ("left", "One of the two has left"),
    ("beyond_cap", "More friends than usual in 30 days"),
    ("returned", "The order was sent back"),
    ("by_hand", "Decided by the shop"),
]
WORKS = [
    ("activation", "Opening points that waited"),
    ("expiry", "Expiry of points"),
    ("tiers", "Renewal of tiers"),
    ("codes", "Codes that ran out"),
    ("pauses", "Last days after a pause or a closing"),
    ("proof", "Proof of the books"),
    ("referrals", "Rewards for friends"),
    ("occasions", "Birthdays and anniversaries"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0003_referrals"),
        ("programs", "0007_referrals"),
        ("ledger", "0006_plans"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="workshard",
            name="work",
            field=models.CharField(choices=WORKS, max_length=10, verbose_name="work"),
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(choices=STATES, default="waiting", max_length=11, verbose_name="state"),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True, choices=WHYS, default="", max_length=12, verbose_name="why"
                    ),
                ),
                ("joined_at", models.DateTimeField(verbose_name="joined")),
                ("due_on", models.DateField(null=True, verbose_name="rewarded from")),
                ("bringer_at", models.DateTimeField(null=True)),
                ("friend_at", models.DateTimeField(null=True)),
                ("bringer_back_at", models.DateTimeField(null=True)),
                ("friend_back_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="decided by"),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "note",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="reason"),
                ),
                (
                    "bringer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="brought",
                        to="accounts.member",
                        verbose_name="brought by",
                    ),
                ),
                (
                    "bringer_movement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.movement",
                    ),
                ),
                (
                    "bringer_voucher",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.redemption",
                    ),
                ),
                (
                    "friend_voucher",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.redemption",
                    ),
                ),
                (
                    "friend",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referral",
                        to="accounts.member",
                        verbose_name="friend",
                    ),
                ),
                (
                    "friend_movement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.movement",
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
                        related_name="referrals",
                        to="ledger.purchase",
                        verbose_name="order",
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
            ],
            options={
                "verbose_name": "referral",
                "verbose_name_plural": "referrals",
                "indexes": [
                    models.Index(fields=["bringer", "-joined_at"], name="referral_of_bringer"),
                    models.Index(
                        condition=models.Q(("state", "qualified")),
                        fields=["merchant", "due_on"],
                        name="referral_due",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["merchant", "friend"],
                        name="referral_waiting",
                    ),
                    models.Index(fields=["merchant", "state", "-joined_at"], name="referral_of_merchant"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("bringer", models.F("friend")), _negated=True),
                        name="nobody_brings_themselves",
                    )
                ],
            },
        ),
    ]
