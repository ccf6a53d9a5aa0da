"""A shop that is open."""

import pytest
import time_machine

from tests.cast import Cast, the_cast


@pytest.fixture
def stage(db: None, clock: time_machine.Traveller) -> Cast:
    """Everybody."""
    return the_cast()
