"""The form of a cause, with its picture."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.tenant_admin import TenantForm
from programs.models import Cause
from programs.picturing import PicturedForm


class CauseForm(PicturedForm, TenantForm):
    """A cause. Its picture says in words what it shows, in both languages or in none."""

    class Meta:
        model = Cause
        fields = (
            "merchant", "name_ar", "name_en", "description_ar", "description_en", "licence", "code",
            "picture", "picture_alt_ar", "picture_alt_en", "is_active",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse a picture described in one language alone."""
        said = super().clean() or self.cleaned_data
        arabic, english = (said.get(f"picture_alt_{language}") for language in ("ar", "en"))
        if said.get("picture") and bool(arabic) != bool(english):
            missing = "picture_alt_en" if arabic else "picture_alt_ar"
            self.add_error(missing, _("Say in both languages what the picture shows."))
        return said
