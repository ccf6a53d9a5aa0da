"""Charity: what members and the shop give to causes, and what is paid out to them (RULES 40)."""
