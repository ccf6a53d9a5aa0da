"""Rewrite a stylesheet's physical properties (left, right) to logical ones (start, end).

The admin theme is built for left-to-right pages only. After this rewriting the same sheet serves both
directions. Pure text in, text out; it knows minified CSS, where a declaration follows `{` or `;`.
"""

import re

_SIDES = {"left": "start", "right": "end"}
_START = r"(?<=[;{])"

# Movement along the reading direction is multiplied by this custom property: 1, and -1 under `dir=rtl`.
READING = "--reading-direction"
READING_RULES = f":root{{{READING}:1}}[dir=rtl]{{{READING}:-1}}"


def _rules() -> list[tuple[re.Pattern[str], str]]:
    pairs: list[tuple[str, str]] = []
    for side, end in _SIDES.items():
        pairs += [
            (rf"{_START}(scroll-)?(margin|padding)-{side}:", rf"\1\2-inline-{end}:"),
            (rf"{_START}{side}:", f"inset-inline-{end}:"),
            (rf"{_START}border-{side}(-(?:width|style|color))?:", rf"border-inline-{end}\1:"),
            (rf"{_START}border-top-{side}-radius:", f"border-start-{end}-radius:"),
            (rf"{_START}border-bottom-{side}-radius:", f"border-end-{end}-radius:"),
            (rf"{_START}text-align:{side}\b", f"text-align:{end}"),
            (rf"{_START}(float|clear):{side}\b", rf"\1:inline-{end}"),
        ]
    pairs.append(
        (rf"{_START}--tw-translate-x:(calc\([^;}}]+\))", rf"--tw-translate-x:calc(\1 * var({READING}))")
    )
    return [(re.compile(pattern), replacement) for pattern, replacement in pairs]


_RULES = _rules()
_PHYSICAL = re.compile(
    rf"{_START}(?:(?:scroll-)?(?:margin|padding)-(?:left|right)|left|right|border-(?:left|right)[a-z-]*"
    r"|border-(?:top|bottom)-(?:left|right)-radius|(?:text-align|float|clear):(?:left|right)\b)"
)


def to_logical(css: str) -> str:
    """Return `css` with every physical declaration made logical, and the reading direction declared."""
    for pattern, replacement in _RULES:
        css = pattern.sub(replacement, css)
    return css + READING_RULES


def physical_declarations(css: str) -> list[str]:
    """Return the declarations of `css` which still name a physical side."""
    return _PHYSICAL.findall(css)
