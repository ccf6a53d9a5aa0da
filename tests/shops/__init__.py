"""Online shops and tills of others, through the real door."""
