"""Name every API key by its prefix: its id stands in addresses, and held the hash of the secret."""

from typing import Any

from django.db import migrations
from django.db.models import F


def name_by_prefix(apps: Any, schema_editor: Any) -> None:
    """Replace the ids; nothing refers to a key by its id."""
    apps.get_model("accounts", "ApiKey").objects.update(id=F("prefix"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(name_by_prefix, migrations.RunPython.noop)]
