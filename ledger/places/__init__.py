"""Places at a merchant's events: signing up, waiting, moving up, leaving, being there."""
