from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("campaigns", "0002_points_ready_to_spend")]
    operations: ClassVar = []
