"""Draws what is printed one by one: the poster for checking in at a branch, and a gift card."""

from loyalty_site.backoffice.kit.notice_words import Notice
from loyalty_site.backoffice.kit.paper import INK, QUIET, WHITE, Box, Look, Sheet, inset, masthead


def check_in(words: Notice, look: Look, width: float, height: float) -> bytes:
    """A poster with one large code."""
    sheet, unit, colours = Sheet(width, height, words), width / 210, look.colours
    sheet.fill(Box(0, 0, width, height * 0.42), colours.brand)
    y = masthead(sheet, look, top=12 * unit, size=23 * unit)
    y = sheet.write(words.programme, inset(width, 20, y + 1 * unit, unit), 8 * unit, colours.ink)
    sheet.write(
        words.headline, inset(width, 14, y + 3 * unit, unit), 15 * unit, colours.ink, bold=True, lines=2
    )
    side = 118 * unit
    tile = Box((width - side) / 2, height * 0.42 - 22 * unit, side, side + 16 * unit)
    sheet.fill(Box(tile.x - 1, tile.y - 1, tile.width + 2, tile.height + 2), colours.soft, round_by=7 * unit)
    sheet.fill(tile, WHITE, round_by=6 * unit)
    sheet.code(words.code, Box(tile.x + 3 * unit, tile.y + 1 * unit, side - 6 * unit, side - 6 * unit))
    under = Box(tile.x, tile.y + side - 6 * unit, side, 10)
    sheet.write(words.call, under, 10 * unit, colours.accent, bold=True)
    y = tile.y + tile.height + 7 * unit
    for size, line in zip((7.5, 6), words.lines, strict=True):
        y = sheet.write(line, inset(width, 16, y, unit), size * unit, INK if size > 7 else QUIET, lines=2)
    return sheet.bytes()


def gift_card(words: Notice, look: Look, width: float, height: float) -> bytes:
    """A card of a postcard's size: what it is worth, its code to scan, and the same to read."""
    sheet, unit, colours = Sheet(width, height, words), width / 105, look.colours
    sheet.fill(Box(0, 0, width, 56 * unit), colours.brand)
    y = masthead(sheet, look, top=5 * unit, size=11 * unit)
    y = sheet.write(words.programme, inset(width, 7, y + 1 * unit, unit), 5 * unit, colours.ink)
    sheet.write(words.headline, inset(width, 7, y + 1 * unit, unit), 13 * unit, colours.ink, bold=True)
    side = 48 * unit
    tile = Box((width - side) / 2, 50 * unit, side, side)
    sheet.fill(
        Box(tile.x - 0.5, tile.y - 0.5, tile.width + 1, tile.height + 1), colours.soft, round_by=4 * unit
    )
    sheet.fill(tile, WHITE, round_by=3.5 * unit)
    sheet.code(words.code, Box(tile.x + 1 * unit, tile.y + 1 * unit, side - 2 * unit, side - 2 * unit))
    y = sheet.write(
        words.call, inset(width, 7, tile.y + side + 3 * unit, unit), 7 * unit, colours.accent, bold=True
    )
    for line in words.lines:
        y = sheet.write(line, inset(width, 8, y + 1 * unit, unit), 4 * unit, INK, lines=2)
    sheet.write(words.fine_print, inset(width, 8, height - 10 * unit, unit), 2.8 * unit, QUIET, lines=2)
    return sheet.bytes()
