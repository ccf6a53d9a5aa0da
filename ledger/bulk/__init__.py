"""Many at once: sales, expiries and awards of many members, by ranges of members."""
