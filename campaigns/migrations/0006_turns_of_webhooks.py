"""Addresses take turns: when each was last served, and what is due at one found without the others'."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Outgoing webhooks."""

    dependencies: ClassVar = [("campaigns", "0006_events_called_off")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="webhookendpoint",
            name="served_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["endpoint", "due_at", "id"],
                name="webhook_due_of_endpoint",
            ),
        ),
    ]
