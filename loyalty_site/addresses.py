"""Addresses: of a caller, which limits count by, and of our own pages as others are told them."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Merchant


def client_address(request: HttpRequest) -> str:
    """Return the caller's address: the one our own proxy saw (the last it added), or the connection's."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return forwarded.rsplit(",", 1)[-1].strip() or str(request.META.get("REMOTE_ADDR", ""))


def address_of(merchant: Merchant, name: str = "home", **places: str) -> str:
    """The absolute address of a page of the portal; every visitor joins from its home."""
    origin = f"https://{merchant.host}" if merchant.host else settings.SITE_URL.rstrip("/")
    return origin + reverse(f"portal:{name}", kwargs={"slug": merchant.slug, **places})
