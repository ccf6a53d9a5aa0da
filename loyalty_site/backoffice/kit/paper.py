"""Draws the kit: one PDF of one page per piece, whose picture is made from that very PDF.

Arabic is shaped by HarfBuzz and set from right to left; the QR code is drawn as exact squares. This module
loads the drawing libraries and is itself loaded only when something is drawn.
"""

import io
import logging
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

import pypdfium2
import segno
from fpdf import FPDF
from fpdf.enums import Align
from PIL import Image

from loyalty_site.backoffice.kit.words import Words
from loyalty_site.colours import Palette, parse

FONTS: Final = Path(__file__).parent / "fonts"
INK, QUIET, WHITE = "#10201d", "#4b5a57", "#ffffff"
POINT: Final = 25.4 / 72
"""A typographic point in millimetres."""
MOST_PIXELS: Final = 25_000_000
"""A logo beyond this is not decoded."""
_PICTURES = Lock()  # PDFium draws one page at a time in a process
logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells every step of choosing glyphs


@dataclass(frozen=True, slots=True)
class Look:
    """The merchant's colours, and its logo as it was uploaded."""

    colours: Palette
    logo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the page in millimetres, from its top left corner."""

    x: float
    y: float
    width: float
    height: float


class Titled(Protocol):
    """What every sheet must know of its words."""

    @property
    def language(self) -> str:
        """The language they are in."""
        ...

    @property
    def shop(self) -> str:
        """Whose sheet it is."""
        ...

    @property
    def programme(self) -> str:
        """What it is about."""
        ...

    @property
    def is_rtl(self) -> bool:
        """Whether they are read from right to left."""
        ...


class Sheet:
    """One page and how words, shapes and codes are set on it; every size is in millimetres."""

    def __init__(self, width: float, height: float, words: Titled) -> None:
        self.width, self.height, self.words = width, height, words
        self.pdf = FPDF(unit="mm", format=(width, height))
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        for style, file in (("", "poster-regular.ttf"), ("B", "poster-bold.ttf")):
            self.pdf.add_font("poster", style, str(FONTS / file))
        self.pdf.set_title(f"{words.shop}: {words.programme}")
        self.pdf.set_lang(words.language)
        self.pdf.add_page()
        direction, script = ("rtl", "arab") if words.is_rtl else ("ltr", "latn")
        self.pdf.set_text_shaping(True, direction=direction, script=script, language=words.language)

    def fill(self, box: Box, colour: str, *, round_by: float = 0) -> None:
        """Paint a box."""
        self.pdf.set_fill_color(*parse(colour))
        self.pdf.rect(
            box.x, box.y, box.width, box.height, style="F",
            round_corners=bool(round_by), corner_radius=round_by,
        )  # fmt: skip

    def write(
        self, text: str, box: Box, size: float, colour: str, *, bold: bool = False, lines: int = 1
    ) -> float:
        """Set ``text`` in the middle of the box's width, in at most ``lines`` lines, smaller if it must be.

        ``size`` is the height of a letter's body; returns where the text ends.
        """
        self.pdf.set_text_color(*parse(colour))
        set_lines = self._fitted(text, box.width, size, bold, lines)
        leading = self.pdf.font_size * 1.45
        for number, line in enumerate(set_lines):
            self.pdf.set_xy(box.x, box.y + number * leading)
            self.pdf.cell(box.width, leading, line, align=Align.C)
        return box.y + len(set_lines) * leading

    def _fitted(self, text: str, width: float, size: float, bold: bool, lines: int) -> list[str]:
        for _attempt in range(40):
            self.pdf.set_font("poster", "B" if bold else "", size / POINT)
            found = self._wrapped(text, width)
            if len(found) <= lines and all(self.pdf.get_string_width(line) <= width for line in found):
                return found
            size *= 0.95
        return found[:lines]

    def _wrapped(self, text: str, width: float) -> list[str]:
        """Break at spaces, into lines of much the same length."""
        words = text.split()
        for count in range(1, len(words) + 1):
            share = self.pdf.get_string_width(text) / count
            for limit in (share * 1.12, share * 1.35, width):
                found = self._filled(words, min(width, limit))
                if len(found) <= count and all(self.pdf.get_string_width(line) <= width for line in found):
                    return found
        return self._filled(words, width)

    def _filled(self, words: list[str], limit: float) -> list[str]:
        lines = [""]
        for word in words:
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.pdf.get_string_width(longer) > limit:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def code(self, text: str, box: Box) -> None:
        """Draw a QR code that fills the box with its quiet zone of four modules; what it lies on is white."""
        rows = [bytes(row) for row in segno.make(text, micro=False, error="q").matrix]
        module = box.width / (len(rows) + 8)
        self.pdf.set_fill_color(*parse(INK))
        for y, row in enumerate(rows):
            start = None
            for x, dark in enumerate([*row, 0]):
                if dark and start is None:
                    start = x
                elif not dark and start is not None:
                    left, top = box.x + (start + 4) * module, box.y + (y + 4) * module
                    self.pdf.rect(left, top, (x - start) * module, module, style="F")
                    start = None

    def picture(self, content: bytes | None, box: Box) -> bool:
        """Fit the logo into the box; False where there is none that can be read."""
        picture = opened(content)
        if picture is None:
            return False
        scale = min(box.width / picture.width, box.height / picture.height)
        width, height = picture.width * scale, picture.height * scale
        self.pdf.image(
            picture, box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height,
            alt_text=self.words.shop,
        )  # fmt: skip
        return True

    def bytes(self) -> bytes:
        """The finished PDF."""
        return bytes(self.pdf.output())


def opened(content: bytes | None) -> Image.Image | None:
    """Decode a logo, made small enough for paper; None for what is no picture, or an absurd one."""
    if not content:
        return None
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.thumbnail((900, 900))
            return picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def poster(words: Words, look: Look, width: float, height: float) -> bytes:
    """A poster for the counter: the headline, the code, what is promised, and the fine print."""
    sheet, unit, colours = Sheet(width, height, words), width / 210, look.colours
    sheet.fill(Box(0, 0, width, height * 0.47), colours.brand)
    y = masthead(sheet, look, top=11 * unit, size=23 * unit)
    y = sheet.write(words.programme, inset(width, 20, y + 1 * unit, unit), 6.5 * unit, colours.ink)
    sheet.write(
        words.headline, inset(width, 14, y + 2 * unit, unit), 17 * unit, colours.ink, bold=True, lines=2
    )
    side = 92 * unit
    tile = Box((width - side) / 2, height * 0.47 - 34 * unit, side, side + 16 * unit)
    sheet.fill(Box(tile.x - 1, tile.y - 1, tile.width + 2, tile.height + 2), colours.soft, round_by=7 * unit)
    sheet.fill(tile, WHITE, round_by=6 * unit)
    sheet.code(words.join, Box(tile.x + 3 * unit, tile.y + 1 * unit, side - 6 * unit, side - 6 * unit))
    under = Box(tile.x, tile.y + side - 6 * unit, side, 10)
    sheet.write(words.invitation, under, 10 * unit, colours.accent, bold=True)
    y = sheet.write(words.address, inset(width, 20, tile.y + tile.height + 2 * unit, unit), 4.6 * unit, QUIET)
    _tiles(sheet, words, colours, Box(14 * unit, y + 6 * unit, width - 28 * unit, 38 * unit), unit)
    sheet.write(words.fine_print, inset(width, 14, height - 15 * unit, unit), 3.4 * unit, QUIET, lines=2)
    return sheet.bytes()


def table_card(words: Words, look: Look, width: float, height: float) -> bytes:
    """A card for the table: the code, the invitation and the strongest promise."""
    sheet, unit, colours = Sheet(width, height, words), width / 105, look.colours
    sheet.fill(Box(0, 0, width, 47 * unit), colours.brand)
    y = masthead(sheet, look, top=4 * unit, size=10 * unit)
    sheet.write(
        words.headline, inset(width, 7, y + 1 * unit, unit), 7.4 * unit, colours.ink, bold=True, lines=2
    )
    side = 56 * unit
    tile = Box((width - side) / 2, 39 * unit, side, side + 7 * unit)
    sheet.fill(
        Box(tile.x - 0.5, tile.y - 0.5, tile.width + 1, tile.height + 1), colours.soft, round_by=4 * unit
    )
    sheet.fill(tile, WHITE, round_by=3.5 * unit)
    sheet.code(words.join, Box(tile.x + 1 * unit, tile.y, side - 2 * unit, side - 2 * unit))
    sheet.write(
        words.invitation, Box(tile.x, tile.y + side - 3 * unit, side, 8), 6 * unit, colours.accent, bold=True
    )
    y = tile.y + tile.height + 3 * unit
    for _about, promise in words.promises[:2]:
        y = sheet.write(promise, inset(width, 7, y, unit), 5 * unit, INK, bold=True)
    y = sheet.write(words.address, inset(width, 7, y + 1 * unit, unit), 3.4 * unit, QUIET)
    sheet.write(words.fine_print, inset(width, 6, height - 11 * unit, unit), 2.3 * unit, QUIET, lines=3)
    return sheet.bytes()


def banner(words: Words, look: Look, width: float, height: float) -> bytes:
    """A banner for the shop's home page: no code, for whoever sees it can press it."""
    sheet, colours, unit = Sheet(width, height, words), look.colours, height / 100
    sheet.fill(Box(0, 0, width, height), colours.brand)
    y = sheet.write(
        f"{words.shop} · {words.programme}", inset(width, 12, 13 * unit, unit), 8 * unit, colours.ink
    )
    y = sheet.write(words.headline, inset(width, 12, y + 1 * unit, unit), 16 * unit, colours.ink, bold=True)
    facts = " · ".join(promise for _about, promise in words.promises[:2])
    y = sheet.write(facts, inset(width, 12, y + 1 * unit, unit), 8.5 * unit, colours.ink)
    pill = Box(width / 2 - 36 * unit, y + 4 * unit, 72 * unit, 19 * unit)
    sheet.fill(pill, colours.ink, round_by=9 * unit)
    sheet.write(
        words.call, Box(pill.x, pill.y + 2.6 * unit, pill.width, 10), 9.5 * unit, colours.brand, bold=True
    )
    return sheet.bytes()


