"""Pictures that merchants upload: told by their content, bounded, and written anew without what came along.

What is kept is our own WebP of the picture's points alone: no place where it was taken, no camera, no second
file hidden behind it. SVG is a document that can carry a script, so it is refused.
"""

import io
import secrets
from pathlib import PurePath
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

TAKEN: Final = ("PNG", "JPEG", "WEBP")
MOST_BYTES: Final = 5_000_000
MOST_POINTS: Final = 40_000_000
LARGEST: Final = (1200, 900)
"""What the widest phone and the back office show sharply."""


class Pictures(FileSystemStorage):
    """Where pictures lie. Nothing of the media folder is served by name; a picture has its own address."""

    def url(self, name: str | None) -> str:
        """The address of a picture: nobody can guess it, and whoever has it may see it."""
        return reverse("picture", args=[PurePath(name or "").stem])


def storage() -> Pictures:
    """Return where pictures lie, as the settings of the moment say."""
    return Pictures()


def cleaned(upload: Any) -> ContentFile[bytes]:
    """The upload as a WebP of at most 1200 × 900 under a name that nobody can guess.

    Raises ``ValidationError`` for a file that is too large, no picture, or of a kind that is not taken.
    """
    upright = opened(upload)
    small = upright.convert("RGBA" if _is_see_through(upright) else "RGB")
    small.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    bare = Image.new(small.mode, small.size)
    bare.paste(small)
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=82, method=4)
    return ContentFile(written.getvalue(), name=f"{secrets.token_urlsafe(16)}.webp")


def opened(upload: Any, *, most_bytes: int = MOST_BYTES) -> Image.Image:
    """The picture's points, the right way up.

    Raises ``ValidationError`` for a file that is too large, no picture, or of a kind that is not taken.
    """
    if upload.size > most_bytes:
        said = _("The picture must be smaller than %(size)s MB.") % {"size": most_bytes // 1_000_000}
        raise ValidationError(said, code="picture_too_large")
    upload.seek(0)
    try:
        with Image.open(upload, formats=TAKEN) as found:
            if found.width * found.height > MOST_POINTS:
                raise ValidationError(_("The picture has too many pixels."), code="picture_too_large")
            found.load()
            return ImageOps.exif_transpose(found)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(_("Use a picture in PNG, JPEG or WebP."), code="picture_unreadable") from error


def _is_see_through(picture: Image.Image) -> bool:
    return "A" in picture.getbands() or "transparency" in picture.info
