"""What a complete profile says is the shop's to choose."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Value

import accounts.models.merchants


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0008_vat_number")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="merchant",
            name="profile_asks",
            field=models.JSONField(
                db_default=Value(["given_name", "family_name", "email", "birthday"], models.JSONField()),
                default=accounts.models.merchants.default_profile,
                verbose_name="a complete profile says",
            ),
        ),
    ]
