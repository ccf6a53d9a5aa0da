"""Pictures of causes, with what they show in words."""

from typing import ClassVar

from django.db import migrations, models

import programs.pictures


def _words(name: str) -> models.CharField:
    return models.CharField(blank=True, db_default="", default="", max_length=160, verbose_name=name)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("programs", "0012_contests")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="cause",
            name="picture",
            field=models.ImageField(
                blank=True,
                db_default="",
                default="",
                storage=programs.pictures.storage,
                upload_to="rewards/",
                verbose_name="picture",
            ),
        ),
        migrations.AddField(
            model_name="cause",
            name="picture_alt_ar",
            field=_words("what the picture shows, in Arabic"),
        ),
        migrations.AddField(
            model_name="cause",
            name="picture_alt_en",
            field=_words("what the picture shows, in English"),
        ),
    ]
