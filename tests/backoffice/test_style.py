"""The theme's stylesheet in logical properties, and our own sheets beside it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from loyalty_site.backoffice.logical_css import physical_declarations, to_logical
from loyalty_site.backoffice.staticfiles import KNOWN_SOURCE, STYLESHEET, source_digest

OWN_SHEETS = sorted((Path(settings.BASE_DIR) / "static" / "backoffice").glob("*.css"))


def test_the_themes_sheet_is_the_one_we_looked_at() -> None:
    """An upgrade of django-unfold lands here: look at the pages in Arabic, then note the new digest."""
    assert source_digest() == KNOWN_SOURCE


def test_no_physical_side_is_left_in_what_is_served() -> None:
    found = finders.find(STYLESHEET)
    assert "site-packages" not in str(found)
    css = Path(str(found)).read_text(encoding="utf-8")
    assert physical_declarations(css) == []
    assert css.count("inset-inline-") > 60


def test_the_package_still_needs_rewriting() -> None:
    """When this fails the package has become logical by itself, and our finder can go."""
    import unfold

    source = Path(unfold.__file__).parent / "static" / STYLESHEET
    assert len(physical_declarations(source.read_text(encoding="utf-8"))) > 500


@pytest.mark.parametrize(
    ("physical", "logical"),
    [
        (".a{margin-left:1px}", ".a{margin-inline-start:1px}"),
        (".a{padding-right:1px;left:0}", ".a{padding-inline-end:1px;inset-inline-start:0}"),
        (".a{border-left-width:1px}", ".a{border-inline-start-width:1px}"),
        (".a{border-top-right-radius:1px}", ".a{border-start-end-radius:1px}"),
        (".a{border-bottom-left-radius:1px}", ".a{border-end-start-radius:1px}"),
        (".a{text-align:left;float:right}", ".a{text-align:start;float:inline-end}"),
        (
            ".a{--tw-translate-x:calc(2px * -1)}",
            ".a{--tw-translate-x:calc(calc(2px * -1) * var(--reading-direction))}",
        ),
        (".left{top:0}", ".left{top:0}"),
        (".a{justify-content:left-over}", ".a{justify-content:left-over}"),
    ],
)
def test_sides_follow_the_reading_direction(physical: str, logical: str) -> None:
    assert to_logical(physical).startswith(logical)


@pytest.mark.parametrize("sheet", OWN_SHEETS, ids=lambda path: path.name)
def test_our_own_sheets_are_logical(sheet: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    squeezed = re.sub(r"\s*([{};:])\s*", r"\1", css)
    assert physical_declarations(squeezed) == []


def test_the_fonts_bring_their_licence() -> None:
    folder = Path(settings.BASE_DIR) / "static" / "fonts"
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8")
    named = set(re.findall(r"url\('([^']+)'\)", (folder / "fonts.css").read_text(encoding="utf-8")))
    assert named == {path.name for path in folder.glob("*.woff2")}
