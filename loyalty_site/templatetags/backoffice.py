"""Numbers and badges in the back office's templates."""

from typing import Any

from django import template

from loyalty_site.backoffice.badges import Badge
from programs.sentences import points_text

register = template.Library()


@register.filter
def grouped(number: Any) -> str:
    """Write 12345 as "12,345"."""
    return f"{int(number or 0):,}"


@register.filter
def signed(number: Any) -> str:
    """Write a change with its sign: "+125", "-50"."""
    return f"{int(number or 0):+,}"


@register.filter
def badge_colour(key: str) -> str:
    """Return the colour of a badge by its key."""
    return Badge.COLOURS.get(key, "default")


@register.filter
def percent(share: float | None) -> str:
    """Write 0.734 as "73%"."""
    return "—" if share is None else f"{share:.0%}"


@register.filter
def named(code: str, names: dict[str, Any]) -> str:
    """Return the name of a code."""
    return str(names.get(code, code))


@register.filter
def run_colour(state: str) -> str:
    """Return the colour of a run's state."""
    return {"waiting": "warning", "approved": "success", "rejected": "danger"}.get(state, "default")


@register.filter
def unlocalised(number: Any) -> str:
    """Write a number for an attribute: digits alone."""
    return str(int(number or 0))


@register.filter
def taken(points: int) -> str:
    """Write what was taken of a lot as the lot feels it: 500 taken is "-500"."""
    return f"{-points:+,}"


@register.filter
def points_words(points: int) -> str:
    """Write a number of points with its word: "500 points"."""
    return points_text(points)
