"""The pieces of the kit: their names, sizes and files. Drawn when asked for, and kept for a day."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from django.core.cache import cache

from accounts.models import Merchant
from loyalty_site.backoffice.kit.notice_words import Notice
from loyalty_site.backoffice.kit.words import Words
from loyalty_site.colours import palette

DRAWN_AS: Final = "kit-1"
"""Goes into the key under which a drawing is kept: change it when a drawing changes."""
KEPT: Final = 24 * 3600
CONTENT_TYPES: Final = {"pdf": "application/pdf", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: the function that draws it, its size in millimetres, its picture in pixels."""

    name: str
    drawn_by: str
    width: int
    height: int
    pixels: int


PIECES: Final = {
    piece.name: piece
    for piece in (
        Piece("poster-a4", "poster", 210, 297, 1654),
        Piece("poster-a3", "poster", 297, 420, 2339),
        Piece("card-a6", "table_card", 105, 148, 1240),
        Piece("card-a5", "table_card", 148, 210, 1748),
        Piece("banner", "banner", 300, 100, 1800),
    )
}
NOTICES: Final = {
    piece.name: piece
    for piece in (
        Piece("check-in-a4", "check_in", 210, 297, 1654),
        Piece("check-in-a5", "check_in", 148, 210, 1748),
    )
}
GIFT_CARD: Final = Piece("gift-card-a6", "gift_card", 105, 148, 1240)
PREVIEW_PIXELS: Final = 560


def drawn(merchant: Merchant, words: Words | Notice, piece: Piece, kind: str, *, pixels: int = 0) -> bytes:
    """The file of a piece; ``kind`` is pdf or png. What is said or how it looks changes what is kept."""
    look = (merchant.pk, merchant.colour, merchant.logo.name, words, piece, kind, pixels)
    key = f"{DRAWN_AS}:{sha256(repr(look).encode()).hexdigest()}"
    kept: bytes | None = cache.get(key)
    if kept is None:
        kept = draw(merchant, words, piece, kind, pixels=pixels)
        cache.set(key, kept, KEPT)
    return kept


def draw(merchant: Merchant, words: Words | Notice, piece: Piece, kind: str, *, pixels: int = 0) -> bytes:
    """The file of a piece, made anew and kept nowhere: a gift card is money."""
    from loyalty_site.backoffice.kit import notices, paper  # loads the drawing libraries: only when one draws

    look = paper.Look(palette(merchant.colour), _logo(merchant))
    room = paper if hasattr(paper, piece.drawn_by) else notices
    pdf: bytes = getattr(room, piece.drawn_by)(words, look, piece.width, piece.height)
    return pdf if kind == "pdf" else paper.picture_of(pdf, pixels or piece.pixels)


def _logo(merchant: Merchant) -> bytes | None:
    if not merchant.logo:
        return None
    try:
        with merchant.logo.open("rb") as file:
            return bytes(file.read())
    except OSError:
        return None
