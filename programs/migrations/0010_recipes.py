"""The page of terms in editions, what a shop adds to it, and who agreed to which."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_recipes"), ("programs", "0009_causes")]

    operations = [
        migrations.CreateModel(
            name="TermsAdditions",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "company",
                    models.CharField(
                        blank=True, max_length=160, verbose_name="company's name in the commercial register"
                    ),
                ),
                (
                    "registration",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="commercial registration number"
                    ),
                ),
                ("vat_number", models.CharField(blank=True, max_length=40, verbose_name="VAT number")),
                (
                    "contact_ar",
                    models.TextField(blank=True, max_length=2000, verbose_name="contact, in Arabic"),
                ),
                (
                    "contact_en",
                    models.TextField(blank=True, max_length=2000, verbose_name="contact, in English"),
                ),
                (
                    "complaints_ar",
                    models.TextField(blank=True, max_length=2000, verbose_name="complaints, in Arabic"),
                ),
                (
                    "complaints_en",
                    models.TextField(blank=True, max_length=2000, verbose_name="complaints, in English"),
                ),
                ("law_ar", models.TextField(blank=True, max_length=2000, verbose_name="law, in Arabic")),
                ("law_en", models.TextField(blank=True, max_length=2000, verbose_name="law, in English")),
                ("more_ar", models.TextField(blank=True, max_length=2000, verbose_name="more, in Arabic")),
                ("more_en", models.TextField(blank=True, max_length=2000, verbose_name="more, in English")),
                ("is_worse", models.BooleanField(default=False, verbose_name="takes something from members")),
                ("effective_from", models.DateTimeField(editable=False, verbose_name="in force from")),
                ("said_at", models.DateTimeField(editable=False, verbose_name="said")),
                ("said_by", models.CharField(editable=False, max_length=60, verbose_name="said by")),
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
                "verbose_name": "additions to the terms",
                "verbose_name_plural": "additions to the terms",
            },
        ),
        migrations.CreateModel(
            name="TermsEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("text", models.JSONField(verbose_name="text")),
                ("changes", models.JSONField(default=dict, verbose_name="what changed")),
                ("is_worse", models.BooleanField(default=False, verbose_name="takes something from members")),
                ("digest", models.CharField(max_length=64)),
                ("effective_from", models.DateTimeField(verbose_name="in force from")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                (
                    "additions",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.termsadditions",
                        verbose_name="additions to the terms",
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
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="programs.programmeversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "edition of the terms",
                "verbose_name_plural": "editions of the terms",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="TermsAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agreed", models.BooleanField(verbose_name="agreed")),
                (
                    "language",
                    models.CharField(
                        choices=[("ar", "Arabic"), ("en", "English")], max_length=2, verbose_name="language"
                    ),
                ),
                ("source", models.CharField(max_length=20, verbose_name="source")),
                ("actor", models.CharField(max_length=60, verbose_name="actor")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms_answers",
                        to="accounts.member",
                        verbose_name="member",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="programs.termsedition",
                        verbose_name="edition of the terms",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer to the terms",
                "verbose_name_plural": "answers to the terms",
            },
        ),
        migrations.AddIndex(
            model_name="termsadditions",
            index=models.Index(fields=["merchant", "-effective_from", "-id"], name="additions_in_force"),
        ),
        migrations.AddIndex(
            model_name="termsedition",
            index=models.Index(fields=["merchant", "-effective_from"], name="editions_in_force"),
        ),
        migrations.AddConstraint(
            model_name="termsedition",
            constraint=models.UniqueConstraint(
                fields=("merchant", "number"), name="edition_number_per_merchant"
            ),
        ),
        migrations.AddIndex(
            model_name="termsanswer",
            index=models.Index(fields=["member", "-at"], name="terms_answers_of_member"),
        ),
        migrations.AddIndex(
            model_name="termsanswer",
            index=models.Index(fields=["edition", "member"], name="terms_answers_of_edition"),
        ),
    ]
