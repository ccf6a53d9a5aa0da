"""Where pictures of rewards are found: an address that nobody can guess and that never shows another one."""

from pathlib import PurePath
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from accounts.models import Merchant
from programs.models import Reward


def picture_address(reward: Reward, merchant: Merchant) -> str:
    """The path of a reward's picture; nothing where it has none."""
    if not reward.picture:
        return ""
    name = PurePath(reward.picture.name or "").stem
    return reverse("portal:picture", kwargs={"slug": merchant.slug, "name": name})


def whole_picture_address(reward: Reward, merchant: Merchant) -> str:
    """The same with the site's own name before it, for machines."""
    path = picture_address(reward, merchant)
    return urljoin(settings.SITE_URL, path) if path else ""
