"""The books, through ``post`` and the reads."""
