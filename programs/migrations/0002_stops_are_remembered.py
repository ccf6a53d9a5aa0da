"""A programme remembers its pauses and closings: an order told late keeps its own date."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="programme",
            name="stops",
            field=models.JSONField(default=list, editable=False),
        ),
    ]
