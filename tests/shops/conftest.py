"""A stage, and a server that speaks the shops' APIs."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from ledger.shops.sources import sources
from tests.shops.shop_server import Desk, serving

PLACES = {"salla": "/admin/v2", "zid": "/v1", "foodics": "/v5"}


@pytest.fixture
def desk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The shops' APIs, on this machine."""
    with serving() as desk:
        settings.OUTSIDE_TRUSTED = [urlsplit(desk.address).netloc]
        for code, place in PLACES.items():
            monkeypatch.setattr(type(sources()[code]), "api_url", desk.address + place)
        yield desk
