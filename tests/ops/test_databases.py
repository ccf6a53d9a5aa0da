"""Tests start from migrated copies, whatever they commit."""

import pytest

from accounts.models import Lease
from tests import databases


@pytest.mark.postgres
@pytest.mark.parametrize("time", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_what_a_test_commits_is_gone_for_the_next(time: str) -> None:
    assert not Lease.objects.exists()
    Lease.objects.create(name=time, holder="me", expires_at="2026-01-01T00:00Z")
    assert databases.current()["NAME"] != databases.GIVEN


@pytest.mark.postgres
@pytest.mark.django_db
def test_an_ordinary_test_sees_nothing_of_them() -> None:
    assert not Lease.objects.exists()
