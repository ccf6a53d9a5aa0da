"""A carrier that keeps what it was given: what a member's phone would show."""

from accounts.models import Merchant

kept: list[tuple[str, str]] = []


def keep(*, merchant: Merchant, destination: str, code: str) -> None:
    """Keep the code for the test that asked for it."""
    kept.append((destination, code))
