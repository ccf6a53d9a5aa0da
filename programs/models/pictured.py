"""What may be shown with a picture that the merchant uploads."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from programs.pictures import storage

PICTURES: Final = "rewards"
"""The folder of the pictures."""


class Pictured(models.Model):
    """A picture, and what it shows for those who cannot see it."""

    picture = models.ImageField(
        _("picture"), upload_to=f"{PICTURES}/", storage=storage, blank=True, default="", db_default=""
    )
    picture_alt_ar = models.CharField(
        _("what the picture shows, in Arabic"), max_length=160, blank=True, default="", db_default=""
    )
    picture_alt_en = models.CharField(
        _("what the picture shows, in English"), max_length=160, blank=True, default="", db_default=""
    )

    class Meta:
        abstract = True

    @property
    def picture_alt(self) -> str:
        """What the picture shows, in the reader's language; its owner's name where nothing was said."""
        return in_language(self, "picture_alt") or in_language(self, "name")
