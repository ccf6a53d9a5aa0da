"""One phone, however it is written."""

import pytest

from accounts.errors import BadPhone
from accounts.phones import e164, masked, readable


@pytest.mark.parametrize(
    "written",
    [
        "0501234567",
        "501234567",
        "+966501234567",
        "00966 50 123 4567",
        "٠٥٠١٢٣٤٥٦٧",
        "۰۵۰۱۲۳۴۵۶۷",
        "050-123-4567",
        "\u202a+966 50 123 4567\u202c",
        " ٠٥٠ ١٢٣ ٤٥٦٧ ",
        "(050) 123 4567",
    ],
)
def test_rule_41_every_spelling_is_one_phone(written: str) -> None:
    assert e164(written) == "+966501234567"


def test_a_number_without_country_belongs_to_the_merchants_country() -> None:
    assert e164("0501234567", "AE") == "+971501234567"
    assert e164("+966501234567", "AE") == "+966501234567"


@pytest.mark.parametrize(
    "written", ["", "hello", "123", "05012345", "+9665012345678901", "05O1234567", "0501234567x", "\0"]
)
def test_what_is_no_phone_is_refused(written: str) -> None:
    with pytest.raises(BadPhone):
        e164(written)


def test_a_phone_is_spaced_for_its_owner_and_masked_for_others() -> None:
    assert readable("+966501234567") == "+966 50 123 4567"
    assert masked("+966501234567") == "+966•••••567"
