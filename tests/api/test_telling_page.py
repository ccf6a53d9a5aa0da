"""The page of webhooks: its examples are what machines receive, its programs tell ours from others'."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts import outbox
from accounts.access import system_actor
from accounts.erasing import erase
from campaigns.webhooks import keeping, signing
from campaigns.webhooks.models import Topic
from loyalty_site.api.telling import SAID
from tests.api.conftest import Caller
from tests.campaigns.conftest import machine
from tests.campaigns.machines import Machine, tell
from tests.campaigns.test_webhook_news import (
    test_points_about_to_expire_are_told_once_and_then_that_they_died as of_expiry,
)
from tests.campaigns.test_webhook_news import test_points_that_waited_are_told_when_they_open as of_opening
from tests.campaigns.test_webhook_news import (
    test_who_is_at_risk_is_told_once_until_they_are_safe_again as of_risk,
)
from tests.campaigns.test_webhooks import test_rewards_tiers_and_people_are_told as of_the_rest
from tests.cast import Shop

__all__ = ["machine"]
Proves = Callable[[str, dict[str, str], bytes], bool]


def page(language: str = "en") -> str:
    return Client(headers={"accept-language": language}).get("/api/docs/webhooks/").content.decode()


def shown(kind: str) -> dict[str, str]:
    """The blocks of a kind on the page, by name."""
    found = re.findall(rf'<code data-{kind}="([^"]+)">(.*?)</code>', page(), re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


def shape(value: Any) -> Any:
    """What kind of thing it is, keys and all; nothing may stand for a text."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) else "text"


@pytest.mark.parametrize("scene", [of_the_rest, of_expiry, of_opening, of_risk])
def test_its_examples_are_what_machines_receive(
    scene: Callable[..., None], shop: Shop, machine: Machine, clock: time_machine.Traveller
) -> None:
    wanted = {"shop": shop, "machine": machine, "clock": clock}
    scene(**{name: wanted[name] for name in scene.__annotations__ if name in wanted})
    if scene is of_the_rest:
        shop.member.refresh_from_db()
        erase(member=shop.member, actor="staff:1", now=datetime.now(UTC))
        outbox.relay_topic("member.erased", now=datetime.now(UTC))
        tell()
    assert machine.told
    for said in machine.told:
        assert shape(said["data"]) == shape(SAID[Topic(said["type"])]), said["type"]
        assert set(said) == set(json.loads(shown("topic")[said["type"]]))


def test_every_topic_stands_there() -> None:
    assert set(shown("topic")) == set(Topic.values)


def signed(shop: Shop, body: bytes, now: datetime) -> tuple[str, str, dict[str, str]]:
    """A message's headers while its secret changes: both secrets, the old one first."""
    actor = system_actor(shop.merchant)
    made = keeping.create(actor=actor, url="https://9.9.9.9/a", topics=["points.earned"], now=now)
    new = keeping.rotate(actor=actor, code=made.code, now=now)
    headers = signing.headers_of(new, "msg_1", body.decode(), now)
    assert headers is not None
    return made.shown_secret, new.shown_secret, headers


def in_python(secret: str, headers: dict[str, str], body: bytes) -> bool:
    known: dict[str, Any] = {}
    exec(shown("language")["Python"], known)
    return bool(known["is_ours"](secret, headers, body))


def in_php(secret: str, headers: dict[str, str], body: bytes) -> bool:
    asked = json.dumps([secret, headers, body.decode()])
    asks = "[$s, $h, $b] = json_decode(stream_get_contents(STDIN), true); echo is_ours($s, $h, $b) ? 1 : 0;"
    program = shown("language")["PHP"].removeprefix("<?php") + asks
    ran = subprocess.run(["php", "-r", program], input=asked, capture_output=True, text=True, check=True)
    return ran.stdout == "1"


@pytest.mark.parametrize(
    "proves",
    [
        in_python,
        pytest.param(in_php, marks=pytest.mark.skipif(not shutil.which("php"), reason="no PHP here")),
    ],
)
def test_its_programs_know_ours(db: None, shop: Shop, proves: Proves) -> None:
    body, now = json.dumps({"type": "points.earned", "data": {"name": "نورة"}}).encode(), datetime.now(UTC)
    old, new, headers = signed(shop, body, now)
    for secret in (old, new):
        assert proves(secret, headers, body)
    assert not proves(new, headers, body.replace(b"earned", b"Earned"))
    assert not proves(signing.fresh_secret(), headers, body)
    assert not proves(new, headers | {"webhook-id": "msg_2"}, body)
    assert not proves(new, headers | {"webhook-signature": "v1,"}, body)
    with time_machine.travel(now - timedelta(minutes=6), tick=False):
        _old, new, early = signed_again(shop, body)
    assert not proves(new, early, body), "played back"


def signed_again(shop: Shop, body: bytes) -> tuple[str, str, dict[str, str]]:
    """The same, at an address of its own."""
    keeping.delete(actor=system_actor(shop.merchant), code=shop.merchant.webhooks.get().code)
    return signed(shop, body, datetime.now(UTC))


def test_its_call_is_one_that_works(shop: Shop) -> None:
    typed = shown("call")["search"]
    said = json.loads(re.search(r"-d '(.*)'", typed)[1])  # type: ignore[index]
    api = Caller(shop.key("shop"))
    api.post("members", {"phone": "+966555000001", "external_id": said["external_id"]})
    assert api.post("events", said)["event"] == "search"
    assert "testserver/api/v1/events" in typed


def test_it_is_there_in_both_languages(db: None) -> None:
    for language, words in (("en", "Hear what happens"), ("ar", "اعرف ما يحدث")):
        found = page(language)
        assert words in found
        assert f'lang="{language}"' in found
        assert "<script>" not in found
        assert "style=" not in found
