"""Fees paid by card: Moyasar's client, pages to pay on, renewals, and what its webhook told us."""
