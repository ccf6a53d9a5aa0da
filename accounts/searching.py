"""Finding a person by whatever is at hand: a phone in any spelling, a name, a number, an e-mail."""

from typing import Final, TypeVar

from django.db.models import Model, Q, QuerySet

from accounts.digits import latin_digits
from accounts.errors import BadPhone
from accounts.models import Member
from accounts.phones import e164

Row = TypeVar("Row", bound=Model)
MOST_PEOPLE: Final = 500  # whose rows are looked for at once
FEWEST_DIGITS: Final = 4  # below this a piece of a phone number finds half the town


def person_query(text: str, path: str = "") -> Q:
    """Return the condition that finds members by ``text``; ``path`` leads to the member ("member__").

    A whole phone number is looked up exactly, so "٠٥٠ ١٢٣ ٤٥٦٧" finds +966501234567 through the index.
    """
    words = latin_digits(text).strip()
    try:
        return Q(**{f"{path}phone": e164(words)})
    except BadPhone:
        pass
    digits = "".join(letter for letter in words if letter.isdigit()).lstrip("0")
    if len(digits) >= FEWEST_DIGITS and not any(letter.isalpha() for letter in words):
        return Q(**{f"{path}phone__contains": digits}) | Q(**{f"{path}external_id": words})
    found = Q()
    for word in words.split():
        found &= (
            Q(**{f"{path}given_name__icontains": word})
            | Q(**{f"{path}family_name__icontains": word})
            | Q(**{f"{path}email__istartswith": word})
            | Q(**{f"{path}number__iexact": word})
            | Q(**{f"{path}external_id__iexact": word})
        )
    return found


def rows_of_people(rows: QuerySet[Row], people: QuerySet[Member], text: str, code: str = "") -> QuerySet[Row]:
    """Return the ``rows`` whose own ``code`` is ``text``, else those of the ``people`` it finds.

    People are found first and their rows by key: a join would read every row of the books.
    """
    if code:
        exact = rows.filter(**{code: latin_digits(text).strip()})
        if exact.exists():
            return exact
    found = people.filter(person_query(text)).values_list("pk", flat=True)[:MOST_PEOPLE]
    return rows.filter(member_id__in=list(found))
