"""Arabic as it is written in the Gulf's shops: 1,234.50 in Latin digits, «7 مارس 2026», weeks from Sunday.

Django's own `ar` writes 1234,5, which a Saudi reader takes for another number, and groups nothing.
"""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "g:i\u00a0A"  # the half of the day stays beside its hour
DATETIME_FORMAT = "j F Y، g:i\u00a0A"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
SHORT_DATE_FORMAT = "j/n/Y"
SHORT_DATETIME_FORMAT = "j/n/Y g:i\u00a0A"
FIRST_DAY_OF_WEEK = 0  # Sunday

# The first of each is what forms are filled with; it must be readable by the calendar's script.
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%y"]
TIME_INPUT_FORMATS = ["%H:%M:%S", "%H:%M"]
DATETIME_INPUT_FORMATS = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%Y-%m-%d",
]

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
