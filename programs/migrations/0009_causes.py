"""Causes and what the terms promise them, partners and their offers, events with places."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("programs", "0008_rewards")]

    operations = [
        migrations.CreateModel(
            name="Partner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name_ar", models.CharField(max_length=120, verbose_name="name in Arabic")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                ("contact", models.CharField(blank=True, max_length=120, verbose_name="contact")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Waits for their yes"),
                            ("active", "Agreed"),
                            ("refused", "Refused"),
                            ("ended", "Ended"),
                        ],
                        default="asked",
                        editable=False,
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("asked_by", models.CharField(editable=False, max_length=60, verbose_name="asked by")),
                ("asked_at", models.DateTimeField(editable=False, verbose_name="asked")),
                (
                    "decided_by",
                    models.CharField(blank=True, editable=False, max_length=60, verbose_name="decided by"),
                ),
                ("decided_at", models.DateTimeField(editable=False, null=True, verbose_name="decided")),
                ("link_code", models.CharField(blank=True, editable=False, max_length=32)),
                ("pin_hash", models.CharField(blank=True, editable=False, max_length=128)),
                ("key_hash", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="partners",
                        to="accounts.merchant",
                        verbose_name="merchant",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="honours_for",
                        to="accounts.merchant",
                        verbose_name="shop",
                    ),
                ),
            ],
            options={
                "verbose_name": "partner",
                "verbose_name_plural": "partners",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="PartnerOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reward_code", models.SlugField(max_length=40, verbose_name="reward")),
                ("owed_minor", models.PositiveIntegerField(verbose_name="owed to the partner for each use")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Waits for their yes"),
                            ("active", "Agreed"),
                            ("refused", "Refused"),
                            ("ended", "Ended"),
                        ],
                        default="asked",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("asked_by", models.CharField(max_length=60, verbose_name="asked by")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("decided_by", models.CharField(blank=True, max_length=60, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
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
                        related_name="offers",
                        to="programs.partner",
                        verbose_name="partner",
                    ),
                ),
            ],
            options={
                "verbose_name": "partner offer",
                "verbose_name_plural": "partner offers",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Cause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("name_ar", models.CharField(max_length=120, verbose_name="name in Arabic")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                (
                    "description_ar",
                    models.CharField(blank=True, max_length=240, verbose_name="description in Arabic"),
                ),
                (
                    "description_en",
                    models.CharField(blank=True, max_length=240, verbose_name="description in English"),
                ),
                (
                    "licence",
                    models.CharField(
                        help_text="Of the charity, such as its number at the National Centre for Non-Profit Sector (NCNP).",
                        max_length=40,
                        verbose_name="licence number",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="causes",
                        to="accounts.merchant",
                        verbose_name="merchant",
                    ),
                ),
            ],
            options={
                "verbose_name": "cause",
                "verbose_name_plural": "causes",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "code"), name="cause_code_per_merchant")
                ],
            },
        ),
        migrations.CreateModel(
            name="Giving",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("takes_points", models.BooleanField(default=True, verbose_name="members may give points")),
                (
                    "min_points",
                    models.PositiveIntegerField(
                        default=100,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="smallest gift, in points",
                    ),
                ),
                (
                    "step_points",
                    models.PositiveIntegerField(
                        default=1,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="in steps of, in points",
                    ),
                ),
                (
                    "share_percent",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="the shop gives of each purchase, %",
                    ),
                ),
                (
                    "share_cap_minor",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="at most per purchase"),
                ),
                (
                    "keep_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        help_text="The share is entered when they are over, for what was kept; after that it stays.",
                        validators=[django.core.validators.MaxValueValidator(365)],
                        verbose_name="days a purchase can be returned",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="givings",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "giving to causes",
                "verbose_name_plural": "giving to causes",
                "constraints": [
                    models.UniqueConstraint(fields=("version",), name="one_giving_per_version"),
                    models.CheckConstraint(
                        condition=models.Q(("share_percent__gte", 0), ("share_percent__lte", 100)),
                        name="giving_share_is_a_share",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("name_ar", models.CharField(max_length=120, verbose_name="name in Arabic")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                (
                    "description_ar",
                    models.CharField(blank=True, max_length=600, verbose_name="description in Arabic"),
                ),
                (
                    "description_en",
                    models.CharField(blank=True, max_length=600, verbose_name="description in English"),
                ),
                ("place_ar", models.CharField(max_length=160, verbose_name="place in Arabic")),
                ("place_en", models.CharField(max_length=160, verbose_name="place in English")),
                ("starts_at", models.DateTimeField(verbose_name="begins")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                (
                    "places",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100000),
                        ],
                        verbose_name="places",
                    ),
                ),
                ("points", models.PositiveIntegerField(default=0, verbose_name="price in points")),
                ("tiers", models.JSONField(blank=True, default=list, verbose_name="only for tiers")),
                ("segments", models.JSONField(blank=True, default=list, verbose_name="only for segments")),
                (
                    "plans",
                    models.JSONField(blank=True, default=list, verbose_name="only for membership plans"),
                ),
                ("opens_at", models.DateTimeField(blank=True, null=True, verbose_name="sign-up opens")),
                ("early_at", models.DateTimeField(blank=True, null=True, verbose_name="early access opens")),
                (
                    "early_tiers",
                    models.JSONField(blank=True, default=list, verbose_name="early access for tiers"),
                ),
                (
                    "closes_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When it begins, if nothing is said.",
                        null=True,
                        verbose_name="sign-up closes",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("open", "Open"), ("cancelled", "Cancelled")],
                        default="draft",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="accounts.merchant",
                        verbose_name="merchant",
                    ),
                ),
            ],
            options={
                "verbose_name": "member event",
                "verbose_name_plural": "member events",
                "ordering": ["-starts_at", "id"],
                "indexes": [models.Index(fields=["merchant", "starts_at"], name="event_of_merchant")],
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "code"), name="event_code_per_merchant"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="event_ends_after_it_begins",
                    ),
                    models.CheckConstraint(condition=models.Q(("places__gte", 1)), name="event_has_places"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="partner",
            constraint=models.UniqueConstraint(
                condition=models.Q(("shop__isnull", False), ("state__in", ("asked", "active"))),
                fields=("merchant", "shop"),
                name="one_agreement_with_a_shop",
            ),
        ),
        migrations.AddConstraint(
            model_name="partner",
            constraint=models.UniqueConstraint(
                condition=models.Q(("link_code", ""), _negated=True),
                fields=("link_code",),
                name="partner_link_is_its_own",
            ),
        ),
        migrations.AddConstraint(
            model_name="partner",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key_hash", ""), _negated=True),
                fields=("key_hash",),
                name="partner_key_is_its_own",
            ),
        ),
        migrations.AddConstraint(
            model_name="partner",
            constraint=models.CheckConstraint(
                condition=models.Q(("shop", models.F("merchant")), _negated=True), name="partner_is_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="partneroffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("merchant", "reward_code"),
                name="one_partner_per_reward",
            ),
        ),
    ]
