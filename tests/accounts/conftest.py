"""Two merchants, and the moment at which the tests of this room happen."""

from datetime import UTC, datetime

import pytest

from accounts.models import Merchant

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def shop(db: None) -> Merchant:
    return Merchant.objects.create(slug="oasis", name_ar="مقهى الواحة", name_en="Oasis Café")


@pytest.fixture
def rival(db: None) -> Merchant:
    return Merchant.objects.create(slug="rival", name_ar="المنافس", name_en="The Rival")
