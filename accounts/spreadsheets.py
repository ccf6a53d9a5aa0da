"""What leaves as a file: scoped to the reader's reach, and harmless when a spreadsheet opens it."""

import re
from typing import Any, Final

from import_export.resources import ModelResource

# A cell that begins so is run as a formula by Excel, LibreOffice and Google Sheets (CWE-1236).
_FORMULA: Final = re.compile(r"^[=+\-@\t\r\n＝＋－＠]")
# Plain numbers and phones begin so too, and are harmless.
_NUMBER: Final = re.compile(r"^[+\-]?[0-9][0-9., ]*$")
_NEUTRALISED: Final = re.compile(r"^'(?=[=+\-@\t\r\n＝＋－＠])")


def harmless(value: Any) -> Any:
    """Return ``value`` so that no spreadsheet runs it: a leading apostrophe makes it text."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.match(value):
        return f"'{value}"
    return value


def as_typed(value: Any) -> Any:
    """Return a cell as it was before ``harmless``, so that an export can be imported again."""
    return _NEUTRALISED.sub("", value) if isinstance(value, str) else value


class SafeResource(ModelResource):
    """The base of every resource."""

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        """Neutralise formulas cell by cell."""
        return harmless(super().export_field(field, instance, **kwargs))

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Undo the neutralising of an earlier export."""
        for column, value in row.items():
            row[column] = as_typed(value)
