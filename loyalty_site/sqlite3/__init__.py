"""Django's backend for SQLite, with writers who wait their turn (docs/decisions/0014)."""
