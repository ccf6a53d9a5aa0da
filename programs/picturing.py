"""The part of a form that takes a picture."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from programs.pictures import cleaned


class PicturedForm(forms.BaseModelForm):  # type: ignore[type-arg]
    """A form of what may be shown with a picture."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "picture" in self.fields:
            self.fields["picture"].widget.attrs["accept"] = "image/png,image/jpeg,image/webp"

    def clean_picture(self) -> Any:
        """Write a new picture anew, without what came along with it. Raises `ValidationError`."""
        chosen = self.cleaned_data.get("picture")
        return cleaned(chosen) if isinstance(chosen, UploadedFile) else chosen
