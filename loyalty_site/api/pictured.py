"""How the API tells of a picture."""

from typing import Any

from rest_framework import serializers

from loyalty_site.pictures import whole_address


class PictureOutput(serializers.Serializer[Any]):
    """A picture: WebP, at most 1200 pixels wide."""

    url = serializers.CharField()
    alt = serializers.CharField()


def picture_told(name: str | None, alt: str) -> dict[str, str] | None:
    """Where the picture with a file's name is, and what it shows; None where there is none."""
    url = whole_address(name)
    return {"url": url, "alt": alt} if url else None
