from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("programs", "0004_rules_caps_and_occasions")]
    operations: ClassVar = []