def picture_of(pdf: bytes, pixels: int) -> bytes:
    """The first page of a PDF as PNG, ``pixels`` wide."""
    with _PICTURES:
        document = pypdfium2.PdfDocument(pdf)
        try:
            page = document[0]
            drawn = page.render(scale=pixels / page.get_width()).to_pil()
        finally:
            document.close()
    out = io.BytesIO()
    drawn.convert("RGB").save(out, "PNG", optimize=True)
    return out.getvalue()


def inset(width: float, margin: float, y: float, unit: float) -> Box:
    """The whole width of the page from ``y`` on, but for its margins."""
    return Box(margin * unit, y, width - 2 * margin * unit, 0)


def masthead(sheet: Sheet, look: Look, *, top: float, size: float) -> float:
    """The logo on a white tile, or else the shop's name; returns where it ends."""
    box = Box((sheet.width - size * 1.6) / 2, top, size * 1.6, size)
    inner = Box(box.x + size * 0.12, box.y + size * 0.12, box.width - size * 0.24, box.height - size * 0.24)
    if opened(look.logo) is not None:
        sheet.fill(box, WHITE, round_by=size * 0.18)
        sheet.picture(look.logo, inner)
        return box.y + box.height + size * 0.1
    middle = Box(size * 0.5, top + size * 0.05, sheet.width - size, 0)
    return sheet.write(sheet.words.shop, middle, size * 0.55, look.colours.ink, bold=True)


def _tiles(sheet: Sheet, words: Words, colours: Palette, box: Box, unit: float) -> None:
    """What is promised, side by side in reading order."""
    promises = words.promises
    gap = 5 * unit
    width = (box.width - gap * (len(promises) - 1)) / len(promises)
    for place, (about, promise) in enumerate(promises):
        column = len(promises) - 1 - place if sheet.words.is_rtl else place
        left = box.x + column * (width + gap)
        sheet.fill(Box(left, box.y, width, box.height), colours.soft, round_by=4 * unit)
        inside = Box(left + 4 * unit, box.y + 6 * unit, width - 8 * unit, 0)
        y = sheet.write(about, inside, 4.6 * unit, QUIET)
        below = Box(inside.x, y + 2 * unit, inside.width, 0)
        sheet.write(promise, below, 7 * unit, colours.accent, bold=True, lines=2)
