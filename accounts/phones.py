"""Phones in every spelling a person types, as one E.164 text (RULES 41)."""

import phonenumbers

from accounts.digits import latin_digits
from accounts.errors import BadPhone

REGIONS = {"SAR": "SA", "AED": "AE", "QAR": "QA", "KWD": "KW", "BHD": "BH", "OMR": "OM", "JOD": "JO"}


def e164(text: str, region: str = "SA") -> str:
    """Return ``text`` as E.164 ("٠٥٠ ١٢٣ ٤٥٦٧" → "+966501234567").

    ``region`` is the country of a number written without one. Raises ``BadPhone``.
    """
    typed = latin_digits(text).strip()
    if any(character.isalpha() for character in typed):
        raise BadPhone  # the library would dial letters as keys: 05O… is not 056…
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as error:
        raise BadPhone from error
    if not phonenumbers.is_possible_number(number) or not phonenumbers.is_valid_number(number):
        raise BadPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of(currency: str) -> str:
    """Return the country in which a merchant that sells in ``currency`` writes phones."""
    return REGIONS.get(currency, "SA")


def readable(phone: str) -> str:
    """Return an E.164 number spaced for reading ("+966 50 123 4567")."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked(phone: str) -> str:
    """Return a number that its owner recognises and a stranger cannot dial ("+966•••••567")."""
    return f"{phone[:4]}•••••{phone[-3:]}"
