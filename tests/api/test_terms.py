"""The page of terms through the API: the edition that stands, word for word, to whoever holds a key."""

import pytest
import time_machine

from programs.models import TermsEdition
from tests.api.conftest import Caller
from tests.cast import NOW, Shop
from tests.recipes.test_terms_page import PAGE, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scope", ["till", "shop", "read", "manage"])
def test_every_key_reads_the_edition_that_stands(shop: Shop, scope: str) -> None:
    said = Caller(shop.key(scope)).get("terms")
    edition = TermsEdition.objects.get(merchant=shop.merchant)
    assert (said["edition"], said["digest"], said["takes_something"]) == (1, edition.digest, False)
    assert [text["language"] for text in said["texts"]] == ["ar", "en"]
    for text in said["texts"]:
        written = [section["title"] for section in edition.text[text["language"]]]
        assert [section["title"] for section in text["sections"]] == written
        assert all(section["lines"] for section in text["sections"])


def test_a_member_who_joins_agrees_to_the_edition_that_was_read(
    api: Caller, shop: Shop, clock: time_machine.Traveller
) -> None:
    signed_in(shop, "owner").post(PAGE, {"contact_ar": "اتصل بنا", "contact_en": "Call us"})
    clock.shift(60)
    said = api.get("terms")
    assert said["edition"] == 2
    assert said["texts"][1]["changes"] == ["New: Contact: Call us"]
    assert said["in_force_from"].startswith(NOW.strftime("%Y-%m-%dT"))
    api.post("members", {"phone": "0551110009", "terms": said["edition"]})
    answer = TermsEdition.objects.get(merchant=shop.merchant, number=2).answers.get()
    assert (answer.source, answer.agreed) == ("api", True)
