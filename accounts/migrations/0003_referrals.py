from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0002_keys_named_by_prefix")]
    operations: ClassVar = []
