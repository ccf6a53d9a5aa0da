"""Digits as people type them: Arabic-Indic and Persian numerals become Latin ones.

Every input that holds a number (amount, phone, code, date) passes through here once.
"""

_ARABIC_INDIC = "٠١٢٣٤٥٦٧٨٩"
_PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
_LATIN = "0123456789"

# Marks of direction that keyboards and chat apps leave around pasted numbers; they show nothing.
_INVISIBLE = "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"

_TO_LATIN = str.maketrans(
    {
        **dict(zip(_ARABIC_INDIC, _LATIN, strict=True)),
        **dict(zip(_PERSIAN, _LATIN, strict=True)),
        "٫": ".",
        "٬": ",",
        **dict.fromkeys(_INVISIBLE, ""),
    }
)


def latin_digits(text: str) -> str:
    """Return ``text`` with ٠-٩ and ۰-۹ as 0-9, ٫ as a point, ٬ as a comma, without direction marks."""
    return text.translate(_TO_LATIN)
