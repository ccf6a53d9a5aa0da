"""What a cashier types is one thing only: a phone, a membership number, or a code."""

from hypothesis import given
from hypothesis import strategies as st

from accounts.joining import ALPHABET, readable_code
from loyalty_site.till.finding import Sought, sought

CURRENCIES = st.sampled_from(["SAR", "KWD", "AED"])
CODES = st.text(ALPHABET, min_size=8, max_size=8).filter(lambda code: not code.isdigit())
NUMBERS = st.text(ALPHABET, min_size=7, max_size=7)


@given(code=CODES, currency=CURRENCIES)
def test_a_code_is_read_as_a_code_however_it_is_spelled(code: str, currency: str) -> None:
    for typed in (code, code.lower(), f"{code[:4]} {code[4:]}", f" {code[:4]}-{code[4:]} "):
        assert sought(typed, currency) == Sought("code", code)


@given(number=NUMBERS, currency=CURRENCIES)
def test_a_membership_number_is_read_with_and_without_its_dash(number: str, currency: str) -> None:
    for typed in (f"M-{number}", f"m{number.lower()}", f"https://walaa.example/m/oasis/M-{number}"):
        assert sought(typed, currency) == Sought("number", f"M-{number}")


def test_no_code_is_all_digits_or_begins_like_a_membership_number() -> None:
    drawn = [readable_code(2) for _time in range(2000)]  # two characters: one in eleven would be digits
    assert not [code for code in drawn if code.isdigit() or "M" in code]
