"""A machine for whoever tells it something."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.campaigns.machines import Machine, listening


@pytest.fixture
def machine(settings: Settings) -> Iterator[Machine]:
    """A machine that the installation trusts, though it is private."""
    with listening() as there:
        settings.OUTSIDE_TRUSTED = [there.url.split("/")[2]]
        yield there
