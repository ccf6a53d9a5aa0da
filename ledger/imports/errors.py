"""Why a file is not brought in: each with a stable code and a sentence."""

from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, Invalid


class FileRefused(Invalid):
    """A file that cannot be read as purchases."""

    code = "file_refused"
    message = _("This file cannot be read.")


class FileInUse(Conflict):
    """A stored file that is being brought in right now."""

    code = "file_in_use"
    message = _("This file is being imported. Please try again when it is done.")


class EmptyFile(FileRefused):
    """Nothing but a header, or not even that."""

    code = "empty_file"
    message = _("The file has no rows.")


class SecretChanged(FileRefused):
    """Rows without lot ids came in under a secret that this installation no longer knows."""

    code = "secret_changed"
    message = _(
        "The SECRET_KEY was changed since balances were brought in, so rows without a lot_id could come in "
        "twice. Name the old one in SECRET_KEY_FALLBACKS, or give every row its lot_id."
    )


class NotTakenUp(FileRefused):
    """A run that was cut off, or waited, and that nobody took up for a week."""

    code = "not_taken_up"
    message = _("Nobody finished this import for a week, so it was given up. Upload the file again.")


class LineTooLong(FileRefused):
    """A line no order has; ``row`` counts from 1."""

    code = "line_too_long"
    message = _("Row %(row)s is longer than %(limit)s characters. Is this a CSV file?")


class NotAText(FileRefused):
    """Bytes that are neither UTF-8, UTF-16 nor Windows-1256, or a broken XLSX."""

    code = "not_a_text"
    message = _("The file is neither CSV text nor XLSX.")


class MissingColumns(FileRefused):
    """The header lacks what we need."""

    code = "missing_columns"
    message = _("The header lacks: %(missing)s. It has: %(found)s.")


class RepeatedColumn(FileRefused):
    """Two columns that mean the same."""

    code = "repeated_column"
    message = _("The header names the column “%(column)s” twice.")


class RowsRefused(FileRefused):
    """``--strict``: one bad row refuses the file."""

    code = "rows_refused"
    message = _("%(refused)s rows were refused, so nothing was imported.")
