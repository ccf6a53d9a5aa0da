"""The description is honest: valid, complete, and whatever it allows or forbids is answered so."""

from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from loyalty_site.api.urls import ADDRESSES
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import Shop

BOUNDED = settings(
    max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


TAKE_NOTHING = {"programme", "terms", "tiers", "causes", "member-events"}
"""What takes nothing that could be wrong."""
LISTS_OF_ALL = {"webhooks"}
"""Where only what is sent could be wrong, and nothing of what is asked for."""

# A phone may be well-formed and nobody's; and the key is sent by the test itself, not by the generator.
UNKNOWABLE = [positive_data_acceptance, ignored_auth]
# What is wrong with one order of many is said in its place.
IN_ITS_PLACE = {"purchases/bulk": [negative_data_rejection]}


@pytest.fixture
def described(shop: Shop) -> Any:
    """The description as our own site serves it, with a key that may do everything."""
    buy(Caller(shop.key()), "900", number=shop.member.number, order="A-1001")
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", app=get_wsgi_application())
    schema.config.update(headers={"Authorization": f"Api-Key {shop.key()}"})
    return schema


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("address", "mode"),
    [
        (address, mode)
        for address in sorted(ADDRESSES)
        for mode in GenerationMode
        if not (address in TAKE_NOTHING and mode == GenerationMode.NEGATIVE)
    ],
)
def test_every_operation_does_what_it_says(described: Any, address: str, mode: GenerationMode) -> None:
    path = f"/api/v1/{shown(address)}"
    for method, operation in described[path].items():
        if mode == GenerationMode.NEGATIVE and method.lower() == "get" and address in LISTS_OF_ALL:
            continue
        strategy = operation.as_strategy(generation_mode=mode)

        @BOUNDED
        @given(case=strategy)
        def holds(case: Any) -> None:
            case.call_and_validate(excluded_checks=[*UNKNOWABLE, *IN_ITS_PLACE.get(address, ())])

        holds()


def shown(address: str) -> str:
    """Return an address as the description spells it."""
    return address.replace("readable:", "").replace("int:", "").replace("<", "{").replace(">", "}")


def test_the_description_is_valid(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yml"))


def test_the_description_names_every_address(stage: Any) -> None:
    paths = Client(headers={"accept-language": "en"}).get("/api/schema/?format=json").json()["paths"]
    named = {path.removeprefix("/api/v1/") for path in paths}
    assert named == {shown(address) for address in ADDRESSES}


def test_the_page_needs_no_inline_script(db: None) -> None:
    page = Client().get("/api/docs/").content.decode()
    assert "<script>" not in page
    assert "style=" not in page
