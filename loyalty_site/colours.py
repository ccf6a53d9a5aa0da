"""A merchant's colour turned into a readable palette. Pure.

Contrast is WCAG 2.2's: (lighter + 0.05) / (darker + 0.05) of relative luminances. Text reaches 4.5:1.
"""

from dataclasses import dataclass

AA = 4.5
NIGHT = (16, 32, 29)
WHITE = (255, 255, 255)
# A colour on which white reaches this much is deepened until white is readable; a lighter one takes dark ink.
DEEPEN_FROM = 2.6

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """CSS colours: ``brand`` and ``deep``, a gradient, carry ``ink``; ``accent`` is text on white.

    ``soft`` is a wash behind icons, on which ``accent`` is readable too.
    """

    brand: str
    deep: str
    ink: str
    accent: str
    soft: str


def palette(colour: str) -> Palette:
    """Return the palette of a merchant's ``colour`` ("#0f766e")."""
    base = parse(colour)
    soft = mix(base, WHITE, 0.9)
    accent = darkened(base, on=soft)
    if contrast(WHITE, base) >= DEEPEN_FROM:
        brand, ink = darkened(base, on=WHITE), WHITE
        deep = mix(brand, NIGHT, 0.45)
    else:
        brand, ink = base, NIGHT
        deep = mix(brand, WHITE, 0.28)
    return Palette(*(css(part) for part in (brand, deep, ink, accent, soft)))


def parse(colour: str) -> Rgb:
    """Read "#rrggbb"."""
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def css(colour: Rgb) -> str:
    """Write "#rrggbb"."""
    return "#" + "".join(f"{part:02x}" for part in colour)


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """Return ``first`` with ``share`` (0 to 1) of ``second`` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def luminance(colour: Rgb) -> float:
    """Relative luminance (WCAG 2.2): 0 is black, 1 is white."""
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: Rgb, second: Rgb) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def darkened(colour: Rgb, *, on: Rgb) -> Rgb:
    """Return ``colour``, mixed with night until it reads on ``on``."""
    for step in range(101):
        candidate = mix(colour, NIGHT, step / 100)
        if contrast(candidate, on) >= AA:
            return candidate
    return NIGHT
