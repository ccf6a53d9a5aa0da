"""The probe of the books: whoever watches hears when nobody seals."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ledger.seals.sealing import LATE, seal
from tests.cast import open_shop
from tests.ledger.books import Books
from tests.ops.probing import probe

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_a_movement_that_waits_for_its_seal_is_a_warning_until_it_is_sealed() -> None:
    books = Books(open_shop("oasis", "0501234567").member)
    assert probe("/ops/books").status_code == 200
    books.now = timezone.now() - LATE - timedelta(seconds=30)
    books.earn(100)
    answer = probe("/ops/books?format=json")
    assert answer.status_code == 500
    assert "waited" in answer.content.decode()
    seal(clock=timezone.now)
    assert probe("/ops/books").status_code == 200
