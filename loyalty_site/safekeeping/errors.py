"""Why a backup or a way back did not happen. The operator reads English."""


class SafekeepingError(Exception):
    """Raised with a sentence that says what is wrong and what to do."""
