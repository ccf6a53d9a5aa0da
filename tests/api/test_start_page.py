"""The page "Earn your first points in ten minutes" is typed word for word."""

import html
import json
import os
import re
import subprocess
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from programs.practising import start_over
from tests.cast import Shop, make_key, open_shop

TYPED = re.compile(r"<pre[^>]*><code>(.*?)</code></pre>", re.DOTALL)


@pytest.fixture
def typist(transactional_db: None, live_server: Any) -> tuple[Shop, str]:
    """A shop whose practice key somebody just made, and where the site is."""
    shop = open_shop("oasis", "0501234567")
    start_over(merchant=shop.merchant, now=timezone.now())
    return shop, str(live_server.url)


def test_the_page_earns_points_when_typed(typist: tuple[Shop, str]) -> None:
    shop, site = typist
    page = Client().get("/api/docs/start/", headers={"host": site.partition("//")[2]}).content.decode()
    typed = [html.unescape(command) for command in TYPED.findall(page)]
    assert len(typed) == 9
    key = make_key(shop.merchant, "manage", is_sandbox=True)
    script = "\necho --8--\n".join(typed).replace("sandbox_…", key)
    ran = subprocess.run(
        ["/bin/bash", "-e", "-c", script],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = ran.stdout.split("--8--\n")[1:]
    joined, quoted, earned = (json.loads(text) for text in said[1:4])
    assert joined["given_name"] == "نورة"
    assert quoted["points"] == earned["points"] > 0
    assert "idempotency-replayed: true" in said[4].lower()
    many = json.loads(said[5])
    assert (many["created"], many["refused"]) == (1, 1)
    back, balance = json.loads(said[6]), json.loads(said[7])
    assert back["points"] < 0
    assert (
        balance["available"] == earned["points"] + many["results"][0]["purchase"]["points"] + back["points"]
    )


def test_the_page_is_there_in_both_languages(db: None) -> None:
    for language, words in (("en", "Earn your first points"), ("ar", "أول نقاط")):
        page = Client(headers={"accept-language": language}).get("/api/docs/start/").content.decode()
        assert words in page
        assert f'lang="{language}"' in page
        assert "<script>" not in page
        assert "style=" not in page
