"""Who asks on one of our own pages, and at which merchant."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.access import Actor
from accounts.models import User
from accounts.reach import current_merchant, reach_of


def actor_in(request: HttpRequest, room: str, right: str = "view") -> Actor:
    """Return the signed-in person as an actor at the chosen merchant; 403 without ``right`` in ``room``."""
    reach = reach_of(request)
    if not reach.may(right, room):
        raise PermissionDenied
    return reach.actor(current_merchant(request, right=right, room=room), cast(User, request.user))
