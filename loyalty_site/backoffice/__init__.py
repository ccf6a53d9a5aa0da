"""The back office: Django's admin under unfold, in Arabic and English, and the pages that compose floors."""
