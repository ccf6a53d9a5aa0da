"""The merchant's look: readable in any colour, cached, and nobody's personal page."""

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from loyalty_site.colours import AA, WHITE, contrast, css, palette, parse
from tests.portal.conftest import Visitor

COLOURS = st.tuples(*[st.integers(0, 255)] * 3).map(css)


@given(COLOURS)
def test_text_is_readable_on_every_merchants_colour(colour: str) -> None:
    found = palette(colour)
    for text, ground in ((found.ink, found.brand), (found.ink, found.deep), (found.accent, found.soft)):
        assert contrast(parse(text), parse(ground)) >= AA
    assert contrast(parse(found.accent), WHITE) >= AA


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast((0, 0, 0), WHITE) == 21
    assert contrast((0x76, 0x76, 0x76), WHITE) == pytest.approx(4.54, abs=0.01)


def test_a_readable_colour_is_left_as_it_is() -> None:
    assert palette("#0f766e").brand == "#0f766e"


def test_the_stylesheet_holds_the_colours_and_nothing_else(visitor: Visitor) -> None:
    answer = visitor.get("theme.css")
    assert re.fullmatch(r":root\{(--\w+:#[0-9a-f]{6};){5}\}\n", answer.content.decode())
    assert "max-age" in answer.headers["cache-control"]
    assert not answer.cookies
    assert "cookie" not in answer.headers.get("vary", "").lower()


def test_the_manifest_opens_the_card_in_the_shops_language(visitor: Visitor) -> None:
    manifest = json.loads(visitor.get("manifest.webmanifest").content)
    assert (manifest["lang"], manifest["dir"], manifest["name"]) == ("ar", "rtl", "متجر oasis")
    assert manifest["start_url"] == manifest["scope"] == "/m/oasis/"
    for icon in manifest["icons"]:
        picture = Image.open(io.BytesIO(visitor.client.get(icon["src"]).content))
        assert f"{picture.width}x{picture.height}" == icon["sizes"]


def test_pictures_that_are_not_there_are_not_here(visitor: Visitor) -> None:
    for path in ("icon-9999.png", "icon-0.png", "logo"):
        assert visitor.get(path).status_code == 404
